"""What can be wrong with a rule file, and with a question put to a rule.

Every problem names the file, the line, the field, the rule broken and the remedy, and all problems of a file
are reported together, so that a person mends it in one go.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bihuan.faults import Fault


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one place of one rule file."""

    file: str
    line: int
    field: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.rule} Remedy: {self.remedy}"


class RuleFileError(Fault, ValueError):
    """A rule file cannot be used; `problems` lists everything found, in file order."""

    remedy = "correct the file, then `bihuan programme check`"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NoRuleError(Fault, LookupError):
    """No edition or no row answers the question; the message says which table and which inputs."""

    remedy = "add a row or an edition for these inputs, then `bihuan programme check`"


class InputError(Fault, ValueError):
    """A question put to a rule, a rate or a scorecard is malformed: unknown name, float, outside the domain."""

    remedy = "correct the value named above"
