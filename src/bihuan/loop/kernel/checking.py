"""Every command is checked against its declared fields before a handler sees it: type, choice, existing code, exactness.

The one function `check` runs inside `decide_and_fold`, so page, API, command line, importer, simulator and mail all pass it. What
is wrong is named by field with rule and remedy; the codes are `unknown_field`, `wrong_value` and `unknown_<field>`.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from bihuan.declare.exactness import exact
from bihuan.declare.fieldtype import Asked, Plain, Words, Wrong
from bihuan.declare.types import field_types
from bihuan.loop.kernel.apart import apart, is_written
from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.fields import FREE, Field
from bihuan.loop.kernel.model import Case, Command, Data, Refusal, Text
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.kernel.table import fields_of

EVERY_INDICATOR = "all"  # an exclusion from every indicator that can be appealed
LONGEST_WORDS = 200_000
WORDS = frozenset({"title", "text", "address", "media", "fields", "answer", "body", "reason"})
"""What the erasable part of a command may hold, beside its own sealed fields."""
SEALABLE = frozenset({*FREE, "form"})


class _World:
    """What the types of fields may ask of the world of one command: see `declare.fieldtype.Codes`."""

    __slots__ = ("_at", "_facts", "_programme", "_rules", "history")

    def __init__(self, programme: Programme, rules: CaseType, command: Command, facts: Facts) -> None:
        self._programme = programme
        self._rules = rules
        self._facts = facts
        self._at = command.at
        self.history = "history" in command.data  # speaks in the codes of its own time and place

    def has_unit(self, code: str) -> bool:
        return self._facts.unit(code, self._at) is not None

    def has_area(self, code: str) -> bool:
        return bool(self._facts.area(code))

    def has_category(self, code: str) -> bool:
        return bool(self._facts.category(self._programme.id, self._rules.categories, code))

    def has_person(self, code: str) -> bool:
        return self._facts.person(code) is not None

    def indicators(self) -> Sequence[str]:
        return [*self._programme.indicator_ids, EVERY_INDICATOR]

    def clocks(self) -> Sequence[str]:
        return [clock.name for clock in self._rules.clocks]

    def form_field(self, name: str) -> Asked | None:
        rule = self._rules.fields.get(name)
        return Plain(name, Words(rule.name.zh, rule.name.en), rule.field_type) if rule else None


def check(programme: Programme, rules: CaseType, case: Case, command: Command, facts: Facts) -> Command | Refusal:
    """The command without what was not given and with what was written among its words, or the refusal of a wrong field.

    Args:
        programme, rules: The declaration.
        case: The case before the command.
        command: From whatever door; nothing of `data` and `private` is believed yet.
        facts: Answer whether codes exist on the day of the command.

    Source: docs/topics/kernel.md, "A decision, step by step" (unknown_field, wrong_value, unknown_…)
    """
    said = command.data
    fields = fields_of(command.kind, rules, case, {*said, *command.private} if command.private else said)
    world, types = _World(programme, rules, command, facts), field_types()
    given = {name: value for name, value in said.items() if value is not None} if None in said.values() else said
    for name, value in given.items():
        field = fields.get(name)
        if field is None:
            return _unknown_field(name, fields)
        wrong = types[field.type].check(value, field, world)
        if wrong is not None:
            return _refusal(field, wrong)
    refused = _words(command.private, fields, world) if command.private else None
    if refused is not None:
        return refused
    return apart(rules, command if given is said else replace(command, data=given), fields)


# -- words and refusals --------------------------------------------------------------------------------


def _words(private: Data, fields: Mapping[str, Field], world: _World) -> Refusal | None:
    for name, value in private.items():
        if name not in WORDS and not is_written(name):
            return _unknown_field(name, dict.fromkeys(WORDS))
        field = fields.get(name)
        if field is not None and field.type in SEALABLE:
            wrong = field_types()[field.type].check(value, field, world)
            if wrong is not None:
                return _refusal(field, wrong)
        if (why := exact(value)) is not None:
            return Refusal(
                "wrong_value",
                Text("内容无法保存", f"the words cannot be kept: {why}"),
                Text("删去特殊字符，小数写成文字", "Remove special characters; write decimals as text"),
                name,
            )
        if isinstance(value, str) and len(value) > LONGEST_WORDS:
            return Refusal(
                "wrong_value",
                Text(f"最多{LONGEST_WORDS}字", f"{LONGEST_WORDS} characters at most"),
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


def _refusal(field: Field, wrong: Wrong) -> Refusal:
    """What is wrong with a value, as a refusal: the sentence of a type continues the name of its field."""
    code = wrong.code or (f"unknown_{field.name}" if wrong.unknown else "wrong_value")
    what, remedy = Text(*wrong.what), Text(*wrong.remedy)
    if not wrong.whole:
        what = Text(f"{field.label.zh}{what.zh}", f"{wrong.field or field.name} {what.en}")
    return Refusal(code, what, remedy, wrong.field or field.name)
