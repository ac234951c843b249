"""The one form renderer: a command's field descriptions become inputs, and what was sent becomes command data.

What may be done and what must be filled in is decided by the kernel; here texts are only turned into values
(a unit's name into its code, a local time into an instant, an upload into evidence facts).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bihuan.declare.fieldtype import NO_WORDS, Asked, Names, UnparsableText, Words
from bihuan.declare.types import field_type
from bihuan.faces.parts.language import say
from bihuan.faces.parts.options import Group, Option, Options
from bihuan.faces.parts.uploads import Upload
from bihuan.loop.kernel.actions import Action
from bihuan.loop.kernel.model import Data, Refusal
from bihuan.loop.kernel.table import table


@dataclass(frozen=True)
class FormInput:
    """One input as the template draws it. `kind` picks the markup; `list` names a datalist."""

    name: str
    label: str
    kind: str
    required: bool
    choices: Sequence[Option] | Sequence[Group] = ()
    value: str = ""
    list: str = ""
    hint: str = ""
    kept: str = ""  # id of a file from the last try


@dataclass(frozen=True)
class ActionForm:
    """One action: a form when it is possible, a reason when it is not."""

    command: str
    url: str
    label: str
    reason: str
    possible: bool
    inputs: tuple[FormInput, ...] = ()
    refused: str = ""
    remedy: str = ""
    key: str = ""
    shortcut: str = ""
    risky: bool = False
    minor: bool = False
    open: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


def build_form(
    action: Action, url: str, label: str, options: Options, key: str, values: Mapping[str, str] | None = None
) -> ActionForm:
    """Return the form of an action; `values` refill it after a refusal.

    Source: docs/topics/faces.md ("One form renderer"); docs/topics/declarations.md.
    """
    values, step = values or {}, table().by_command[action.command]
    return ActionForm(
        action.command,
        url,
        label,
        say(action.label),
        action.possible,
        tuple(input_of(f, options, values.get(f.name, "")) for f in action.fields) if action.possible else (),
        say(action.refusal.text) if action.refusal else "",
        say(action.refusal.remedy) if action.refusal and action.refusal.remedy else "",
        key,
        step.shortcut,
        step.risky,
        step.minor,
    )


class UnreadableField(ValueError):
    """A value that cannot be read: which field, and what to write instead."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def read_form(
    action: Action, sent: Mapping[str, Any], files: Mapping[str, Upload], reader: FormReader
) -> tuple[Data, Data]:
    """(data, private) of the command as sent; empty fields are left out.

    Raises:
        UnreadableField: a value that is not of its field's type.

    Source: docs/topics/faces.md ("One form renderer"); docs/topics/declarations.md.
    """
    data: Data = {}
    private: Data = {}
    for asked in action.fields:  # first: what is wrong elsewhere must not cost a chosen file
        if asked.type == "file":
            data |= reader.file(asked.name, files.get(asked.name))
    for asked in action.fields:
        text = "" if asked.type == "file" else sent.get(asked.name, "").strip()
        if text:
            (private if asked.private else data)[asked.name] = read_text(asked, text, reader)
        elif asked.required and asked.choices:
            raise UnreadableField(asked.name, _("Choose one: %(what)s.") % {"what": say(asked.label)})
    return data, private


def refusal_errors(refusal: Refusal, action: Action) -> dict[str, str]:
    """Return a refusal as errors by field; what belongs to no field of the form goes to `form`.

    Source: docs/topics/faces.md (the kernel's own reason and remedy)
    """
    message = say(refusal.text)
    if refusal.remedy:
        message = f"{message} · {say(refusal.remedy)}"
    name = refusal.field if refusal.field in {f.name for f in action.fields} else "form"
    return {name or "form": message}


@dataclass(frozen=True)
class FormReader:
    """What reading values needs: the zone of local times, resolvers of names, and the store of uploads."""

    zone: ZoneInfo
    unit: Callable[[str], str | None]
    area: Callable[[str], str | None]
    case: Callable[[str], str | None]
    file: Callable[[str, Upload | None], Data]  # the facts of what was chosen now or kept; empty for nothing
    signer: str
    now: datetime


def input_of(asked: Asked, options: Options, value: str = "") -> FormInput:
    """Return the input of a field, as its type asks for it.

    Args:
        asked: A declared field, of a command or of a form.
        options: The choices that only the page knows: people, articles, indicators, categories.
        value: What was written the last time.

    Source: docs/topics/faces.md ("One form renderer"); docs/topics/declarations.md.
    """
    how = field_type(asked.type).ask(asked)
    offered: Sequence[Option] | Sequence[Group] = getattr(options, how.offers) if how.offers else ()
    known = dict(options.indicators) if asked.name == "indicator" else {}
    named = [(code, known.get(code) or say(name)) for code, name in asked.choices]
    own = [(code, say(name)) for code, name in how.choices]
    return FormInput(
        asked.name,
        say(asked.label),
        how.widget,
        asked.required,
        offered or [*own, *named],
        value,
        how.datalist,
        say(how.hint),
    )


def read_text(asked: Asked, text: str, reader: Names) -> Any:
    """Return the value of a field that a text stands for.

    Raises:
        UnreadableField: it stands for none; says what to write instead, in the reader's language.

    Source: docs/topics/faces.md ("One form renderer"); docs/topics/declarations.md.
    """
    try:
        return field_type(asked.type).parse(text, asked, reader)
    except UnparsableText as error:
        wrong = error.wrong
        label = NO_WORDS if wrong.whole else Words(asked.label.zh, f"{asked.label.en} ")
        en = f"{label.en}{wrong.what.en}; {wrong.remedy.en[:1].lower()}{wrong.remedy.en[1:]}."
        told = Words(f"{label.zh}{wrong.what.zh}，{wrong.remedy.zh}。", en[:1].upper() + en[1:])
        raise UnreadableField(asked.name, say(told)) from None
