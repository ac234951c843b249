"""From a new incident to its case: what the declaration says, filled from the subject, through the one door of intake.

The incident is written first; its unique key makes a second worker wait and find that there is nothing to open. Case,
report and incident stand or fall in one transaction. Source: DESIGN §14 (one incident, one case); docs/adr/0060.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from msgspec.structs import replace

from bihuan.intake.receive import ReportReceipt, receive
from bihuan.intake.reports import NewReport
from bihuan.loop import scope, stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor, acting_as
from bihuan.loop.programmes import all_programmes
from bihuan.registers.pure.ids import new_id
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.pure.ground import positions_of
from bihuan.watches import reminding
from bihuan.watches.catalogue import Watch
from bihuan.watches.forms import values_of_forms
from bihuan.watches.model import Fact, FromField, FromPart, Opens, Said, WhileStands
from bihuan.watches.numbers import values_of_numbers
from bihuan.watches.scene import Scene

CHANNEL, SOURCE, LOOP = "watch", "watch", "watches"
BATCH = 200
EVENTS_LOCK = 0x6269_6875_7761_7463
"""The advisory lock of whoever writes events of incidents ("bihuwatc")."""
LONGEST = 120
"""Characters of a deciding value."""
_NEW = """
INSERT INTO watch_incident (id, district_id, watch, programme, type, subject, part, incident, current, opened_at,
    ended_how, refused, reminded, facts)
SELECT i.id, %(district)s, %(watch)s, %(programme)s, %(type)s, i.subject, i.part, i.incident, i.incident, %(at)s, '',
    '', i.reminded, i.facts::jsonb
FROM unnest(%(ids)s::uuid[], %(subjects)s::text[], %(parts)s::text[], %(incidents)s::text[], %(reminded)s::text[],
    %(facts)s::text[]) AS i(id, subject, part, incident, reminded, facts)
ON CONFLICT DO NOTHING RETURNING id
"""
EVENTS = """
INSERT INTO watch_event (district_id, incident_id, kind, at, run, data)
SELECT %s, e.id, e.kind, %s, %s, e.data::jsonb FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS e(id, kind, data)
"""
_CASES = """
UPDATE watch_incident i SET case_id = c.case_id, refused = c.refused
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS c(id, case_id, refused) WHERE i.id = c.id
"""


class NewIncident(NamedTuple):
    """A new incident: where it is, what decided, and the facts."""

    subject: str
    part: str
    incident: str
    facts: Sequence[Fact]


class OpeningResult(NamedTuple):
    """What became of a new incident: `opened`, `reminded` or `refused` with the reason."""

    id: UUID
    found: NewIncident
    how: str
    case: UUID | None = None
    number: str = ""
    why: str = ""


def open_incidents(
    watch: Watch, scene: Scene, found: Sequence[NewIncident], facts: LoopFacts, run: UUID
) -> list[OpeningResult]:
    """Open what nobody has opened yet, a batch at a time.

    Returns:
        Those that this call opened; what another worker, or an earlier run, opened is not among them.

    Source: docs/adr/0282-watches.md (3, once per watch, subject and incident).
    """
    opened: list[OpeningResult] = []
    for start in range(0, len(found), BATCH):
        part = found[start : start + BATCH]
        with transaction.atomic(), scope.district(scene.district):
            opened += _open_batch(watch, scene, part, facts, run)
    return opened


def retry_refused(
    watch: Watch, scene: Scene, rows: Sequence[tuple[UUID, NewIncident]], facts: LoopFacts, run: UUID
) -> int:
    """Try again what was refused, a case or a reminder of nobody; returns how many are open, or told, now.

    Source: docs/topics/watches.md, "What is refused".
    """
    done = 0
    for start in range(0, len(rows), BATCH):
        with transaction.atomic(), scope.district(scene.district):
            opened = _again(watch, scene, rows[start : start + BATCH], facts)
            mended = [each for each in opened if each.how != "refused"]
            _settle(scene, mended, run)
            done += len(mended)
    return done


def _open_batch(
    watch: Watch, scene: Scene, part: Sequence[NewIncident], facts: LoopFacts, run: UUID
) -> list[OpeningResult]:
    ids = [new_id() for _ in part]
    values = _values(watch, scene, part) if part else {}
    reminded = _reminded(watch, scene, part, values)
    given: dict[str, Any] = {
        "district": scene.district, "watch": watch.name, "programme": watch.programme, "at": scene.at,
        "type": type_of(watch), "ids": ids, "subjects": [each.subject for each in part],
        "parts": [each.part for each in part], "incidents": [each.incident[:LONGEST] for each in part],
        "reminded": reminded,
        "facts": [json.dumps([f.as_json() for f in each.facts], ensure_ascii=False) for each in part],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NEW, given)
        mine = {key for (key,) in cursor.fetchall()}
    fresh = [(key, each) for key, each in zip(ids, part, strict=True) if key in mine]
    if watch.declared.opens is None:
        opened = _remind(watch, scene, fresh, dict(zip(ids, reminded, strict=True)))
    else:
        opened = _receive(watch, scene, fresh, facts, values)
    _settle(scene, opened, run)
    return opened


def _again(
    watch: Watch, scene: Scene, rows: Sequence[tuple[UUID, NewIncident]], facts: LoopFacts
) -> list[OpeningResult]:
    if watch.declared.opens is not None:
        return _receive(watch, scene, rows, facts)
    found = [each for _, each in rows]
    whom = dict(
        zip((key for key, _ in rows), _reminded(watch, scene, found, _values(watch, scene, found)), strict=True)
    )
    reminding.note_whom([reminding.Reminded(*each) for each in whom.items()])
    return _remind(watch, scene, rows, whom)


def _remind(
    watch: Watch, scene: Scene, fresh: Sequence[tuple[UUID, NewIncident]], whom: Mapping[UUID, str]
) -> list[OpeningResult]:
    """Tell whom the declaration names; an incident of which nobody can be reminded is set aside, shown, tried again."""
    nobody = reminding.send_reminders(watch, scene, [reminding.Reminded(key, whom[key]) for key, _ in fresh])
    for key in sorted(nobody):
        stuck.set_aside(LOOP, str(key), "", f"{reminding.NOBODY}: {watch.name}: {whom[key]}")
    refused, told = ("refused", None, "", reminding.NOBODY), ("reminded",)
    return [OpeningResult(key, each, *(refused if key in nobody else told)) for key, each in fresh]


def _reminded(
    watch: Watch, scene: Scene, part: Sequence[NewIncident], values: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    said_unit = reminding.unit_said(watch)
    return [
        reminding.addressed(watch, scene, each.subject, said(said_unit, values.get(each.subject, {}), each.part))
        for each in part
    ]


def _receive(
    watch: Watch, scene: Scene, fresh: Sequence[tuple[UUID, NewIncident]], facts: LoopFacts,
    values: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[OpeningResult]:  # fmt: skip
    if not fresh:
        return []
    known = _values(watch, scene, [each for _, each in fresh]) if values is None else values
    reports = [report_of(watch, scene, each, known.get(each.subject, {})) for _, each in fresh]
    receipts = receive(reports, actor=_desk_of(watch), facts=facts)
    return [_opened(watch, key, each, receipt) for (key, each), receipt in zip(fresh, receipts, strict=True)]


def _desk_of(watch: Watch) -> Actor:
    """As whom a watch opens: the program, for the desk that the case type declares."""
    actor, opens = acting_as("watch"), watch.declared.opens
    programme = all_programmes().get(watch.opens_in)
    if opens is None or programme is None or opens.case not in programme.cases:
        return actor
    return replace(actor, roles=actor.roles | {programme.cases[opens.case].desk})


def _opened(watch: Watch, key: UUID, found: NewIncident, receipt: ReportReceipt) -> OpeningResult:
    if receipt.refusal is not None:
        stuck.set_aside(LOOP, str(key), "", f"{receipt.refusal.code}: {watch.name}: {receipt.refusal.text.en}")
        return OpeningResult(key, found, "refused", why=receipt.refusal.code)
    return OpeningResult(key, found, "opened", receipt.case, receipt.number)


def lock_events(*, alone: bool = False) -> None:
    """Hold back, until the transaction ends, whoever reads how far events of incidents are settled; or, `alone`, wait
    until everybody who writes some has ended.

    Source: PostgreSQL, "Advisory Locks"; docs/adr/0331-letters-after-watches.md (3).
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)", [EVENTS_LOCK])


def _settle(scene: Scene, opened: Sequence[OpeningResult], run: UUID) -> None:
    """Write cases and events of incidents."""
    if not opened:
        return
    ids = [each.id for each in opened]
    told = [
        json.dumps({"number": each.number} if each.number else {"why": each.why} if each.why else {}) for each in opened
    ]
    lock_events()
    with connection.cursor() as cursor:
        cursor.execute(_CASES, [ids, [each.case for each in opened], [each.why[:64] for each in opened]])
        cursor.execute(EVENTS, [scene.district, scene.at, run, ids, [each.how for each in opened], told])
    stuck.mended(LOOP, [str(each.id) for each in opened if each.how != "refused"])


# -- the report --------------------------------------------------------------------------------------------


def report_of(watch: Watch, scene: Scene, found: NewIncident, values: Mapping[str, Any]) -> NewReport:
    """Return the report that an incident becomes.

    Args:
        values: What the subject says, by field.

    Source: docs/topics/watches.md, "What it opens".
    """
    opens = watch.declared.opens
    assert opens is not None
    digest = sha256("\x1f".join((watch.name, found.subject, found.part, found.incident)).encode()).hexdigest()[:40]
    type_id = type_of(watch)
    return NewReport(
        key=f"watch:{digest}", programme=watch.opens_in, kind=opens.case, channel=CHANNEL, at=scene.at,
        title=_title(watch, type_id, found, values), text=_told(watch, found),
        category=said(opens.category, values, found.part), area=said(opens.area, values, found.part),
        urgency=_urgency(opens, scene, values, found.part), unit=said(opens.unit, values, found.part),
        place=_middle(values.get(opens.place or "")),
        fields={
            name: text for name, each in opens.fields.items() if (text := said(each, values, found.part)) is not None
        },
        subject=_about(watch, type_id, found, values), dispatch=opens.dispatch,
    )  # fmt: skip


def _about(watch: Watch, type_id: str, found: NewIncident, values: Mapping[str, Any]) -> str | None:
    """The key of what the case is about; of a case that is about nothing declared, type and key."""
    opens = watch.declared.opens
    assert opens is not None
    programme = all_programmes().get(watch.opens_in)
    kind = programme.cases.get(opens.case) if programme is not None else None
    if opens.subject is not None:
        return said(opens.subject, values)
    if not type_id or (kind is not None and kind.about is not None):
        return found.subject
    return f"{type_id}/{found.subject}"


def said(what: Said | None, values: Mapping[str, Any], part: str = "") -> str | None:
    """A literal, what the subject says in a field, or what stands for this part; None for nothing."""
    if isinstance(what, FromPart):
        return what.part.get(part)
    if isinstance(what, FromField):
        found = values.get(what.field)
        return None if found in (None, "") else str(found)
    return what


def _urgency(opens: Opens, scene: Scene, values: Mapping[str, Any], part: str) -> str | None:
    """A literal, what the subject says, or what stands in the district. Source: docs/topics/watches.md."""
    rule = opens.urgency
    if not isinstance(rule, WhileStands):
        return said(rule, values, part)
    stands = rule.state in scene.states(rule.standing, scene.frame(rule.standing)).to_pylist()
    return rule.says if stands else rule.otherwise


def type_of(watch: Watch) -> str:
    """The type of the subjects that a watch speaks of; a word for what is no declared type."""
    over, kind = watch.declared.over, watch.declared.when.kind
    if kind.type_of is not None:
        return kind.type_of(over, watch.declared.when.rule)
    if over.subject is not None:
        return over.subject
    if over.series is not None:
        from bihuan.series.catalogue import current_catalogue

        series = current_catalogue().series.get(over.series)
        return series.declared.subject if series is not None else "series"
    return over.base


def _values(watch: Watch, scene: Scene, part: Sequence[NewIncident]) -> dict[str, dict[str, Any]]:
    type_id, over, keys = type_of(watch), watch.declared.over, sorted({each.subject for each in part})
    if over.number is not None:
        return values_of_numbers(over, keys, scene.district)
    held = scene.values(type_id, keys) if type_id in subject_types() else {}
    if over.form is None:
        return held
    return {key: {**held.get(key, {}), **sent} for key, sent in values_of_forms(scene, over, keys).items()}


def _title(watch: Watch, type_id: str, found: NewIncident, values: Mapping[str, Any]) -> str:
    opens = watch.declared.opens
    words = (opens.title if isinstance(opens, Opens) else None) or watch.declared.name
    kind = subject_types().get(type_id)
    title = values.get(kind.title_field) if kind is not None else None
    return f"{words.zh} · {words.en}: {title or found.subject}"[:200]


def _told(watch: Watch, found: NewIncident) -> str:
    """Why, for whoever opens the case: the rule and each fact with its source."""
    words = watch.declared.when.kind.why(watch.declared.when.rule)
    lines = [f"{words.zh} · {words.en}"]
    for fact in found.facts:
        source = f" ({fact.source})" if fact.source else ""
        lines.append(f"{fact.what} = {'-' if fact.value is None else fact.value}{source}")
    return "\n".join(lines)


def _middle(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    positions = positions_of(value)
    return sum(p[0] for p in positions) // len(positions), sum(p[1] for p in positions) // len(positions)
