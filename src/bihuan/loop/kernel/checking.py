"""Every command is checked against its declared fields before a handler sees it: type, choice, existing code, exactness.

The one function `check` runs inside `decide_and_fold`, so page, API, command line, importer, simulator and mail all pass it. What
is wrong is named by field with rule and remedy; the codes are `unknown_field`, `wrong_value` and `unknown_<field>`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from bihuan.loop.kernel.apart import apart, is_written
from bihuan.loop.kernel.exactness import LARGEST, exact
from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.fields import FREE, Field
from bihuan.loop.kernel.formtypes import FORM, fits
from bihuan.loop.kernel.model import Case, Command, Data, Refusal, Text
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.kernel.table import fields_of

LONGEST = {"code": 200, "text": 2_000, "long_text": 200_000}
MOST_UNITS = 50
EVERY_INDICATOR = "all"  # an exclusion from every indicator that can be appealed
YEARS = (1900, 2199)
WORDS = frozenset({"title", "text", "address", "media", "fields", "answer", "body", "reason"})
"""What the erasable part of a command may hold, beside its own sealed fields."""
SEALABLE = frozenset({*FREE, "form"})


class _Asked:
    """What the checks of one command look at."""

    __slots__ = ("at", "command", "facts", "history", "programme", "rules")

    def __init__(self, programme: Programme, rules: CaseType, command: Command, facts: Facts) -> None:
        self.programme = programme
        self.rules = rules
        self.command = command
        self.facts = facts
        self.at = command.at
        self.history = "history" in command.data  # speaks in the codes of its own time and place


def check(programme: Programme, rules: CaseType, case: Case, command: Command, facts: Facts) -> Command | Refusal:
    """The command without what was not given and with what was written among its words, or the refusal of a wrong field.

    Args:
        programme, rules: The declaration.
        case: The case before the command.
        command: From whatever door; nothing of `data` and `private` is believed yet.
        facts: Answer whether codes exist on the day of the command.
    """
    fields = fields_of(command.kind, rules, case)
    asked = _Asked(programme, rules, command, facts)
    given = {name: value for name, value in command.data.items() if value is not None}
    for name, value in given.items():
        field = fields.get(name)
        if field is None:
            return _unknown_field(name, fields)
        wrong = CHECKS[field.type](field, value, asked)
        if wrong is not None:
            return wrong
    wrong = _words(command.private, fields, asked)
    if wrong is not None:
        return wrong
    return apart(rules, command if len(given) == len(command.data) else replace(command, data=given), fields)


# -- one check per type of field -----------------------------------------------------------------------


def _text(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    if not isinstance(value, str):
        return _wrong(
            field, "须为文字", "must be text", ("把值写成文字（加引号）", "Write it as text, in quotation marks")
        )
    if why := exact(value):
        return _wrong(field, "含有无法保存的字符", f"holds {why}", ("删去该字符", "Remove that character"))
    most = LONGEST.get(field.type, LONGEST["code"])
    if len(value) > most:
        return _wrong(field, f"最多{most}字", f"may hold {most} characters at most", ("请写短一些", "Write less"))
    return None


def _signature(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    if isinstance(value, str) and fits("photo", value):
        return None
    return _wrong(
        field,
        "须为签名的SHA-256摘要",
        "must be the SHA-256 of what was signed",
        ("姓名不进入记录：传64位十六进制摘要", "No name enters the record: send 64 hexadecimal digits"),
    )


def _choice(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    known = dict(field.choices)
    if isinstance(value, str) and (value in known or not known):
        return None  # where nothing can be chosen now, the handler says why
    zh, en = "、".join(f"{code}（{name.zh}）" for code, name in known.items()), ", ".join(known)
    return Refusal(
        f"unknown_{field.name}",
        Text(f"{field.label.zh}须为：{zh or '（无可选项）'}", f"{field.name} must be one of: {en or 'nothing'}"),
        Text("请从中选择", "Choose one of these"),
        field.name,
    )


def instant(value: Any) -> datetime | None:
    """An ISO 8601 instant with a zone of whole minutes in a plausible year, in UTC; None when it is not one."""
    try:
        at = datetime.fromisoformat(value)
        offset = at.utcoffset()
        if offset is None or offset.total_seconds() % 60 or not YEARS[0] <= at.year <= YEARS[1]:
            return None
        return at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _instant(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    if isinstance(value, str) and instant(value) is not None:
        return None
    return _wrong(
        field,
        "须为带时区的时间",
        "must be an instant with a zone",
        ("例如 2026-12-01T09:00:00+08:00", "For example 2026-12-01T09:00:00+08:00"),
    )


def _place(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    pair: Sequence[Any] = value if isinstance(value, list | tuple) and len(value) == 2 else (None, None)
    if all(type(n) is int for n in pair) and abs(pair[0]) <= 180_000_000 and abs(pair[1]) <= 90_000_000:
        return None
    return _wrong(
        field,
        "须为经度、纬度（百万分之一度，WGS-84）",
        "must be [longitude, latitude] in millionths of a degree, WGS-84",
        ("例如 [116300000, 39950000]", "For example [116300000, 39950000]"),
    )


def _unit(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    wrong = _text(field, value, asked)
    if wrong is not None or asked.facts.unit(value, asked.at) is not None:
        return wrong
    return _no_code(
        field,
        value,
        "单位",
        "unit",
        ("按单位名录填写现行单位的编码", "Give the code of a unit that exists on that day"),
    )


def _units(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_UNITS:
        return _wrong(
            field,
            f"须为1至{MOST_UNITS}个单位",
            f"must be a list of 1 to {MOST_UNITS} units",
            ('例如 ["urban-management"]', 'For example ["urban-management"]'),
        )
    return next((wrong for code in value if (wrong := _unit(field, code, asked))), None)


def _area(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    wrong = _text(field, value, asked)
    if wrong is not None or asked.history or asked.facts.area(value):
        return wrong
    return _no_code(
        field,
        value,
        "地点",
        "area",
        ("按区划名录填写本区的编码，见 GET /areas", "Give a code of this district: GET /areas"),
    )


def _category(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    wrong = _text(field, value, asked)
    if wrong is not None or asked.history or asked.facts.category(asked.programme.id, asked.rules.categories, value):
        return wrong
    return _no_code(
        field, value, "分类", "category", ("按本事项的分类目录填写", "Give a code of the programme's category tree")
    )


def _person(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    wrong = _text(field, value, asked)
    if wrong is not None or asked.facts.person(value) is not None:
        return wrong
    return _no_code(
        field, value, "在岗人员", "active person", ("从本单位人员中选择", "Choose one of the unit's people")
    )


def _case(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    try:
        if isinstance(value, str):
            UUID(value)
            return None
    except ValueError:
        pass
    return _wrong(
        field, "须为案件的标识", "must be the id of a case", ("用案件页上的操作选择主单", "Choose the case on its page")
    )


def _indicator(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    if isinstance(value, str) and value in _indicators(asked.programme):
        return None
    known = ", ".join(_indicators(asked.programme))
    return Refusal(
        f"unknown_{field.name}",
        Text(f"指标须为：{known}", f"the indicator must be one of: {known}"),
        Text("请从中选择", "Choose one of these"),
        field.name,
    )


def _indicators(programme: Programme) -> list[str]:
    return [*programme.indicator_ids, EVERY_INDICATOR]


def _number(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    if type(value) is int and 0 <= value <= LARGEST:
        return None
    return _wrong(field, "须为非负整数", "must be a whole number, not negative", ("请填写整数", "Write a whole number"))


def _count(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    if type(value) is int and 1 <= value <= LARGEST:
        return None
    return _wrong(field, "须为正整数", "must be a whole number from 1", ("请填写整数", "Write a whole number"))


def _yes_no(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    if isinstance(value, bool):
        return None
    return _wrong(
        field,
        "须为 true（是）或 false（否）",
        "must be true or false",
        ("写 true 或 false，不加引号", "Write true or false without quotation marks"),
    )


def _form(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    """The extra values of a programme's form: exact, and text where the form declares them (choices: `open`)."""
    if not isinstance(value, dict) or (why := exact(value)) is not None:
        why = why if isinstance(value, dict) else "no object"
        return _wrong(
            field,
            "须为表单内容，不含小数",
            f"must be an object without decimals ({why})",
            ("小数请写成文字", "Write decimals as text"),
        )
    for name, item in value.items():
        rule = asked.rules.fields.get(name)
        if rule is not None and not isinstance(item, str):
            return Refusal(
                "wrong_value",
                Text(f"{rule.name.zh}须为文字", f"{rule.name.en} must be text"),
                Text("把值写成文字（加引号）", "Write it as text, in quotation marks"),
                f"fields.{name}",
            )
        if rule is not None and item and not asked.history and not fits(rule.type, item):
            zh, en = FORM[rule.type]
            return Refusal(
                "wrong_value",
                Text(f"{rule.name.zh}须为{zh}", f"{rule.name.en} must be {en}"),
                Text(f"写成{zh}", f"Write {en}"),
                f"fields.{name}",
            )
    return None


def _origin(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    """Where a case comes from: number, source and deadlines of the system above, or a campaign and its lead unit.

    A deadline names a clock of the case type.
    """
    known = {"number", "source", "due", "campaign", "lead"}
    if not isinstance(value, dict) or not known.issuperset(value) or exact(value):
        return _wrong(
            field,
            f"只能含 {'、'.join(sorted(known))}",
            f"may hold {', '.join(sorted(known))}",
            ("去掉其他内容", "Leave out the rest"),
        )
    clocks = [clock.name for clock in asked.rules.clocks]
    due = value.get("due", {})
    for name, at in due.items() if isinstance(due, dict) else [("", None)]:
        if name not in clocks:
            return Refusal(
                "unknown_due",
                Text(
                    f"没有时限“{name}”，可用：{'、'.join(clocks)}",
                    f"there is no clock {name!r}; known: {', '.join(clocks)}",
                ),
                Text("改用本事项的时限名称", "Use the name of a clock of this programme"),
                "due",
            )
        if not isinstance(at, str) or instant(at) is None:
            return _instant(Field("due", field.label), at, asked)
    return None


def _file(field: Field, value: Any, asked: _Asked) -> Refusal | None:
    return _wrong(
        field,
        "须先上传文件",
        "is an upload, not a value",
        ("先上传，再引用上传编号（media）", "Upload it first and give its id as media"),
    )


CHECKS: Mapping[str, Callable[[Field, Any, _Asked], Refusal | None]] = {
    "text": _text,
    "long_text": _text,
    "code": _text,
    "article": _text,
    "signature": _signature,
    "choice": _choice,
    "instant": _instant,
    "place": _place,
    "unit": _unit,
    "units": _units,
    "area": _area,
    "category": _category,
    "person": _person,
    "case": _case,
    "indicator": _indicator,
    "number": _number,
    "count": _count,
    "yes_no": _yes_no,
    "form": _form,
    "origin": _origin,
    "file": _file,
}
"""The check of each type of field."""


# -- words and refusals --------------------------------------------------------------------------------


def _words(private: Data | None, fields: Mapping[str, Field], asked: _Asked) -> Refusal | None:
    for name, value in (private or {}).items():
        if name not in WORDS and not is_written(name):
            return _unknown_field(name, dict.fromkeys(WORDS))
        field = fields.get(name)
        if field is not None and field.type in SEALABLE and (wrong := CHECKS[field.type](field, value, asked)):
            return wrong
        if (why := exact(value)) is not None:
            return Refusal(
                "wrong_value",
                Text("内容无法保存", f"the words cannot be kept: {why}"),
                Text("删去特殊字符，小数写成文字", "Remove special characters; write decimals as text"),
                name,
            )
        if isinstance(value, str) and len(value) > LONGEST["long_text"]:
            return Refusal(
                "wrong_value",
                Text(f"最多{LONGEST['long_text']}字", f"{LONGEST['long_text']} characters at most"),
                Text("请写短一些", "Write less"),
                name,
            )
    return None


def _unknown_field(name: object, fields: Mapping[str, object]) -> Refusal:
    known = ", ".join(fields) or "—"
    return Refusal(
        "unknown_field",
        Text(f"没有字段“{name}”", f"there is no field {str(name)[:80]!r}"),
        Text(f"可用字段：{known}", f"Known fields: {known}"),
        str(name)[:80] or "data",
    )


def _wrong(field: Field, zh: str, en: str, remedy: tuple[str, str]) -> Refusal:
    return Refusal("wrong_value", Text(f"{field.label.zh}{zh}", f"{field.name} {en}"), Text(*remedy), field.name)


def _no_code(field: Field, value: str, zh: str, en: str, remedy: tuple[str, str]) -> Refusal:
    shown = value[:80]
    return Refusal(
        f"unknown_{field.name}", Text(f"没有{zh}“{shown}”", f"there is no {en} {shown!r}"), Text(*remedy), field.name
    )
