"""The played district: nothing is refused, everything is conserved, every invariant holds, and the truth shows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor
from bihuan.simulator.cast import handler
from bihuan.simulator.town import Plan, Town
from tests.loop import invariants
from tests.loop.district import book, programme, registers
from tests.simulator.small import END, SmallStage, played, town

pytestmark = pytest.mark.slow


def test_the_same_seed_plays_the_same_district() -> None:
    first, second, other = (town(seed, days=4) for seed in (8, 8, 9))
    a, b, c = (list(each.steps()) for each in (first, second, other))
    assert a == b
    assert first.truth.tables() == second.truth.tables()
    assert [s.key for s in a] != [s.key for s in c]


def test_the_kernel_refuses_nothing() -> None:
    it, steps = played()
    assert it.house.refused == []
    assert len(steps) > 8 * len(it.house.cases)
    assert len(it.house.cases) > 1000


def test_in_equals_open_plus_every_outcome() -> None:
    it, steps = played()
    cases = it.house.cases.values()
    counted = invariants.conserved(it.stage.rules, cases)
    assert sum(counted.values()) == len(cases) == len(it.truth.happened) == sum(s.report is not None for s in steps)
    for outcome in ("open", "closed", "answered", "merged", "invalid", "withdrawn", "refused"):
        assert counted.get(outcome, 0) > 0, f"no case ended {outcome}: {counted}"
    reporters = sum(c.reporters + len(c.left) for c in cases) - counted["merged"]
    assert reporters == len(cases), (
        "each report is one reporter, kept by its case or by the parent, or it was taken back"
    )


def test_every_case_keeps_the_invariants() -> None:
    it, steps = played()
    actors: dict[str, Actor] = {s.command.actor.id: s.command.actor for s in steps}
    checked = 0
    for key, case in it.house.cases.items():
        events = it.house.events[key]
        invariants.alive(it.stage.rules, case)
        invariants.folded(case, events)
        invariants.accounted(it.stage.rules, events)
        invariants.verified_by_others(it.stage.rules, events, actors, it.stage.registers)
        checked += invariants.deadlines_right(events, it.stage.registers)
    assert checked > 3000


def test_no_deadline_is_left_unspoken() -> None:
    """At the end nothing has fallen due that the clock has not recorded: it speaks at the exact instant."""
    it, _ = played()
    for key, case in it.house.cases.items():
        at = it.house.tick_at(key) if case.open else None
        assert at is None or at > END.timestamp(), f"{key} was due at {at}"
    for events in it.house.events.values():
        for event in events:
            for op in event.data.get("clocks", ()):
                if op["op"] == "miss":
                    assert event.occurred_at == invariants.datetime.fromisoformat(op["due"])


def test_the_whole_repertoire_is_played() -> None:
    it, _ = played()
    rare = {
        "returned", "arbitrated", "recalled", "delegated", "handed_back", "called_in", "arrived", "task_finished",
        "party_scored", "lead_scored", "released", "extension_requested", "extended", "extension_refused",
        "suspension_requested", "suspended", "resumed", "merged", "reporter_joined", "verified", "reopened",
        "verification_attempted", "exclusion_requested", "excluded", "urged", "supplemented", "withdrawn", "ticked",
    }  # fmt: skip
    assert rare <= set(it.house.kinds), rare - set(it.house.kinds)


def discrepancies(seed: int) -> tuple[str, dict[str, tuple[int, int]]]:
    """For each unit: call-backs that found a claimed solution missing, and call-backs that could judge."""
    it, _ = played(seed)
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for key, events in it.house.events.items():
        claimed = False
        for event in events:
            if event.kind == "submitted":
                claimed = bool(event.data.get("solvable"))
            if event.kind == "verified" and claimed and event.data["result"] in ("solved", "partly", "unsolved"):
                unit = it.stage.code(str(it.house.cases[key].lead))
                found[unit][0] += event.data["result"] != "solved"
                found[unit][1] += 1
    (false,) = it.truth.false_closers
    return false, {u: (bad, n) for u, (bad, n) in found.items()}


def test_the_false_closer_shows_in_the_call_backs() -> None:
    false, found = discrepancies(5)
    bad, n = found[false]
    honest = [(b, m) for u, (b, m) in found.items() if u != false and m >= 20]
    pooled = sum(b for b, _ in honest) / sum(m for _, m in honest)
    assert n >= 20
    assert pooled < 0.2
    assert bad / n > pooled + 0.15
    assert bad / n > max(b / m for b, m in honest)


def test_residents_judge_by_what_is_true() -> None:
    it, _ = played()
    answers: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    last = {c.key: c for c in it.truth.claims}
    for happened in it.truth.happened.values():
        claim = last.get(happened.key)
        if claim is not None and happened.answer in ("solved", "partly", "unsolved"):
            answers[claim.solved][str(happened.answer)] += 1
    assert answers[True]["solved"] / answers[True].total() > 0.9
    assert answers[False]["solved"] / max(1, answers[False].total()) < 0.25


def test_a_mended_cause_is_silent_and_a_repeat_had_an_unsolved_first() -> None:
    it, _ = played()
    stream, happened = it.truth.stream, it.truth.happened
    mended = [c for c in it.truth.causes if c.fixed_at is not None]
    assert mended, "no root cause was ever mended"
    assert all(not c.fixable or c.fixed_at is not None or c.fixable for c in it.truth.causes)
    for i in happened:
        cause = it.truth.causes[int(stream.cause[i])] if stream.cause[i] >= 0 else None
        if cause is not None and cause.fixed_at is not None:
            assert stream.at[i] < cause.fixed_at
        if stream.after[i] >= 0:
            assert int(stream.after[i]) in happened
    assert any(stream.after[i] >= 0 for i in happened)


def test_merged_cases_are_of_the_same_event() -> None:
    it, _ = played()
    rows = {r["key"]: r for r in it.truth.tables()["reports"]}
    by_id = {str(c.id): key for key, c in it.house.cases.items()}
    merged = [(key, by_id[str(c.parent)]) for key, c in it.house.cases.items() if c.state == "merged"]
    assert len(merged) > 20
    assert all(rows[child]["event"] == rows[parent]["event"] for child, parent in merged)


@pytest.mark.parametrize("form", ["truth.json", "truth"])
def test_the_truth_is_written_beside_the_data(tmp_path: Path, form: str) -> None:
    it, _ = played()
    written = it.truth.write(tmp_path / form)
    if form.endswith(".json"):
        document = json.loads(written[0].read_text(encoding="utf-8"))
        reports = document["reports"]
        assert document["false_closers"] == it.truth.false_closers
    else:
        assert {p.stem for p in written} == {"truth", "reports", "causes", "claims", "units", "communities"}
        reports = pq.read_table(tmp_path / form / "reports.parquet").to_pylist()
    assert len(reports) == len(it.house.cases)
    assert all(r["place_name"] for r in reports)
    assert {r["solved"] for r in reports} == {True, False}


@pytest.mark.parametrize(("programme_id", "kind"), [("street-scene", "finding"), ("whistle", "whistle")])
def test_patrol_programmes_are_played_too(programme_id: str, kind: str) -> None:
    """Nothing in the simulator is made for one programme: patrols are found, handled and looked at again."""
    scene = SmallStage(registers(), programme(programme_id), kind, LoopFacts(registers(), book(), END, "seed"), END)
    it = Town(scene, Plan(8, 3, END, 30), keep=True)
    actors = {s.command.actor.id: s.command.actor for s in it.steps()}
    assert it.house.refused == []
    counted = invariants.conserved(scene.rules, it.house.cases.values())
    assert counted["closed"] > 30
    for key, case in it.house.cases.items():
        invariants.alive(scene.rules, case)
        invariants.verified_by_others(scene.rules, it.house.events[key], actors, scene.registers)


def test_handlers_belong_to_their_unit() -> None:
    assert handler("u", 1).unit == "u"
    assert handler("u", 1) == handler("u", 7)
