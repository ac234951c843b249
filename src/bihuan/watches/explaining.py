"""Why: for each subject that a watch holds of, the rule in words, the facts with source and as-of, and what came of it.

Source: DESIGN §14 (`bihuan watch run --explain`); docs/topics/watches.md, "Why".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bihuan.watches.ending import open_of
from bihuan.watches.model import Fact
from bihuan.watches.opening import type_of
from bihuan.watches.running import Looked, Run

MOST = 1000
"""Hits of one watch that are explained; all are counted."""


def run_told(run: Run, *, explain: bool) -> dict[str, Any]:
    """Return a run as JSON.

    Source: docs/topics/watches.md, "A run".
    """
    told: dict[str, Any] = {
        "run": str(run.id), "at": run.scene.at.isoformat(), "day": run.scene.day.isoformat(),
        "known": run.scene.known.isoformat() if run.scene.known else None, **run.counts,
        "watches": [_watch_told(each) for each in run.looks],
        "cases": [
            {"watch": look.watch.name, "subject": each.found.subject, "incident": each.found.incident,
             "case": each.number}
            for look in run.looks for each in look.opened if each.number
        ],
        "seconds": round(run.seconds, 3),
    }  # fmt: skip
    if explain:
        told["explained"] = [each for look in run.looks for each in explained(run, look)]
    return told


def _watch_told(look: Looked) -> dict[str, Any]:
    told: dict[str, Any] = {
        "watch": look.watch.name, "programme": look.watch.programme, "kind": look.watch.declared.when.kind.name,
        **look.counts, "seconds": round(look.seconds, 3),
    }  # fmt: skip
    if look.fault is not None:
        told |= {"error": look.fault.message, "remedy": look.fault.remedy}
    return told


def explained(run: Run, look: Looked) -> Iterator[dict[str, Any]]:
    """Say why, for each of the first hits of a watch and for everything that it ended.

    Source: docs/topics/watches.md, "Why".
    """
    if look.hits is None:
        return
    hits, watch = look.hits, look.watch
    places = range(min(len(hits.subjects), MOST))
    facts = hits.tell(list(places)) if places else []
    known, opened = (
        open_of(watch, run.scene.of(watch.programme)),
        {(each.found.subject, each.found.part): each for each in look.opened},
    )
    words = watch.declared.when.kind.why(watch.declared.when.rule)
    for place, said in zip(places, facts, strict=True):
        key = (hits.subjects[place], hits.parts[place])
        mine = opened.get(key)
        verdict = (
            mine.how if mine else "silenced" if place in look.silenced else "known" if key in known else "would_open"
        )
        yield {
            "watch": watch.name, "type": type_of(watch), "subject": key[0], "part": key[1],
            "incident": known[key].current if key in known else hits.incidents[place], "verdict": verdict,
            "case": mine.number if mine else "",
            "refused": mine.why if mine else known[key].refused if key in known else "",
            "because": {"zh": words.zh, "en": words.en}, "facts": [each.as_json() for each in said],
        }  # fmt: skip
    for told in look.told:
        yield {
            "watch": watch.name, "type": type_of(watch), "subject": told.subject, "part": told.part,
            "verdict": told.how,
            "because": {"zh": words.zh, "en": words.en}, "facts": [each.as_json() for each in told.facts],
        }  # fmt: skip


def facts_line(facts: list[dict[str, Any]]) -> str:
    """Facts as one line for people. Source: docs/topics/watches.md, "Why"."""
    return "; ".join(_line(Fact(**each)) for each in facts)


def _line(fact: Fact) -> str:
    since = f", {fact.since}" if fact.since else ""
    return f"{fact.what} = {fact.value} [{fact.source or '-'}{since}]"
