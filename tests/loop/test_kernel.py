"""The loop on the flagship programme, step by step: returns, clocks, delegation, verification, merging."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bihuan.loop.kernel.actions import actions
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.model import CLOCK, Actor, Command, Refusal
from bihuan.loop.kernel.why import why
from tests.loop.district import ARBITER, CALLBACK, OPERATOR, START, Walk, facts, handler, registers


def test_the_whole_loop_closes() -> None:
    walk = Walk().submitted()
    assert walk.case.state == "verifying"
    case = walk.do("verify", CALLBACK, 20, result="solved", satisfied="yes", contacted=True)
    assert (case.state, case.outcome, case.holder) == ("closed", "closed", None)
    assert all(not clock.running for clock in case.clocks.values())


def test_duty_comes_from_the_matrix_with_its_row() -> None:
    walk = Walk().dispatched()
    answer = why(walk.case, walk.events, "holder")
    assert answer.value == walk.case.lead
    assert "row" in answer.rule


def test_an_old_files_unknown_category_falls_back_to_the_district() -> None:
    case = Walk().dispatched(category="nothing.known.here", area=None, history="old").case
    assert case.lead == facts().district()


@pytest.mark.parametrize(
    ("name", "kind", "missing"), [("hotline", "request", "category"), ("street-scene", "finding", "area")]
)
def test_what_is_not_classified_does_not_go_to_the_district_by_one_key(name: str, kind: str, missing: str) -> None:
    walk = Walk(name)
    operator = Actor("user:desk", frozenset({"operator", "inspector"}))
    walk.do("open", operator, **{"kind": kind, "number": "1"}, channel="phone")
    refusal = decide(walk.programme, walk.case, Command("dispatch", operator, START, {}), walk.facts)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == ("unclassified", missing)
    assert refusal.remedy is not None
    assert walk.do("dispatch", operator, 1, unit="street-110108011").lead is not None


def test_deadline_explains_itself() -> None:
    walk = Walk().accepted()
    answer = why(walk.case, walk.events)
    assert answer.rule["citation"]
    assert answer.rule["verified"] is False
    assert answer.events


def test_general_request_has_seven_days_and_emergency_two_hours() -> None:
    for urgency, span in (("general", timedelta(days=7)), ("emergency", timedelta(hours=2))):
        walk = Walk().dispatched(urgency=urgency)
        clock = walk.case.clocks["feedback"]
        assert clock.due - clock.started == span


def test_returns_end_in_arbitration_and_a_ruling_binds() -> None:
    walk = Walk().dispatched()
    for hours in (1, 2):
        case = walk.do("return", walk.holder, hours, reason="not_our_duty")
        assert case.state == "received"
        walk.do("dispatch", OPERATOR, hours + 0.5)
    case = walk.do("return", walk.holder, 3, reason="not_our_area")
    assert (case.state, case.holder and case.holder.id) == ("arbitration", "arbiter")
    assert case.deadline is not None
    unit = next(iter(registers().organisations)).id
    walk.do("arbitrate", ARBITER, 4, unit=unit, reason="属地负责")
    assert walk.refused("return", walk.holder, 5, reason="unclear") == "binding"


def test_a_return_needs_a_declared_reason() -> None:
    walk = Walk().dispatched()
    assert walk.refused("return", walk.holder, 1, reason="busy") == "unknown_reason"


def test_a_recall_is_not_counted_as_a_return() -> None:
    walk = Walk().dispatched()
    case = walk.do("recall", OPERATOR, 1, reason="派错")
    assert (case.state, case.returns, case.lead) == ("received", 0, None)
    assert [c.name for c in case.clocks.values() if c.running] == ["triage"]


def test_delegation_stays_inside_the_unit_and_is_handed_back() -> None:
    walk = Walk().accepted()
    lead = walk.case.lead
    assert lead is not None
    other = next(o.id for o in registers().organisations if not facts().inside(o.id, lead, START))
    assert walk.refused("delegate", walk.holder, 1, unit=other) == "not_inside"
    below = next(o.id for o in registers().organisations if o.id != lead and facts().inside(o.id, lead, START))
    walk.do("delegate", walk.holder, 1, unit=below, person="user:li")
    assert walk.case.lead == lead
    assert walk.refused("submit", handler(below, "wang"), 2) == "not_yours"
    walk.do("hand_back", Actor("user:li", frozenset({"handler"}), below), 2)
    case = walk.do("hand_back", handler(below), 3)
    assert case.holder is not None
    assert case.holder.id == lead


def test_evidence_is_required_and_named_by_its_hash() -> None:
    walk = Walk().accepted()
    assert walk.refused("submit", walk.holder, 2) == "evidence_lacking"
    assert walk.refused("add_evidence", walk.holder, 2, sha256="xyz", type="photo") == "bad_hash"
    walk.do("add_evidence", walk.holder, 2, sha256="b" * 64, type="photo")
    assert walk.refused("add_evidence", walk.holder, 2, sha256="b" * 64, type="photo") == "same_evidence"


def test_nobody_verifies_their_own_work() -> None:
    walk = Walk().submitted()
    lead = walk.case.lead
    own = Actor("user:handler", frozenset({"callback_agent"}))
    assert walk.refused("verify", own, 10, result="solved") == "not_independent"
    colleague = Actor("user:colleague", frozenset({"callback_agent"}), lead)
    assert walk.refused("verify", colleague, 10, result="solved") == "not_independent"


def test_unsolved_is_handled_again_until_the_limit() -> None:
    walk = Walk().submitted()
    for round_ in (1, 2):
        case = walk.do("verify", CALLBACK, round_ * 30, result="unsolved", satisfied="no")
        assert (case.state, case.reopens, case.evidence) == ("dispatched", round_, ())
        walk.do("accept", walk.holder, round_ * 30 + 1)
        walk.do("add_evidence", walk.holder, round_ * 30 + 2, sha256=str(round_) * 64, type="photo")
        walk.do("submit", walk.holder, round_ * 30 + 3)
    case = walk.do("verify", CALLBACK, 100, result="unsolved")
    assert (case.state, case.verification and case.verification.result) == ("closed", "unsolved")


def test_attempts_are_spaced_and_end_as_unreachable() -> None:
    walk = Walk().submitted()
    walk.do("attempt", CALLBACK, 10)
    assert walk.refused("attempt", CALLBACK, 11) == "too_soon"
    walk.do("attempt", CALLBACK, 15)
    case = walk.do("attempt", CALLBACK, 20)
    assert (case.state, case.verification and case.verification.result) == ("closed", "unreachable")


def test_extension_needs_an_approver_outside_the_unit() -> None:
    walk = Walk().accepted()
    due = walk.case.clocks["feedback"].due
    walk.do("request_extension", walk.holder, 2, clock="feedback", reason="等配件")
    insider = Actor("user:boss", frozenset({"arbiter"}), walk.case.lead)
    assert walk.refused("approve_extension", insider, 3, clock="feedback") == "not_yours"
    case = walk.do("approve_extension", ARBITER, 3, clock="feedback")
    assert case.clocks["feedback"].due == due + timedelta(days=7)
    assert walk.refused("request_extension", walk.holder, 4, clock="feedback", reason="再等") == "extended_enough"


def test_suspension_stops_the_clock_until_its_end() -> None:
    walk = Walk().accepted()
    due = walk.case.clocks["feedback"].due
    until = (START + timedelta(hours=242)).isoformat()
    walk.do("request_suspension", walk.holder, 2, until=until, reason="season")
    walk.do("approve_suspension", ARBITER, 2)
    assert walk.case.deadline is None
    assert walk.refused("resume", CLOCK, 100) == "not_yet"
    case = walk.do("resume", CLOCK, 242)
    assert case.clocks["feedback"].due == due + timedelta(hours=240)


def test_time_is_a_command_that_warns_and_misses_once() -> None:
    walk = Walk().dispatched()
    walk.do("tick", CLOCK, 24 * 8)
    clock = walk.case.clocks["feedback"]
    assert clock.missed
    assert walk.refused("tick", CLOCK, 24 * 8 + 1) == "nothing_due"


def test_a_wrong_merge_is_split_with_its_clocks() -> None:
    walk = Walk().dispatched()
    due, lead = walk.case.clocks["feedback"].due, walk.case.lead
    other = str(Walk().opened().case.id)
    case = walk.do("merge", OPERATOR, 10, parent=other)
    assert (case.outcome, case.holder, case.deadline) == ("merged", None, None)
    case = walk.do("unmerge", OPERATOR, 34)
    assert (case.state, case.outcome, case.lead) == ("dispatched", None, lead)
    assert case.clocks["feedback"].due == due + timedelta(hours=24)


def test_units_called_in_must_arrive_finish_and_be_scored() -> None:
    walk = Walk().accepted()
    lead = walk.case.lead
    units = [o.id for o in registers().organisations if o.kind == "department" and o.id != lead][:2]
    walk.do("call_in", walk.holder, 1, kind="emergency", units=units, task="清理")
    walk.do("add_evidence", walk.holder, 1, sha256="c" * 64, type="photo")
    assert walk.refused("submit", walk.holder, 2) == "party_unfinished"
    far, near = [116_400_000, 39_950_000], [116_300_500, 39_950_000]
    first = handler(units[0], "a")
    assert walk.refused("arrive", first, 1.2, place=far, signature="d" * 64) == "too_far"
    assert walk.refused("arrive", first, 1.2, place=near) == "field_missing"
    walk.do("arrive", first, 1.2, place=near, signature="d" * 64)
    walk.do("finish_task", first, 2)
    walk.do("score_party", walk.holder, 2, unit=units[0], score=90)
    walk.do("score_lead", first, 2, score=80)
    walk.do("release", walk.holder, 2, unit=units[1], reason="无需到场")
    assert walk.do("submit", walk.holder, 3).state == "verifying"


def test_exclusion_is_an_event_with_an_approver_before_the_cut_off() -> None:
    walk = Walk().submitted()
    walk.do("verify", CALLBACK, 20, result="refused")
    walk.do("request_exclusion", handler(walk.case.lead), 30, indicator="resolution_rate", reason="no_legal_basis")
    insider = Actor("user:boss", frozenset({"arbiter"}), walk.case.lead)
    assert walk.refused("approve_exclusion", insider, 31, indicator="resolution_rate") == "not_yours"
    case = walk.do("approve_exclusion", ARBITER, 31, indicator="resolution_rate")
    assert case.exclusions["resolution_rate"]["approver"] == ARBITER.id
    late = handler(walk.case.lead)
    assert (
        walk.refused("request_exclusion", late, 24 * 60, indicator="response_rate", reason="in_court") == "after_cutoff"
    )


def test_the_reporter_acts_on_their_own_case_only() -> None:
    walk = Walk().dispatched()
    mine = Actor("reporter:1", frozenset({"reporter"}), case=str(walk.case.id))
    other = Actor("reporter:2", frozenset({"reporter"}), case="else")
    assert walk.do("urge", mine, 2).urges == 1
    assert walk.refused("urge", other, 2) == "not_yours"
    assert walk.do("withdraw", mine, 3).outcome == "withdrawn"


def test_the_future_and_the_time_before_opening_are_refused() -> None:
    walk = Walk().opened()
    assert walk.refused("dispatch", OPERATOR, -1) == "before_opening"
    assert walk.refused("dispatch", OPERATOR, 24 * 500) == "in_the_future"


def test_a_clock_that_was_put_back_refuses_nothing() -> None:
    walk = Walk().opened()
    opened = walk.case
    walk.facts = facts(START - timedelta(hours=1))
    case = walk.do("classify", OPERATOR, -1, urgency="urgent")
    assert walk.events[-1].occurred_at == opened.opened_at
    assert case.version == opened.version + 1


def test_actions_and_decide_agree() -> None:
    walk = Walk().submitted()
    for action in actions(
        walk.programme, walk.case, CALLBACK, START + timedelta(hours=30), walk.facts, everything=True
    ):
        decided = decide(
            walk.programme, walk.case, Command(action.command, CALLBACK, START + timedelta(hours=30)), walk.facts
        )
        if not action.possible:
            assert decided == action.refusal


@pytest.mark.parametrize("at", ["2024-02-04", "2024-02-18"])
def test_make_up_days_count_as_working_days(at: str) -> None:
    start = START.replace(year=2024, month=2, day=int(at[-2:]) - 1)
    due, why_ = facts().due(start, "1 working days")
    assert due.astimezone(registers().calendar.zone).date().isoformat() == at
    assert why_["calendar"]


def test_an_order_handed_down_too_late_is_missed_at_once_and_binds_only_the_first_handling() -> None:
    given = {
        "source": "city",
        "number": "C1",
        "due": {"feedback": "2026-05-06T01:50:00Z", "triage": "2026-05-06T01:00:00Z"},
    }
    walk = Walk().opened(origin=given)
    assert walk.case.clocks["triage"].missed
    walk.do("dispatch", OPERATOR, 0.1)
    assert walk.case.clocks["feedback"].missed
    assert [e.kind for e in walk.events] == ["opened", "ticked", "dispatched", "ticked"]
    walk.do("accept", walk.holder, 0.2)
    walk.do("add_evidence", walk.holder, 5, sha256="a" * 64, type="photo")
    walk.do("submit", walk.holder, 6, words={"text": "已修复"})
    again = walk.do("verify", CALLBACK, 20, result="unsolved").clocks["feedback"]
    assert (again.missed, again.due > START + timedelta(hours=20), "given" in again.why) == (False, True, False)


def test_a_suspension_across_the_last_published_year_resumes_provisionally() -> None:
    walk = Walk("street-scene")
    calendar = walk.facts.registers.calendar
    start = datetime(2026, 12, 1, tzinfo=UTC)
    due, why = walk.facts.due(start, "30 working days")
    assert why["provisional"]
    resumed = walk.facts.resume(start + timedelta(days=3), due, "30 working days", start + timedelta(days=20))
    assert resumed > due
    assert walk.facts.guesses(resumed, "30 working days") == calendar.edition
