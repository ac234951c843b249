"""The programmes that have no Python: each walks its loop on the pure kernel and keeps its own rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bihuan.loop.facts import LoopFacts, OtherCases
from bihuan.loop.kernel.facts import Seen
from bihuan.loop.kernel.model import CLOCK, Actor, Case, Data
from bihuan.loop.programmes import folder_of
from tests.loop.district import OPERATOR, START, Walk, book, community, facts, handler, registers

INSPECTOR = Actor("user:inspector", frozenset({"inspector"}))
REVIEWER = Actor("user:reviewer", frozenset({"arbiter"}))
HERE = [116_300_000, 39_950_000]


def place() -> dict[str, Any]:
    """Where it is."""
    return {"number": "1", "channel": "patrol", "area": community(), "place": HERE}


def test_no_programme_here_has_python() -> None:
    for name in ("whistle", "street-scene", "community-access"):
        found = {file.name for file in folder_of(name).rglob("*.py")}
        assert "special.py" not in found, name
        assert not found or "sample.py" in found, name  # what a sample plays is no part of the programme


def test_a_whistle_gathers_its_departments_and_closes_when_all_have_finished() -> None:
    walk = Walk("whistle")
    case = walk.do("open", handler(None, "street"), **{"kind": "whistle"}, urgency="emergency", **place())
    assert case.state == "dispatched"
    walk.do("accept", walk.holder, 0.1)
    units = [o.id for o in registers().organisations if o.kind == "department" and o.id != case.lead][:2]
    called = walk.do("call_in", walk.holder, 0.2, **{"kind": "emergency"}, units=units, task="联合处置")
    clock = called.clocks[f"arrive@{units[0]}"]
    assert clock.due - clock.started == timedelta(minutes=30)
    walk.do("add_evidence", walk.holder, 1, sha256="a" * 64, type="photo", place=HERE)
    assert walk.refused("submit", walk.holder, 2) == "party_unfinished"
    for n, unit in enumerate(units):
        walk.do("arrive", handler(unit, str(n)), 0.4, place=HERE, signature="b" * 64)
        walk.do("finish_task", handler(unit, str(n)), 2)
    assert walk.refused("submit", walk.holder, 3) == "party_unscored"
    for unit in units:
        walk.do("score_party", walk.holder, 3, unit=unit, score=95)
    walk.do("submit", walk.holder, 3)
    assert walk.do("verify", INSPECTOR, 20, result="passed").outcome == "closed"


def test_a_camera_hit_waits_for_a_person() -> None:
    walk = Walk("street-scene")
    camera = Actor("user:camera", frozenset({"integrator"}))
    case = walk.do("open", camera, **{"kind": "finding"}, category="cleanliness.litter", **place())
    assert (case.state, case.holder and case.holder.id, case.lead) == ("received", "inspector", None)
    assert walk.refused("dispatch", camera, 1) == "not_yours"
    assert walk.do("dispatch", INSPECTOR, 1).lead is not None


def test_photos_must_be_from_the_spot_the_time_and_no_other_case() -> None:
    class Used(OtherCases):
        def used_for(self, evidence: Data, case: Case) -> Seen | None:
            return Seen("case", "2605060000001") if evidence["sha256"].startswith("e") else None

    walk = Walk("street-scene")
    walk.facts = LoopFacts(registers(), book(), facts().now, "seed", Used())
    walk.do("open", INSPECTOR, **{"kind": "finding"}, category="cleanliness.litter", **place())
    walk.do("dispatch", INSPECTOR, 1)
    walk.do("accept", walk.holder, 2)
    taken = (START + timedelta(hours=3)).isoformat()
    early = (START + timedelta(hours=0.5)).isoformat()
    assert walk.refused("add_evidence", walk.holder, 4, sha256="e" * 64, type="photo") == "used_elsewhere"
    walk.do("add_evidence", walk.holder, 4, sha256="a" * 64, type="photo", place=HERE, taken_at=taken)
    walk.do("add_evidence", walk.holder, 4, sha256="b" * 64, type="photo", place=HERE, taken_at=early)
    walk.do(
        "add_evidence", walk.holder, 4, sha256="c" * 64, type="photo", place=[116_400_000, 39_950_000], taken_at=taken
    )
    assert walk.refused("submit", walk.holder, 5) == "evidence_lacking"
    walk.do("add_evidence", walk.holder, 5, sha256="d" * 64, type="photo", place=HERE, taken_at=taken)
    assert walk.do("submit", walk.holder, 6).state == "verifying"
    dependent = Actor("user:own", frozenset({"inspector"}), walk.case.lead)
    assert walk.refused("verify", dependent, 7, result="passed") == "not_independent"
    again = walk.do("verify", INSPECTOR, 8, result="failed")
    assert (again.state, again.reopens) == ("dispatched", 1)


def application(starts: str) -> dict[str, Any]:
    """What a department states."""
    return {"fields": {"item": "人口抽样调查", "starts_on": starts, "minutes_per_month": "60", "funding": "区财政"}}


def test_an_application_comes_thirty_working_days_ahead_and_is_decided_in_fifteen() -> None:
    walk = Walk("community-access")
    department = handler(next(o.id for o in registers().organisations if o.kind == "department"))
    about = {"kind": "item", "number": "1", "channel": "web", "subject": "survey"}
    assert walk.refused("open", department, **about, **application("2026-06-01")) == "too_late"
    case = walk.do("open", department, **about, **application("2026-07-01"))
    assert case.deadline is not None
    assert case.clocks["decision"].why["within"] == "15 working days"
    assert case.clocks["decision"].due.astimezone(registers().calendar.zone).date().isoformat() == "2026-05-26"


def test_an_admission_ends_and_is_reviewed_again() -> None:
    walk = Walk("community-access")
    department = handler(next(o.id for o in registers().organisations if o.kind == "department"))
    walk.do("open", department, **{"kind": "item"}, number="1", channel="web", **application("2026-07-01"))
    until = (START + timedelta(days=300)).isoformat()
    assert walk.refused("approve", REVIEWER, 10, until=(START + timedelta(days=500)).isoformat()) == "bad_end"
    walk.do("approve", REVIEWER, 10, until=until)
    assert walk.refused("expire", CLOCK, 24 * 100) == "not_expired"
    case = walk.do("expire", CLOCK, 24 * 300)
    assert (case.state, case.outcome) == ("received", None)
    assert case.deadline is not None


def test_work_that_is_not_on_the_list_is_refused_on_record() -> None:
    department = handler(next(o.id for o in registers().organisations if o.kind == "department"))
    task = {"kind": "task", "subject": "survey", **place()}
    walk = Walk("community-access")
    case = walk.do("open", department, **task)
    assert (case.outcome, case.lead, [e.kind for e in walk.events]) == ("refused", None, ["opened", "refused"])

    class Listed(OtherCases):
        def admission(self, programme: str, kind: str, subject: str, at: Any) -> Data | None:
            return {"number": "7", "until": "2027-01-01T00:00:00Z"}

    walk = Walk("community-access")
    walk.facts = LoopFacts(registers(), book(), facts().now, "seed", Listed())
    assert walk.do("open", department, **task).state == "dispatched"
    assert walk.events[0].data["admission"]["number"] == "7"
    assert walk.refused("dispatch", OPERATOR, 1) == "not_from_this_state"
