"""What can be wrong with a declared file: file, line, field, what, rule, remedy. All problems are reported together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from bihuan.faults import Fault


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one place of a declared file.

    Args:
        file: File as the person knows it (`hotline/programme.yaml`).
        line: Line number from 1.
        field: Dotted path inside the file (`cases.request.clocks.0.within`).
        what: What is wrong, naming the value.
        rule: The rule that was broken.
        remedy: What to do about it.
    """

    file: str
    line: int
    field: str
    what: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.what} — rule: {self.rule} — remedy: {self.remedy}"

    def as_dict(self) -> dict[str, str | int]:
        """Return the parts as a JSON object.

        Source: docs/topics/declarations.md (file, line, field, what, rule, remedy)
        """
        return asdict(self)


class DeclarationError(Fault, ValueError):
    """A declared file that cannot be used; `problems` lists everything found, in file order."""

    remedy = "correct the declaration, then check it with `bihuan programme check`"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(path: Path) -> str:
    """Return the short name of a declared file: its folder and its name.

    Source: docs/topics/declarations.md (`hotline/programme.yaml`)
    """
    return f"{path.parent.name}/{path.name}"
