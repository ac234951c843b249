"""Declarations as files: YAML that knows its lines, and problems that say file, line, field, rule and remedy.

Pure: used by the programme loader and by every other declared file beside a programme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bihuan.faults import Fault

Step = str | int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a declared file.

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
        """Return the parts as a JSON object."""
        return asdict(self)


class DeclarationError(Fault, ValueError):
    """A declared file that cannot be used; `problems` lists everything found, in file order."""

    remedy = "correct the declaration, then check it with `bihuan programme check`"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.field)))
        super().__init__("\n".join(str(p) for p in self.problems))


def shown(path: Path) -> str:
    """Return the short name of a declared file: its folder and its name."""
    return f"{path.parent.name}/{path.name}"


def read(path: Path) -> Any:
    """Return the document of a YAML 1.2 file.

    Raises:
        DeclarationError: the file is missing, closed to this user, is not UTF-8, is not YAML, or repeats a key.
    """
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DeclarationError([_absent(path)]) from error
    except PermissionError as error:
        raise DeclarationError([_closed(path)]) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        what = f"byte {error.start} is not UTF-8"
        raise DeclarationError(
            [
                Problem(
                    shown(path),
                    line,
                    "(file)",
                    what,
                    "text files are UTF-8",
                    "save the file as UTF-8",
                )
            ]
        ) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = str(error.problem or error).splitlines()[0]
        raise DeclarationError(
            [
                Problem(
                    shown(path),
                    line,
                    "(file)",
                    what,
                    "valid YAML 1.2 without repeated keys",
                    "correct that line",
                )
            ]
        ) from error


def _absent(path: Path) -> Problem:
    return Problem(
        shown(path),
        1,
        "(file)",
        "the file does not exist",
        "every named file is there",
        f"create {path.name}",
    )


def _closed(path: Path) -> Problem:
    return Problem(
        shown(path),
        1,
        "(file)",
        "the user who runs this may not read the file",
        "who serves reads every programme",
        "run `bihuan init`, which lets it read the folder, or change the mode of the file",
    )


class Lines:
    """Finds the line on which a field of a YAML file stands; parses only when somebody asks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root: Node | None = None

    def of(self, steps: Sequence[Step]) -> int:
        """Return the line of the deepest part of `steps` that exists in the file."""
        if self._root is None:
            self._root = YAML(typ="safe", pure=True).compose(self._path.read_text(encoding="utf-8"))
        node, line = self._root, 1
        for step in steps:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line


def _child(node: Node | None, step: Step) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child.start_mark.line + 1, child
    return None
