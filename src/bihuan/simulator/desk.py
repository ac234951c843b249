"""The triage desk: classify, merge, answer, refuse, dispatch — and now and then a mistake."""

from __future__ import annotations

from collections.abc import Generator

from bihuan.loop.kernel.model import Actor, Case
from bihuan.simulator import cast
from bihuan.simulator.life import HOUR, MINUTE, Acts, Intention, Life, instant_of

EMERGENCY = {"utilities.gas": "119", "housing.elevator": "119", "safety": "110"}


def operator_on_duty(life: Life) -> Actor:
    """Return the operator on duty. Source: docs/topics/simulator.md, "What is played"."""
    return cast.officer(life.stage.rules.desk, life.stage.desk_unit(life.stage.rules.desk), life.dice.below(12))


def triage(life: Life) -> Generator[Intention, Case, bool]:
    """Yield what the desk does with a new report; True when the case goes on to a unit.

    Source: docs/topics/simulator.md, "What is played" (pathologies: wrong categories, wrong dispatches).
    """
    rules, dice, who = life.stage.parameters.desk, life.dice, operator_on_duty(life)
    at = life.now + max(MINUTE, int(dice.lognormal(rules.triage_minutes) * MINUTE))
    if life.known.state != "received":  # the programme dispatches at once, or refused it when it came
        return life.known.open
    if dice.chance(rules.merge):
        yield from life.look(at)
        parent = life.around.parent_of(life.index, life.key)
    else:
        parent = None
    if parent is not None:
        yield from life.do(at, "join", who, None, parent, report=life.key, **{"from": str(life.known.id)})
        yield from life.do(at, "merge", who, parent=str(life.around.house.cases[parent].id))
        return False
    ended = yield from _ended_here(life, at, who)
    if ended:
        return False
    if life.known.category is None or life.known.area is None:
        wrong = dice.chance(rules.wrong_category)
        category = life.stage.category(dice.pick(life.stage.kinds).category if wrong else life.kind.category)
        yield from life.do(at, "classify", who, category=category, area=life.area, urgency=life.urgency)
    at += MINUTE
    if dice.chance(rules.wrong_dispatch):
        yield from life.do(at, "dispatch", who, unit=dice.pick(life.stage.leads), reason="按来电描述判断")
        if dice.chance(0.25):  # the desk notices first
            yield from life.do(at + dice.below(40) * MINUTE + MINUTE, "recall", who, reason="派单有误")
            yield from life.do(life.now + 3 * MINUTE, "dispatch", who)
    else:
        yield from life.do(at, "dispatch", who)
    plan_the_reporter(life)
    return True


def _ended_here(life: Life, at: int, who: Actor) -> Generator[Intention, Case, bool]:
    rules, dice = life.stage.parameters.desk, life.dice
    body = next((b for c, b in EMERGENCY.items() if life.kind.category.startswith(c)), None)
    roll = dice.roll()
    has = life.stage.has
    if has("transfer_out") and body is not None and life.urgency == "emergency" and roll < rules.emergency_transfer:
        yield from life.do(at, "transfer_out", who, to=body, reason="危及人身安全，已三方通话转接")
    elif has("invalidate") and roll < rules.invalid:
        yield from life.do(at, "invalidate", who, reason="来电无诉求内容")
    elif has("refuse") and rules.invalid <= roll < rules.invalid + rules.refused:
        yield from life.do(at, "refuse", who, reason="事项已进入诉讼程序", remedy="请通过审理法院反映")
    elif has("answer") and rules.refused < roll < rules.refused + rules.answer_at_once and life.urgency == "general":
        yield from life.do(at, "answer", who, {"text": dice.pick(life.said.answered)})
        life.happened.solved_at = at
    else:
        return False
    return True


def redispatch(life: Life) -> Acts:
    """After a return: the category is corrected when it was wrong, then the duty matrix decides again.

    Source: docs/topics/simulator.md, "What is played" (pathologies: ping-pong).
    """
    who = operator_on_duty(life)
    at = life.now + (5 + life.dice.below(60)) * MINUTE
    right = life.stage.category(life.kind.category)
    if right is not None and life.known.category != right:
        yield from life.do(at, "classify", who, category=right)
    yield from life.do(at + MINUTE, "dispatch", who)


def arbitrate(life: Life) -> Acts:
    """Too many returns: the arbiter names the unit. Source: docs/topics/simulator.md, "What is played"."""
    rules = life.stage.rules
    at = life.working(life.now + (2 + life.dice.below(14)) * HOUR, 9, 18)
    lead = life.stage.lead(life.kind.category, life.area, instant_of(at))
    arbiter = cast.officer(rules.returns.arbiter, None, life.dice.below(2))
    yield from life.do(at, "arbitrate", arbiter, unit=lead, reason="按职责清单裁定")


def plan_the_reporter(life: Life) -> None:
    """What the reporter will do while waiting: urge, add something, take it back.

    Source: docs/topics/simulator.md, "What is played".
    """
    if life.truth.stream.resident[life.index] < 0 or not life.stage.has("urge"):
        return
    rules, dice, span = life.stage.parameters.resident, life.dice, life.patience()
    me = cast.reporter(life.key, str(life.known.id))
    if dice.chance(rules.urges):
        life.side.append(Intention(life.now + int(span * dice.between(0.3, 1.0)), "urge", me, {}))
    if dice.chance(rules.supplements):
        text = {
            "text": "补充：" + dice.pick(life.kind.detail).format_map({"n": 2 + dice.below(7), "t": 12 + dice.below(5)})
        }
        life.side.append(Intention(life.now + int(span * dice.between(0.05, 0.5)), "supplement", me, {}, text))
    if dice.chance(rules.withdraws):
        life.side.append(
            Intention(life.now + int(span * dice.between(0.1, 0.4)), "withdraw", me, {"reason": "问题已自行解决"})
        )
    life.side.sort(key=lambda act: act.at)
