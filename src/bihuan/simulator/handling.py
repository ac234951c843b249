"""The unit: sign for it or return it, contact, delegate, call others in, ask for time, attach evidence, claim."""

from __future__ import annotations

from collections.abc import Generator

from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.model import Actor, Case, Data
from bihuan.simulator import callback, cast, desk
from bihuan.simulator.life import DAY, HOUR, MINUTE, Acts, Intention, Life, instant_of, stand_in_digest
from bihuan.simulator.units import Temperament


def handle(life: Life) -> Acts:
    """One round from dispatch to the claim of completion. Source: docs/topics/simulator.md, "What is played"."""
    while life.known.state in ("received", "dispatched", "arbitration"):
        if life.known.state == "received":
            yield from desk.redispatch(life)
            continue
        if life.known.state == "arbitration":
            yield from desk.arbitrate(life)
            continue
        yield from _signed_or_returned(life)
    if life.known.state == "in_progress":
        yield from _work(life)


def _signed_or_returned(life: Life) -> Acts:
    unit, temper = life.unit, life.temper(life.unit)
    at = life.now + max(MINUTE, int(temper.accept_hours * HOUR * life.dice.between(0.3, 2.2)))
    at = at if life.urgency == "emergency" else life.working(at)
    right = life.stage.lead(life.kind.category, life.area, instant_of(at)) == unit
    again = life.stage.parameters.units.returns_again if life.known.returns else 0.0
    willing = max(temper.returns, again) if right else 0.85
    reasons = list(life.stage.rules.returns.reasons)
    if reasons and not life.known.binding and life.known.reopens == 0 and life.dice.chance(willing):
        words = {"text": life.dice.pick(life.said.returned)}
        yield from life.do(at, "return", cast.handler(unit, 0), words, reason=life.dice.pick(reasons))
        return
    yield from life.do(at, "accept", cast.handler(unit, life.dice.below(6)))


def _work(life: Life) -> Acts:
    dice, unit = life.dice, life.unit
    temper = life.temper(unit)
    start, due = life.now, life.due()
    slow = temper.pace * dice.between(0.5, 1.6) * (1.25 if dice.chance(0.15) else 1.0)
    finish = max(start + 20 * MINUTE, start + int((due - start) * slow))
    if dice.chance(0.75 if temper.false_closer else 0.95):
        when = start + min(int(temper.contact_hours * HOUR * dice.between(0.3, 1.8)), (finish - start) // 3)
        yield from life.do(when, "contact", life.hands(), channel="phone")
    if dice.chance(temper.delegates):
        yield from _delegate(life, unit)
    yield from _others(life, finish)
    if (slow > 0.75 and dice.chance(0.5)) or dice.chance(life.stage.parameters.unit_life.extension):
        yield from _more_time(life, due)
    if dice.chance(life.stage.parameters.unit_life.suspension):
        again = yield from _suspend(life)
        finish = max(finish, again)
    if dice.chance(0.15):
        yield from life.do((life.now + finish) // 2, "note", life.hands(), {"text": "已到现场查看，正在协调处理。"})
    finish = max(finish, life.now + 10 * MINUTE)
    yield from _finish(life, unit, temper, finish if life.urgency == "emergency" else life.working(finish))


def _delegate(life: Life, unit: str) -> Acts:
    inner = life.stage.below(unit, life.known.area)
    at = life.now + (5 + life.dice.below(90)) * MINUTE
    if inner is not None:
        person = cast.handler(inner, 1).id if life.dice.chance(0.15) else None
        yield from life.do(at, "delegate", life.hands(), unit=inner, **({"person": person} if person else {}))
        if life.dice.chance(0.04):
            yield from life.do(life.now + 2 * HOUR, "hand_back", life.hands())
    elif life.dice.chance(0.3):
        yield from life.do(at, "delegate", life.hands(), person=cast.handler(unit, life.dice.below(6)).id)


def _others(life: Life, finish: int) -> Acts:
    """Units asked to help by the duty matrix, and units the holder calls in (吹哨)."""
    rule, chance = life.stage.rules.parties, life.stage.parameters.unit_life.call_in
    if rule is not None and life.dice.chance(chance):
        at = life.now + 30 * MINUTE
        used = {life.known.lead, *life.known.parties, life.unit}
        units = [u for u in life.stage.leads if u not in used]
        chosen = sorted({life.dice.pick(units) for _ in range(1 + life.dice.below(3))})
        kind = (
            "emergency"
            if life.urgency == "emergency" and "emergency" in rule.kinds
            else life.dice.pick(list(rule.kinds))
        )
        yield from life.do(at, "call_in", life.hands(), kind=kind, units=chosen, task="到场联合处置")
    for unit in sorted(life.known.parties):
        party = life.known.parties[unit]
        if party.done_at is None:
            yield from _party(life, unit, finish)


def _party(life: Life, unit: str, finish: int) -> Acts:
    if life.dice.chance(0.1):
        yield from life.do(life.now + HOUR, "release", life.hands(), unit=unit, reason="现场已由承办单位处置")
        return
    who = cast.handler(unit, life.dice.below(6))
    room = max(HOUR, finish - life.now)
    place = list(life.known.place or life.true_place)
    yield from life.do(life.now + int(room * life.dice.between(0.01, 0.2)), "arrive", who, place=place, unit=unit,
                       signature=stand_in_digest(life.key, unit, "signature"))  # fmt: skip
    yield from life.do(life.now + int(room * life.dice.between(0.02, 0.2)), "finish_task", who, unit=unit)
    yield from life.do(life.now + 10 * MINUTE, "score_party", life.hands(), unit=unit, score=55 + life.dice.below(46))
    yield from life.do(life.now + 5 * MINUTE, "score_lead", who, unit=unit, score=60 + life.dice.below(41))


def _more_time(life: Life, due: int) -> Acts:
    name = life.stage.finish_clock
    rule = next((c for c in life.stage.rules.clocks if c.name == name), None)
    at = life.now + int((due - life.now) * life.dice.between(0.4, 0.8))
    clock = life.known.clocks.get(name or "")
    if rule is None or rule.extend is None or at >= due - HOUR or clock is None or clock.extended >= rule.extend.times:
        return
    if "given" in clock.why and rule.extend.within is None:
        return  # only the city above could move its own deadline
    yield from life.do(at, "request_extension", life.hands(), clock=name, reason=life.dice.pick(life.said.more_time))
    approver = cast.officer(rule.extend.approver, None, 0)
    at = life.now + (1 + life.dice.below(8)) * HOUR
    if life.dice.chance(0.8):
        yield from life.do(at, "approve_extension", approver, clock=name)
    else:
        yield from life.do(at, "refuse_extension", approver, clock=name, reason="理由不充分")


def _suspend(life: Life) -> Generator[Intention, Case, int]:
    """Asks for suspension (挂账); returns when work goes on again."""
    rule = life.stage.rules.suspend
    if rule is None or not rule.reasons:
        return life.now
    until = life.now + (7 + life.dice.below(40)) * DAY
    reason = life.dice.pick(list(rule.reasons))
    yield from life.do(
        life.now + 2 * HOUR, "request_suspension", life.hands(), until=iso(instant_of(until)), reason=reason
    )
    approver = cast.officer(rule.approver, None, 1)
    at = life.now + (2 + life.dice.below(30)) * HOUR
    if life.dice.chance(0.3):
        yield from life.do(at, "refuse_suspension", approver, reason="具备办理条件，应继续办理")
        return life.now
    yield from life.do(at, "approve_suspension", approver)
    if life.dice.chance(0.5):
        yield from life.do(life.now + (until - life.now) // 2, "resume", life.hands())
    else:
        life.now = until + HOUR  # the clock resumes it at its end
    return life.now + 2 * DAY


def _finish(life: Life, unit: str, temper: Temperament, at: int) -> Acts:
    """Evidence and the claim. An honest unit may err; the dishonest one claims what it has not done."""
    dice = life.dice
    false = dice.chance(temper.false_claims)
    solvable = dice.chance(life.kind.solvable)
    solved = not false and solvable and dice.chance(temper.skill)
    hands = life.hands()
    yield from _evidence(life, at, hands)
    said = solvable or false or dice.chance(0.1)
    words = dice.pick(life.said.done if said else life.said.explained)
    life.claim(unit, solved, false)
    claim = {"summary": "done" if said else "explained", "solvable": said}
    yield from life.do(life.now + 5 * MINUTE, "submit", hands, {"text": words}, **claim)
    if not said and life.known.state == "verifying":
        yield from callback.appeal(life)


def _evidence(life: Life, at: int, hands: Actor) -> Acts:
    rule, round_ = life.stage.rules.evidence, life.known.reopens
    kind = "photo" if "photo" in rule.types else rule.types[0]
    for n in range(rule.min + life.dice.chance(0.2)):
        item: Data = {
            "sha256": stand_in_digest(life.key, round_, n),
            "type": kind,
            "size": 80_000 + life.dice.below(900_000),
        }
        item["taken_at"] = iso(instant_of(at - MINUTE))
        item["place"] = list(life.known.place or life.true_place)
        yield from life.do(at + n * MINUTE, "add_evidence", hands, **item)
