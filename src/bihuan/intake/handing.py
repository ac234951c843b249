"""The door of forms: what somebody sent by a form becomes a report, once, through `receive`.

Which field of the form is title, text, place or reporter is said by the form; what a case may hold, by its programme.
"""

from __future__ import annotations

from typing import Any

from bihuan.extend import DoorAnswer, Handed
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.intake.takes import FIELD, REPORTER, WORDS

LONGEST_TITLE = 60


def receive_handed(handed: Handed) -> DoorAnswer:
    """Open the case that a form asks for; the same key twice opens one, and a refusal is told by field.

    Source: docs/topics/forms.md, "Through a door"; docs/topics/import.md (the one door).
    """
    (receipt,) = receive([_report(handed)], actor=handed.actor, facts=handed.facts)
    refusal = receipt.refusal
    if refusal is not None:
        remedy = refusal.remedy
        return DoorAnswer(
            code=refusal.code, field=refusal.field or "", what=(refusal.text.zh, refusal.text.en),
            remedy=(remedy.zh, remedy.en) if remedy else ("", ""),
        )  # fmt: skip
    return DoorAnswer(receipt.case, receipt.number, receipt.access, receipt.signed)


def _report(handed: Handed) -> NewReport:
    said = dict(handed.values)
    words = {name: _text(said[name]) for name in WORDS if said.get(name) not in (None, "")}
    text = words.get("text", "")
    title = words.get("title") or (text.splitlines() or [""])[0]
    place = said.get("place")
    who = {name: _text(said[name]) for name in REPORTER if said.get(name)}
    return NewReport(
        key=handed.key, programme=handed.programme, kind=handed.kind, channel="web", at=handed.at,
        title=title[:LONGEST_TITLE], text=text or title, address=words.get("address", ""),
        category=words.get("category"), area=words.get("area"), urgency=words.get("urgency"),
        subject=words.get("subject"), restricted=words.get("restricted"),
        place=(place[0], place[1]) if place else None,
        reporter=Reporter(**who, language=handed.language) if who else None,
        fields={name.removeprefix(FIELD): _text(value) for name, value in said.items()
                if name.startswith(FIELD) and value not in (None, "")},
        media=tuple(handed.media),
    )  # fmt: skip


def _text(value: Any) -> str:
    """A value as a case holds it: text, for yes and no the words that its field type reads."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
