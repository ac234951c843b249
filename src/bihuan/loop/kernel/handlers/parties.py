"""Multi-party: calling units in (吹哨), proof of arrival, sub-tasks, mutual scores."""

from msgspec.structs import replace

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, Draft, missing, refusal
from bihuan.loop.kernel.evidence import distance_m
from bihuan.loop.kernel.model import Data, Party, Refusal
from bihuan.loop.kernel.permission import acts_for


def call_in(context: Context) -> list[Draft] | Refusal:
    """Call units in; each gets an arrival clock and a task clock."""
    rule, data = context.rules.parties, context.data
    if rule is None:
        return refusal(
            "no_parties",
            "此类案件不能吹哨",
            "units cannot be called in on this kind of case",
        )
    if data.get("kind") not in rule.kinds:
        return refusal("unknown_kind", f"哨种须为：{'、'.join(rule.kinds)}", f"the kind must be one of {', '.join(rule.kinds)}",
                       field="kind")  # fmt: skip
    if not data.get("units") or not context.said("task"):
        return missing(
            "units" if not data.get("units") else "task",
            "被吹哨单位和任务",
            "the units and the task",
        )
    units: list[str] = []
    for code in data["units"]:
        found = context.facts.unit(code, context.at)
        if found is None or found == context.case.lead or found in context.case.parties or found in units:
            return refusal("bad_party", f"单位{code!r}不存在、已在场或是吹哨单位自己", f"unit {code!r} is unknown, already called or the lead itself",
                           field="units")  # fmt: skip
        units.append(found)
    parties = [{"unit": code} for code in units]
    called = {code: Party(code, "", context.at, call=data["kind"]) for code in units}
    asked = replace(context.case, parties=called)
    ops = [
        clocks.call(name, within, asked, context.at, context.facts) for name, within in clocks.of_parties(rule, asked)
    ]
    return [context.draft(parties=parties, kind=data["kind"], clocks=ops)]


def _stop(context: Context, *names: str) -> list[Data]:
    return clocks.cancel(context.case, set(names))


def arrive(context: Context) -> list[Draft] | Refusal:
    """Arrival is proved by position, time and signature."""
    rule, party = context.rules.parties, _own_party(context)
    if isinstance(party, Refusal):
        return party
    assert rule is not None
    place = context.data.get("place")
    if place is None:
        return missing("place", "位置", "the position")
    if rule.signature and not context.data.get("signature"):
        return missing("signature", "签名", "the signature")
    if context.case.place is not None:
        metres = distance_m(context.case.place, tuple(place))
        if metres > rule.arrival_within_m:
            return refusal("too_far", f"距现场{metres:.0f}米，须在{rule.arrival_within_m}米内",
                           f"{metres:.0f} m from the site; must be within {rule.arrival_within_m} m", field="place")  # fmt: skip
    if party.arrived_at is not None:
        return refusal("arrived_already", "已到场", "already there")
    ops = _stop(context, f"arrive@{party.unit}")
    return [
        context.draft(
            party=party.unit,
            place=list(place),
            signature=context.data.get("signature"),
            clocks=ops,
        )
    ]


def finish_task(context: Context) -> list[Draft] | Refusal:
    """A party's task is done; only after it has arrived."""
    party = _own_party(context)
    if isinstance(party, Refusal):
        return party
    if party.arrived_at is None and context.rules.parties is not None:
        return refusal("not_arrived", "尚未到场", "has not arrived yet")
    if party.done_at is not None:
        return refusal("done_already", "任务已完成", "the task is done already")
    return [context.draft(party=party.unit, clocks=_stop(context, f"finish@{party.unit}"))]


def score_party(context: Context) -> list[Draft] | Refusal:
    """The lead scores a party that has finished."""
    party = context.case.parties.get(str(context.data.get("unit")))
    if party is None or party.done_at is None:
        return refusal(
            "not_finished",
            "该单位尚未完成任务",
            "that unit has not finished",
            field="unit",
        )
    bad = _bad_score(context)
    return bad or [context.draft(party=party.unit, score=context.data["score"])]


def score_lead(context: Context) -> list[Draft] | Refusal:
    """A party scores the lead that called it."""
    party = _own_party(context)
    if isinstance(party, Refusal):
        return party
    bad = _bad_score(context)
    return bad or [context.draft(party=party.unit, score=context.data["score"])]


def release(context: Context) -> list[Draft] | Refusal:
    """A party is no longer needed; the reason stays on record."""
    code = str(context.data.get("unit"))
    if code not in context.case.parties:
        return refusal(
            "no_such_party",
            "该单位未被吹哨",
            "that unit was not called in",
            field="unit",
        )
    if not context.said("reason"):
        return missing("reason", "理由", "the reason")
    return [context.draft(party=code, clocks=_stop(context, f"arrive@{code}", f"finish@{code}"))]


def _own_party(context: Context) -> Party | Refusal:
    mine = [p for p in context.case.parties.values() if acts_for(context.command.actor, p.unit)]
    wanted = context.data.get("unit")
    mine = [p for p in mine if wanted in (None, p.unit)]
    return mine[0] if mine else refusal("no_such_party", "本单位未被吹哨", "your unit was not called in")


def _bad_score(context: Context) -> Refusal | None:
    score = context.data.get("score")
    if not isinstance(score, int) or not 0 <= score <= 100:
        return refusal(
            "bad_score",
            "评分须为0至100的整数",
            "a score is a whole number from 0 to 100",
            field="score",
        )
    return None


HANDLERS = {f.__name__: f for f in (call_in, arrive, finish_task, score_party, score_lead, release)}
