"""Everything that can be wrong with a row or a file: one table in both languages (`faults.yaml`).

A fault says what is wrong, where (file, line, field), by which rule, and what to do about it. The code is stable and
goes into rejects files; the words may be improved freely.
"""

from pathlib import Path
from typing import Any, NamedTuple

from bihuan import faults
from bihuan.declare.source import read


class FaultWords(NamedTuple):
    """What is wrong, the rule, the remedy: each with `{value}` and the fault's own parameters."""

    what: str
    rule: str
    remedy: str


def _table() -> dict[str, dict[str, FaultWords]]:
    table = read(Path(__file__).with_name("faults.yaml"))
    return {code: {lang: FaultWords(*words) for lang, words in by.items()} for code, by in table.items()}


FAULTS = _table()


class RowFault(NamedTuple):
    """One thing wrong: `code` from FAULTS, 1-based `line`, the file's own column name, the offending value."""

    code: str
    line: int
    field: str = ""
    value: str = ""
    params: dict[str, Any] = {}

    def words(self, language: str = "en") -> FaultWords:
        """Return what, rule and remedy in `language` (`zh` or `en`)."""
        known = FAULTS[self.code][language]
        params = {"value": self.value, "line": self.line, **self.params}
        return FaultWords(*(part.format(**params) for part in known))

    def sentence(self, file: str, language: str = "en") -> str:
        """One line for a person: file:line field: what; rule; remedy."""
        what, rule, remedy = self.words(language)
        where = f"{file}:{self.line}" if self.line else file
        field = f" {self.field}" if self.field else ""
        labels = ("rule", "remedy", "; ") if language == "en" else ("规则", "办法", "；")
        colon = ": " if language == "en" else "："
        return f"{where}{field}{colon}{what}{labels[2]}{labels[0]}{colon}{rule}{labels[2]}{labels[1]}{colon}{remedy}"


class FileError(faults.Fault):
    """A file that cannot be imported at all, or a mapping that cannot be used."""

    def __init__(self, file: str, fault: RowFault) -> None:
        self.file, self.fault = file, fault
        super().__init__(fault.sentence(file), fault.words().remedy)

    @property
    def message(self) -> str:
        """What is wrong, where and by which rule; the remedy stands apart."""
        return str(self).removesuffix(f"; remedy: {self.remedy}")

    def __reduce__(self) -> tuple[type["FileError"], tuple[str, RowFault]]:
        """Travels between processes."""
        return FileError, (self.file, self.fault)


def file_error(file: str, code: str, *, line: int = 0, field: str = "", value: str = "", **params: Any) -> FileError:
    """Build a FileError of a known `code`; `params` fill its words."""
    return FileError(file, RowFault(code, line, field, value, params))
