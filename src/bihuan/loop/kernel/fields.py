"""Fields of commands and the codes they choose from: behind forms, API schema, command line and the check before `decide`.

A step names its fields in its row: what a person is asked, and what programs send beside it. Nothing else may be in a
command. A field of a type in `FREE` is written freely and so may name somebody: it is sealed without being told to
(`apart`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from bihuan.declare.model import Name
from bihuan.declare.types import field_types
from bihuan.loop.kernel.model import Case, Text
from bihuan.loop.kernel.programme import CaseType

FREE = frozenset(name for name, kind in field_types().items() if kind.sealed)
"""Types of fields in which people write what they like."""


class Field(msgspec.Struct, frozen=True):
    """One field of a command.

    `type` is a name of the catalogue (`bihuan.declare.types`): text, choice, instant, place, unit, number and so on. `private`: kept in the erasable words of the event, by whatever door it comes.
    """

    name: str
    label: Text
    type: str = "text"
    required: bool = False
    private: bool = False
    choices: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True)
class Fixed:
    """A field that is the same for every case."""

    field: Field

    def __call__(self, rules: CaseType, case: Case) -> Field:
        """The field."""
        return self.field


def fixed(name: str, zh: str, en: str, type_: str = "text", *, required: bool = False) -> Fixed:
    """Return a field that is the same for every case; sealed when it is written freely.

    Source: docs/adr/0230 (1, a row's fields); docs/topics/declarations.md (a free type is sealed)
    """
    return Fixed(Field(name, Text(zh, en), type_, required, type_ in FREE))


Choices = Callable[[CaseType, Case], Mapping[str, Text]]


@dataclass(frozen=True)
class Chosen:
    """A field whose codes depend on the declaration or the case."""

    field: Field
    of: Choices

    def __call__(self, rules: CaseType, case: Case) -> Field:
        """The field with what can be chosen now."""
        return replace(self.field, choices=tuple(self.of(rules, case).items()))


def choice(name: str, zh: str, en: str, of: Choices | Mapping[str, Text], *, required: bool = True) -> Fixed | Chosen:
    """Return a field with codes to choose from: always the same ones, or those that `of` finds for a case.

    Source: docs/adr/0230 (1, a row's fields)
    """
    if not callable(of):
        return Fixed(Field(name, Text(zh, en), "choice", required, False, tuple(of.items())))

    return Chosen(Field(name, Text(zh, en), "choice", required), of)


Make = Fixed | Chosen


def named(names: Mapping[str, Name]) -> dict[str, Text]:
    """Declared names as choices."""
    return {code: Text(name.zh, name.en) for code, name in names.items()}


RESULTS = {
    "solved": Text("已解决", "Solved"),
    "partly": Text("部分解决", "Partly solved"),
    "unsolved": Text("未解决", "Not solved"),
    "unreachable": Text("联系不上", "Unreachable"),
    "refused": Text("拒绝回访", "Declined to answer"),
    "passed": Text("复查合格", "Re-inspection passed"),
    "failed": Text("复查不合格", "Re-inspection failed"),
}
SATISFIED = {
    "yes": Text("满意", "Satisfied"),
    "fair": Text("基本满意", "Fairly satisfied"),
    "no": Text("不满意", "Not satisfied"),
}
URGENCIES = {
    "emergency": Text("危急", "Emergency"),
    "urgent": Text("紧急", "Urgent"),
    "general": Text("一般", "General"),
    "complex": Text("复杂", "Complex"),
}
RESTRICTIONS = {
    "secret": Text("涉密", "Secret"),
    "minor": Text("未成年人", "A minor"),
    "own_staff": Text("反映承办单位人员", "About the unit's own staff"),
    "whistleblower": Text("举报人保护", "Protected informant"),
}
EMERGENCY = {"110": Text("110 公安", "110 police"), "119": Text("119 消防", "119 fire"), "120": Text("120 急救", "120 ambulance"),
             "other": Text("其他机关", "Another body")}  # fmt: skip
CHANNELS = {"phone": Text("电话", "Phone"), "visit": Text("上门", "Visit"), "message": Text("短信", "Message")}

REASON = fixed("reason", "理由", "Reason", required=True)
OPTIONAL_REASON = fixed("reason", "理由", "Reason")
TEXT = fixed("text", "说明", "Details", "long_text", required=True)
OPTIONAL_TEXT = fixed("text", "说明", "Details", "long_text")
UNIT = fixed("unit", "单位", "Unit", "unit")
CHANNEL = choice("channel", "方式", "By", CHANNELS, required=False)


def urgencies(rules: CaseType, case: Case) -> dict[str, Text]:
    """Return the classes of urgency that a case type declares."""
    return {u: URGENCIES.get(u, Text(u, u)) for u in rules.urgencies}
