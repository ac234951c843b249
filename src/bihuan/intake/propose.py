"""The wizard: from a file's headers and the shapes of its values to a first mapping for a person to check.

Names count first (in Chinese and English), shapes second: an id is unique, a date parses, a position lies on Earth,
a text is long, a code repeats. It proposes; it never imports by its own guess.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bihuan.declare.source import read
from bihuan.intake.values import text_of
from bihuan.readers import Limits, open_tables
from bihuan.readers.dates import FORMS as PARSERS
from bihuan.readers.dates import Form
from bihuan.readers.faults import FileError
from bihuan.readers.table import plain_column_name

SAMPLE = 2000
FORMS: tuple[Form, ...] = ("iso", "ymd", "mdy", "dmy")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_PHONE = re.compile(r"\+?\d[\d\- ]{6,}")


def _names() -> dict[str, list[str]]:
    names: dict[str, list[str]] = read(Path(__file__).with_name("names.yaml"))
    return names


NAMES = _names()


def propose_mapping(path: Path) -> str:
    """Return a mapping for the file as YAML, with a comment per column saying why.

    Args:
        path: Any file the readers read; only its first rows are looked at.

    Raises:
        FileError: the file cannot be read.

    Source: docs/topics/import.md, "Import a file" (`--propose`).
    """
    failed: list[FileError] = []
    tables = open_tables(path, limits=Limits(batch=SAMPLE), failed=failed)
    table = tables[0]
    batch = next(iter(table.batches()), None)
    columns = batch.columns if batch else {name: [] for name in table.columns}
    scores = [
        (_score(target, name, _shape(cells)), target, name)
        for name, cells in columns.items()
        for target in NAMES
    ]  # fmt: skip
    chosen: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for score, target, name in sorted(scores, key=lambda s: -s[0]):
        if score >= 0.5 and target not in chosen and name not in taken:
            chosen[target] = (name, score)
            taken.add(name)
    times = ("opened", "due", "closed")
    forms = {t: _forms(columns[chosen[t][0]]) for t in times if t in chosen}
    remarks = [fault.sentence(table.name) for fault in table.remarks]
    remarks += [f"also in the file, with columns of its own or the same: {other.name}" for other in tables[1:]]
    remarks += [f"not read: {error.fault.sentence(error.file)}" for error in failed]
    remarks += [] if any(columns.values()) else ["there are no rows below the header"]
    return _yaml(path, chosen, forms, [n for n in columns if n not in taken], columns, remarks)


def _shape(cells: list[Any]) -> dict[str, float]:
    """Return what share of the filled cells looks like what."""
    words = [str(c).strip() for c in cells if c is not None and str(c).strip()]
    if not words:
        return {"filled": 0.0}
    size = len(words)
    numbers = [float(w) for w in words if _NUMBER.fullmatch(w)]
    return {
        "filled": size / max(1, len(cells)),
        "unique": len(set(words)) / size,
        "date": 1.0 if _forms(cells) else 0.0,
        "number": len(numbers) / size,
        "position": sum(abs(n) <= 180 and n != int(n) for n in numbers) / size,
        "long": sum(map(len, words)) / size,
        "phone": sum(bool(_PHONE.fullmatch(w)) for w in words) / size,
    }


def _score(target: str, name: str, shape: dict[str, float]) -> float:
    """0 to 1: how well a column suits a target. A wrong shape vetoes a right name."""
    if not shape["filled"]:
        shape = {}
    if not _possible(target, shape):
        return 0.0
    flat = plain_column_name(name)
    names = NAMES[target]
    if flat in names:
        return 1.0 - 0.01 * names.index(flat)
    ends = [n for n in names if len(n) > 1 and (flat.endswith(n) or flat.startswith(n))]
    return 0.6 + 0.02 * max(map(len, ends)) if ends else 0.0


Shape = dict[str, float]
_MUST: dict[str, Callable[[Shape], bool]] = {
    "id": lambda s: s["unique"] > 0.98 and not s["date"] and s["long"] <= 60,
    "opened": lambda s: s["date"] > 0,
    "due": lambda s: s["date"] > 0,
    "closed": lambda s: s["date"] > 0,
    "longitude": lambda s: s["position"] > 0.5,
    "latitude": lambda s: s["position"] > 0.5,
    "phone": lambda s: s["phone"] > 0.5,
    "name": lambda s: s["long"] < 15,
    "category": lambda s: s["unique"] < 0.5 or s["long"] < 20,
    "channel": lambda s: s["unique"] < 0.5 or s["long"] < 20,
    "status": lambda s: s["unique"] < 0.5 or s["long"] < 20,
}


def _possible(target: str, shape: Shape) -> bool:
    must = _MUST.get(target)
    if not shape:
        return True
    return must(shape) if must else shape["date"] == 0


def _forms(cells: list[Any]) -> list[Form]:
    """Return the date forms that every filled cell follows, best first; native dates of a workbook need none: iso.

    Days before months go first where both fit and dots part them, as in dd.mm.yyyy.
    """
    filled = [c for c in cells if c is not None and str(c).strip()]
    if not filled:
        return []
    if all(hasattr(c, "year") for c in filled):
        return ["iso"]
    found = [form for form in FORMS if all(_follows(c, form) for c in filled)]
    return found[::-1] if found == ["mdy", "dmy"] and "." in str(filled[0]).split()[0] else found


def _follows(cell: Any, form: Form) -> bool:
    if form == "iso" and len(str(cell).strip()) < 10:
        return False
    try:
        return PARSERS[form](cell) is not None
    except (ValueError, TypeError, OverflowError):
        return False


def _yaml(
    path: Path,
    chosen: dict[str, tuple[str, float]],
    forms: dict[str, list[Form]],
    left: list[str],
    columns: dict[str, list[Any]],
    remarks: list[str],
) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", path.name.split(".")[0].casefold()).strip("-") or "my-file"
    out = [
        "# A proposal from the headers and values of the file; check every line, then:",
        "#   bihuan import FILE --mapping THIS_FILE",
        f"id: {slug}",
        f"name: {{zh: {_quoted(path.name)}, en: {_quoted(path.name)}}}",
        f"source: {slug}              # with the id column it identifies a report for ever; keep it",
        "programme: hotline",
        "kind: request",
        "zone: Asia/Shanghai           # the IANA zone the file's local times are in: CHECK",
        "ambiguous: earlier            # a time that happened twice: earlier | later | reject",
        "nonexistent: forward          # a time skipped by a clock change: forward | reject",
        "dates:",
        *(f"  {target}: {form[0] if form else 'iso'}{_also(form)}" for target, form in forms.items()),
        "history: true",
        f"required: [{', '.join(t for t in ('id', 'opened') if t in chosen)}]",
        "columns:",
    ]
    if not forms:
        out.remove("dates:")
    for target in NAMES:
        if target in chosen:
            name, score = chosen[target]
            out.append(f"  {target}: {_quoted(name)}    # {'by name' if score > 0.9 else 'likely'}")
    if "opened" not in chosen:
        out.append("  # opened: ???               # no column looks like the time of the report; it is required")
    if not {"title", "text"} & set(chosen):
        out.append("  # text: ???                 # no column looks like the words of the report; it is required")
    coded = [t for t in ("status", "channel", "category", "unit") if t in chosen]
    closed = columns[chosen["closed"][0]] if "closed" in chosen else None
    values = [line for t in coded for line in _values(t, columns[chosen[t][0]], closed if t == "status" else None)]
    if values:
        out += ["values:                       # the file's words → codes; null: for triage", *values]
    if left:
        out.append("# not used: " + ", ".join(left))
    out += [f"# {' '.join(remark.split())}" for remark in remarks]
    return "\n".join(out) + "\n"


_CHANNELS = {
    "phone": ("call", "phone", "电话", "热线"),
    "app": ("app", "小程序"),
    "web": ("web", "self", "online", "网"),
    "mail": ("mail", "邮"),
}
_DONE = frozenset({
    "closed", "close", "done", "resolved", "solved", "completed", "complete", "finished", "fixed", "case closed",
    "办结", "已办结", "已结", "已结案", "结案", "已办理", "已办", "已完成", "完成", "办理完成", "已解决", "解决",
    "已关闭", "关闭",
    "办理完毕", "处理完毕", "处理完成", "已处理", "已处置", "已归档", "归档", "已答复", "已回复", "已办毕",
})  # fmt: skip
_OPEN = frozenset({
    "open", "opened", "new", "pending", "in progress", "inprogress", "assigned", "reopened", "re-opened", "on hold",
    "submitted", "acknowledged", "待办", "办理中", "处理中", "在办", "已受理", "受理", "已派单",
    "已派遣", "重办", "退回", "新建",
})  # fmt: skip
_NOT = re.compile(r"(?i)^(not|un|in|non)[ -]?|no longer|未|不|没|待|尚|非|正在|中$")


def _also(forms: list[Form]) -> str:
    """Return a remark when another form fits as well."""
    others = [form for form in forms[1:] if {forms[0], form} == {"mdy", "dmy"}]
    return f"    # CHECK: every date fits {others[0]} too" if others else ""


def _values(target: str, cells: list[Any], closed: list[Any] | None) -> list[str]:
    words = sorted({str(c).strip() for c in cells if c is not None and str(c).strip()})
    if len(words) > 30:
        return []
    rest = '    "*": file' if target == "channel" else '    "*": null'
    dated = {w: _dated(w, cells, closed) for w in words} if closed is not None else {}
    return [f"  {target}:", *(f"    {_quoted(word)}: {_guess(target, word, dated.get(word))}" for word in words), rest]


def _dated(word: str, cells: list[Any], closed: list[Any]) -> float:
    """Return what share of the rows with a status have a closing date: evidence of what the status means."""
    rows = [i for i, cell in enumerate(cells) if cell is not None and str(cell).strip() == word]
    return sum(bool(text_of(closed[i])) for i in rows) / len(rows)


def _guess(target: str, word: str, dated: float | None) -> str:
    flat = plain_column_name(word)
    if target == "status":
        return _status(word, dated)
    if target == "channel":
        return next((code for code, marks in _CHANNELS.items() if any(m in flat for m in marks)), "file")
    return "null"


def _status(word: str, dated: float | None) -> str:
    """`open` or `closed` by whole words; where words and closing dates differ, or neither tells, a person checks."""
    text = " ".join(word.casefold().split())
    known = "closed" if text in _DONE else "open" if text in _OPEN or _NOT.search(text) else None
    shown = None if dated is None else "closed" if dated >= 0.9 else "open" if dated <= 0.1 else None
    if known is None:
        return f"{shown or 'open'}    # CHECK: {'by its closing dates' if shown else 'not known'}"
    return known if shown in (None, known) else f"{known}    # CHECK: its closing dates say {shown}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
