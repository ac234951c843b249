"""The one form renderer: a command's field descriptions become inputs, and what was sent becomes command data.

What may be done and what must be filled in is decided by the kernel; here texts are only turned into values
(a unit's name into its code, a local time into an instant, an upload into evidence facts).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bihuan.faces.parts.language import say
from bihuan.faces.parts.options import Group, Option, Options
from bihuan.faces.parts.uploads import Upload
from bihuan.loop.kernel.actions import Action
from bihuan.loop.kernel.fields import Field
from bihuan.loop.kernel.model import Data, Refusal
from bihuan.loop.kernel.table import table


@dataclass(frozen=True)
class Input:
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
    inputs: tuple[Input, ...] = ()
    refused: str = ""
    remedy: str = ""
    key: str = ""
    shortcut: str = ""
    risky: bool = False
    minor: bool = False
    open: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


def draw(
    action: Action, url: str, label: str, options: Options, key: str, values: Mapping[str, str] | None = None
) -> ActionForm:
    """The form of an action; `values` refill it after a refusal."""
    values, step = values or {}, table().by_command[action.command]
    return ActionForm(
        action.command,
        url,
        label,
        say(action.label),
        action.possible,
        tuple(_input(f, options, values.get(f.name, "")) for f in action.fields) if action.possible else (),
        say(action.refusal.text) if action.refusal else "",
        say(action.refusal.remedy) if action.refusal and action.refusal.remedy else "",
        key,
        step.shortcut,
        step.risky,
        step.minor,
    )


class Unreadable(ValueError):
    """A value that cannot be read: which field, and what to write instead."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def read(action: Action, sent: Mapping[str, Any], files: Mapping[str, Upload], reader: Reader) -> tuple[Data, Data]:
    """(data, private) of the command as sent; empty fields are left out.

    Raises:
        Unreadable: a value that is not of its field's type.
    """
    data: Data = {}
    private: Data = {}
    for asked in action.fields:  # first: what is wrong elsewhere must not cost a chosen file
        if asked.type == "file":
            data |= reader.file(asked.name, files.get(asked.name))
    for asked in action.fields:
        text = "" if asked.type == "file" else sent.get(asked.name, "").strip()
        if text:
            (private if asked.private else data)[asked.name] = _READERS.get(asked.type, _text)(asked, text, reader)
        elif asked.required and asked.choices:
            raise Unreadable(asked.name, _("Choose one: %(what)s.") % {"what": say(asked.label)})
    return data, private


def refusal_errors(refusal: Refusal, action: Action) -> dict[str, str]:
    """A refusal as errors by field; what belongs to no field of the form goes to `form`."""
    message = say(refusal.text)
    if refusal.remedy:
        message = f"{message} · {say(refusal.remedy)}"
    name = refusal.field if refusal.field in {f.name for f in action.fields} else "form"
    return {name or "form": message}


@dataclass(frozen=True)
class Reader:
    """What reading values needs: the zone of local times, resolvers of names, and the store of uploads."""

    zone: ZoneInfo
    unit: Callable[[str], str | None]
    area: Callable[[str], str | None]
    case: Callable[[str], str | None]
    file: Callable[[str, Upload | None], Data]  # the facts of what was chosen now or kept; empty for nothing
    signer: str
    now: datetime


def _input(asked: Field, options: Options, value: str) -> Input:
    kind, listed, hint = "text", "", ""
    known = dict(options.indicators) if asked.name == "indicator" else {}
    choices: Sequence[Option] | Sequence[Group] = [(code, known.get(code) or say(name)) for code, name in asked.choices]
    match asked.type:
        case "choice":
            kind = "radio" if 0 < len(choices) <= 5 else "select"
        case "long_text":
            kind = "textarea"
        case "instant":
            kind = "instant"
        case "unit":
            listed, hint = (
                "units",
                _("Name or code; leave empty for the duty-bearer") if not asked.required else _("Name or code"),
            )
        case "units":
            listed, hint = "units", _("Names or codes, separated by commas")
        case "area":
            listed = "areas"
        case "person":
            kind, choices = "select", options.people
        case "category":
            kind, choices = "category", options.categories
        case "article":
            kind, choices = "select", options.articles
        case "indicator":
            kind, choices = "select", options.indicators
        case "yes_no":
            kind, choices = "radio", (("yes", _("Yes")), ("no", _("No")))
        case "number":
            kind = "number"
        case "file":
            kind = "file"
        case "place":
            hint = _("Longitude, latitude in degrees (WGS-84)")
        case "signature":
            hint = _("Type your full name to sign")
        case "case":
            hint = _("Number of the case")
    if asked.type == "choice" and not asked.required and kind == "select":
        choices = [("", "—"), *((code, say(name)) for code, name in asked.choices)]
    return Input(asked.name, say(asked.label), kind, asked.required, choices, value, listed, hint)


def _text(asked: Field, text: str, reader: Reader) -> Any:
    return text


def _instant(asked: Field, text: str, reader: Reader) -> str:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(asked.name, _("Write a date and time such as 2026-12-01 18:00.")) from None
    return local.replace(tzinfo=local.tzinfo or reader.zone).isoformat()


def _number(asked: Field, text: str, reader: Reader) -> int:
    try:
        return int(text)
    except ValueError:
        raise Unreadable(asked.name, _("Write a whole number.")) from None


def _place(asked: Field, text: str, reader: Reader) -> list[int]:
    return place_text(asked.name, text)


def place_text(name: str, text: str) -> list[int]:
    """Longitude and latitude in millionths of a degree from `116.310, 39.990`.

    Raises:
        Unreadable: not two numbers, or not on this planet.
    """
    try:
        lon, lat = (round(float(part) * 1_000_000) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise Unreadable(name, _("Write longitude and latitude such as 116.310, 39.990.")) from None
    if abs(lon) > 180_000_000 or abs(lat) > 90_000_000:
        raise Unreadable(name, _("Longitude lies within ±180, latitude within ±90."))
    return [lon, lat]


def _unit(asked: Field, text: str, reader: Reader) -> str:
    found = reader.unit(text)
    if found is None:
        raise Unreadable(asked.name, _("There is no unit “%(text)s”; choose one of the list.") % {"text": text})
    return found


def _units(asked: Field, text: str, reader: Reader) -> list[str]:
    parts = [p.strip() for p in text.replace("，", ",").replace("、", ",").split(",")]
    return [_unit(asked, part, reader) for part in parts if part]


def _area(asked: Field, text: str, reader: Reader) -> str:
    found = reader.area(text)
    if found is None:
        raise Unreadable(asked.name, _("There is no place “%(text)s”; choose one of the list.") % {"text": text})
    return found


def _case(asked: Field, text: str, reader: Reader) -> str:
    found = reader.case(text)
    if found is None:
        raise Unreadable(asked.name, _("There is no case “%(text)s” that you may see.") % {"text": text})
    return found


def _signature(asked: Field, text: str, reader: Reader) -> str:
    """SHA-256 over the typed name, who typed it and when: proof without keeping the name in the event."""
    return hashlib.sha256(f"{text}|{reader.signer}|{reader.now.isoformat()}".encode()).hexdigest()


_READERS: dict[str, Callable[[Field, str, Reader], Any]] = {
    "instant": _instant,
    "number": _number,
    "place": _place,
    "unit": _unit,
    "units": _units,
    "area": _area,
    "case": _case,
    "signature": _signature,
    "yes_no": lambda asked, text, reader: text == "yes",
}
