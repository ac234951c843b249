"""A run: every watch looks once at everything, and what it finds is opened, left, changed, ended or kept silent.

Two runs at once open nothing twice: what is new is written under a unique key before its case is asked for. A run that
is cut off leaves whole batches; the next one goes on. Source: DESIGN §14; docs/adr/0282-watches.md (3, 6).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pyarrow as pa

from bihuan.declare.stamped import one_moment
from bihuan.faults import Fault
from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.statements import promise_statement
from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.store import current_facts
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id
from bihuan.watches.catalogue import Watch, WatchCatalogue
from bihuan.watches.ending import (
    OpenIncident,
    ToldIncident,
    change_incidents,
    end_incidents,
    open_of,
    return_incidents,
    unseen,
    withdraw_incidents,
)
from bihuan.watches.flagging import flag_confirmed
from bihuan.watches.judging import OfWatch, judge
from bihuan.watches.model import STATE, Hits, WhileStands
from bihuan.watches.models import RunRow
from bihuan.watches.opening import LONGEST, NewIncident, OpeningResult, open_incidents, retry_refused
from bihuan.watches.parts import fields_behind
from bihuan.watches.scene import Scene
from bihuan.watches.showing import of_watch
from bihuan.watches.silences import Silences, silences_at

STATEMENT = "watch_run"
WORDS = ("looked", "holds", "opened", "reminded", "refused", "known", "changed", "returned", "cleared", "retracted",
         "silenced")  # fmt: skip


@dataclass
class Looked:
    """What one watch did in a run.

    Args:
        counts: By `WORDS`. fault: Why it could not look; empty: it did. hits: What holds.
        opened: New incidents. told: What became of known ones. silenced: Places of hits that are kept silent.
    """

    watch: Watch
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WORDS, 0))
    seconds: float = 0.0
    fault: Fault | None = None
    hits: Hits | None = None
    opened: list[OpeningResult] = field(default_factory=list)
    told: list[ToldIncident] = field(default_factory=list)
    silenced: set[int] = field(default_factory=set)


@dataclass
class Run:
    """A run: when, as known when, what each watch did."""

    id: UUID
    scene: Scene
    looks: list[Looked] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        """Over all watches."""
        return {word: sum(each.counts[word] for each in self.looks) for word in WORDS}


def run_watches(
    catalogue: WatchCatalogue, at: datetime | None = None, known: datetime | None = None, *,
    names: Sequence[str] = (), facts: LoopFacts | None = None, dry: bool = False,
) -> Run:  # fmt: skip
    """Let watches look.

    Args:
        at: The instant that is looked at; default now. known: As known then; default: what is known now.
        names: Some watches; default: every active one. facts: As of `intake.receive`.
        dry: Look and tell, open and end nothing.

    Raises:
        UnknownWatch: one of the names is not declared.

    Source: DESIGN §14 (watch); docs/topics/watches.md, "A run".
    """
    begun, at = time.monotonic(), (at or datetime.now(UTC))
    facts = facts or current_facts(at)
    chosen = [catalogue.get(name) for name in names] or [
        w for _, w in sorted(catalogue.watches.items()) if w.declared.active
    ]
    scene = Scene(facts.registers, at, known, needs=needs_of(chosen), watches=judged_by(catalogue), facts=facts)
    run = Run(new_id(), scene)
    with one_moment():
        for watch in chosen:
            run.looks.append(_look(watch, scene.of(watch.programme), facts, run.id, dry=dry))
    run.seconds = time.monotonic() - begun
    if not dry and chosen:
        _keep(run)
    return run


def judged_by(catalogue: WatchCatalogue) -> tuple[OfWatch, ...]:
    """Every watch with the outcomes that say how right it was. Source: docs/topics/watches.md, "imprecise"."""
    found = [(name, each.declared.judged) for name, each in sorted(catalogue.watches.items())]
    return tuple(OfWatch(name, tuple(judged.confirmed), tuple(judged.false)) for name, judged in found)


def needs_of(watches: Iterable[Watch]) -> dict[str, set[str]]:
    """Return type → fields that some watches read, so that each type is read once.

    Source: docs/adr/0282-watches.md (6, each type is read once a run).
    """
    found: dict[str, set[str]] = defaultdict(set)
    for watch in watches:
        declared = watch.declared
        for type_id, names in declared.when.kind.fields(declared.over, declared.when.rule).items():
            found[type_id] |= names
        if declared.over.subject is not None:
            found[declared.over.subject] |= fields_behind(declared.over.subject, set(declared.over.where))
        if declared.opens is not None and isinstance(declared.opens.urgency, WhileStands):
            found[declared.opens.urgency.standing] |= fields_behind(declared.opens.urgency.standing, {STATE})
    return dict(found)


def _look(watch: Watch, scene: Scene, facts: LoopFacts, run: UUID, *, dry: bool) -> Looked:
    look, begun = Looked(watch), time.monotonic()
    declared = watch.declared
    try:
        look.hits = declared.when.kind.find(scene, declared.over, declared.when.rule)
        _compare(look, look.hits, scene, facts, run, dry=dry)
        if declared.flags is not None and not dry:
            flag_confirmed(watch, scene, run)
    except Fault as fault:
        look.fault = fault
    except pa.ArrowException as error:
        look.fault = Fault(
            f"{watch.name}：字段的值不是数或日期 · a value is no number or date: {error}", "correct that value"
        )
    look.seconds = time.monotonic() - begun
    return look


def _compare(look: Looked, hits: Hits, scene: Scene, facts: LoopFacts, run: UUID, *, dry: bool) -> None:
    """Set what holds beside what is on record."""
    watch, known = look.watch, open_of(look.watch, scene)
    silences = silences_at(scene.district, watch.name, scene.at)
    held = list(zip(hits.subjects, hits.parts, strict=True))
    fresh = [place for place, each in enumerate(held) if each not in known and place not in hits.ended]
    fresh += unseen(watch, scene, hits, [place for place in hits.ended if held[place] not in known])
    look.silenced = {place for place in fresh if silences.cover(held[place][0])}
    fresh = [place for place in fresh if place not in look.silenced]
    here = {each for place, each in enumerate(held) if place not in hits.ended}
    gone = [each for key, each in known.items() if key not in here]
    changed = _changed(hits, held, known)
    look.counts |= {"looked": hits.looked, "holds": len(held), "silenced": len(look.silenced),
                    "known": len(held) - len(fresh) - len(look.silenced)}  # fmt: skip
    if dry:
        look.counts |= {"opened": len(fresh), "cleared": len(gone), "changed": len(changed)}
        return
    _act(look, hits, (fresh, gone, changed), scene, facts, run)
    refused = [(each.id, place) for place, key in enumerate(held) if (each := known.get(key)) and each.refused]
    _retry(look, hits, refused, silences, scene, facts, run)


type _Places = tuple[list[int], list[OpenIncident], dict[UUID, tuple[OpenIncident, int]]]


def _act(look: Looked, hits: Hits, places: _Places, scene: Scene, facts: LoopFacts, run: UUID) -> None:
    watch, (fresh, gone, changed) = look.watch, places
    look.told += withdraw_incidents(watch, scene, hits, facts, run)
    look.told += end_incidents(watch, scene, gone, hits, facts, run)
    told = dict(zip(changed, hits.tell([place for _, place in changed.values()]), strict=True)) if changed else {}
    news = {key: (each, hits.incidents[place], told[key]) for key, (each, place) in changed.items()}
    look.told += change_incidents(watch, scene, news, facts, run)
    found = found_at(hits, fresh)
    look.opened += open_incidents(watch, scene, found, facts, run)
    done = {(each.found.subject, each.found.part) for each in look.opened}
    over = {(hits.subjects[place], hits.parts[place]) for place in hits.ended}
    look.told += end_incidents(watch, scene, _just_ended(scene, look.opened, over), hits, facts, run)
    back = [(f.subject, f.part, f.incident[:LONGEST]) for f in found if (f.subject, f.part) not in done | over]
    look.told += return_incidents(watch, scene, back, facts, run)
    for one in look.opened:
        look.counts[one.how] += 1
    for other in look.told:
        look.counts[other.how] += 1


def _just_ended(scene: Scene, opened: Sequence[OpeningResult], over: set[tuple[str, str]]) -> list[OpenIncident]:
    """Of what was opened just now, what had ended by itself before anybody looked."""
    return [
        OpenIncident(each.id, each.found.subject, each.found.part, each.found.incident, each.found.incident, scene.at,
                     each.case, each.why)
        for each in opened if (each.found.subject, each.found.part) in over
    ]  # fmt: skip


def _changed(
    hits: Hits, held: Sequence[tuple[str, str]], known: dict[tuple[str, str], OpenIncident]
) -> dict[UUID, tuple[OpenIncident, int]]:
    """Open incidents that another value decides now; where that costs to find out, it is not asked."""
    if hits.begin is not None:
        return {}
    return {
        each.id: (each, place)
        for place, key in enumerate(held)
        if (each := known.get(key)) is not None and each.current != hits.incidents[place][:LONGEST]
    }


def found_at(hits: Hits, places: Sequence[int]) -> list[NewIncident]:
    """Return hits at some places with what decides and the facts behind them.

    Source: docs/topics/watches.md, "Why" (each fact with its source).
    """
    if not places:
        return []
    deciding, told = hits.deciding(places), hits.tell(places)
    return [
        NewIncident(hits.subjects[place], hits.parts[place], incident, facts)
        for place, incident, facts in zip(places, deciding, told, strict=True)
    ]


def _retry(
    look: Looked,
    hits: Hits,
    refused: Sequence[tuple[UUID, int]],
    silences: Silences,
    scene: Scene,
    facts: LoopFacts,
    run: UUID,
) -> None:
    """Cases that were refused are tried again when their pause is over."""
    if not refused:
        return
    resting, _ = stuck.resting(("watches"), datetime.now(UTC))
    due = [
        (key, place) for key, place in refused if str(key) not in resting and not silences.cover(hits.subjects[place])
    ]
    found = found_at(hits, [place for _, place in due])
    pairs = [(key, each) for (key, _), each in zip(due, found, strict=True)]
    look.counts["opened" if look.watch.declared.opens else "reminded"] += retry_refused(
        look.watch, scene, pairs, facts, run
    )


def _keep(run: Run) -> None:
    """Record the run; when something was opened or ended, with a leaf in the log."""
    right = judge(run.scene.district, [of_watch(each.watch) for each in run.looks])  # pages read, they do not count
    counts = {each.watch.name: {**each.counts, "right": right[each.watch.name].kept()} for each in run.looks}
    problems = [{"watch": each.watch.name, "what": each.fault.message} for each in run.looks if each.fault is not None]
    acted = sum(run.counts[word] for word in WORDS[2:] if word not in ("known", "silenced"))
    now = datetime.now(UTC)
    with in_district(run.scene.district):
        statement = promise_statement(STATEMENT, _stated(run), now) if acted else None
        RunRow.objects.create(
            id=run.id, district_id=run.scene.district, at=run.scene.at, made_at=now, counts=counts, problems=problems,
            statement_id=statement,
        )  # fmt: skip


def _stated(run: Run) -> dict[str, Any]:
    """No key of a subject: a statement cannot be erased. The digest is over incidents and what became of them."""
    opened = [[str(each.id), each.how] for look in run.looks for each in look.opened]
    told = [[str(each.id), each.how] for look in run.looks for each in look.told]
    body = sorted(opened + told)
    return {
        "run": str(run.id), "at": run.scene.at.astimezone(UTC).isoformat(), "changes": len(body),
        "watches": {each.watch.name: each.watch.digest for each in run.looks},
        "digest": sha256(canonical(body)).hexdigest(),
    }  # fmt: skip
