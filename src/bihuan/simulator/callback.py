"""Independent verification: attempts at different times, the resident's judgement, and what follows from it."""

from __future__ import annotations

from collections.abc import Generator

from bihuan.loop.kernel.model import Case
from bihuan.registers.pure.roles import roles_that
from bihuan.simulator import cast
from bihuan.simulator.life import DAY, HOUR, Acts, Intention, Life

INDICATOR = "resolution_rate"
SAME = {"solved": "passed", "partly": "failed", "unsolved": "failed"}


def call_back(life: Life) -> Acts:
    """Attempts until somebody answers or the attempts are used up.

    Source: docs/topics/simulator.md, "What is played" (call-backs reach 62 % at each attempt).
    """
    stage, dice, rules = life.stage, life.dice, life.stage.parameters.callback
    verify = stage.rules.verify
    assert verify is not None
    at = life.working(life.now + life.hours(rules.first_hours), 9, 20)
    while life.known.state == "verifying":
        who = cast.officer(verify.by, stage.desk_unit(verify.by), dice.below(9))
        if dice.chance(rules.reached):
            yield from life.do(at, "verify", who, None, None, **_answer(life))
            return
        yield from life.do(at, "attempt", who, channel="phone")
        round_ = life.known.verification
        upcoming = round_.next_attempt_at if round_ is not None else None
        if upcoming is None:
            return
        at = life.working(max(int(upcoming.timestamp()), life.now) + dice.below(5) * HOUR, 9, 20)


def _answer(life: Life) -> dict[str, object]:
    """Return what the resident says; it depends on whether the problem is truly solved."""
    rules, dice, solved = life.stage.parameters.callback, life.dice, life.happened.solved_at is not None
    verify = life.stage.rules.verify
    assert verify is not None
    said = (
        "refused"
        if dice.chance(rules.refused)
        else dice.weighted(rules.answers_if_solved if solved else rules.answers_if_not)
    )
    result = said if said in verify.results else SAME.get(said, verify.results[0])
    life.happened.answer = result
    answer: dict[str, object] = {"result": result, "channel": "phone"}
    if said != "refused":
        answer["satisfied"] = dice.weighted(rules.satisfied_if_solved if said == "solved" else rules.satisfied_if_not)
        answer["contacted"] = life.known.contacted_at is not None
    return answer


def aftermath(life: Life) -> Generator[Intention, Case, bool]:
    """After closing: exclusion appeals, and residents who come back. True when the case is handled again.

    Source: docs/topics/simulator.md, "What is played".
    """
    round_ = life.known.verification
    if round_ is not None and round_.result in ("unsolved", "partly", "failed"):
        yield from appeal(life, 12 * HOUR)
    stage, dice = life.stage, life.dice
    reopens = stage.rules.reopen
    unsolved = life.happened.solved_at is None
    if not unsolved or not set(roles_that("speak")) & set(reopens.by) or life.known.reopens >= reopens.max:
        return False
    if life.truth.stream.resident[life.index] < 0 or not dice.chance(stage.parameters.resident.reopens):
        return False
    me = cast.reporter(life.key, str(life.known.id))
    at = life.now + int(dice.between(0.5, 9) * DAY)
    yield from life.do(at, "reopen", me, reason="问题没有解决")
    return True


def appeal(life: Life, soon: int = HOUR) -> Acts:
    """The unit asks, now and then, that the case not count (申请剔除); a reviewer outside the unit decides.

    Args:
        soon: how soon each side acts, in seconds.

    Source: DESIGN §9 (8, exclusions with reason and approver); docs/topics/simulator.md, "What is played".
    """
    rule, chances = life.stage.rules.exclusions, life.stage.parameters.unit_life
    counted = INDICATOR in life.stage.programme.indicator_ids
    if rule is None or not counted or life.known.lead is None or INDICATOR in life.known.exclusions:
        return
    if not life.dice.chance(chances.exclusion):
        return
    lead, reasons = life.known.lead, list(rule.reasons)
    at = life.now + int(soon * life.dice.between(0.5, 2))
    yield from life.do(at, "request_exclusion", cast.head(lead), indicator=INDICATOR, reason=life.dice.pick(reasons))
    reviewer = cast.officer(rule.reviewer, None, 1)
    at = life.now + int(soon * life.dice.between(0.5, 3))
    granted = life.dice.chance(chances.exclusion_granted)
    if granted:
        yield from life.do(at, "approve_exclusion", reviewer, indicator=INDICATOR)
    else:
        yield from life.do(at, "refuse_exclusion", reviewer, indicator=INDICATOR, reason="不符合剔除条件")
