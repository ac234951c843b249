"""Scoring each other: the lead its helpers, a helper the lead that called it."""

from bihuan.loop.kernel.context import Context, PlannedEvent, refusal
from bihuan.loop.kernel.fields import UNIT, fixed
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Event, Refusal, Text
from bihuan.loop.kernel.parties import called_unit, change_party, declared
from bihuan.loop.kernel.payload import Payload, UnitId
from bihuan.loop.kernel.step import Step

SCORE = fixed("score", "评分（0–100）", "Score (0–100)", "number", required=True)


class Scored(Payload, frozen=True, kw_only=True):
    """The called-in unit and a whole number from 0 to 100."""

    party: UnitId
    score: int


def score_party(context: Context) -> list[PlannedEvent] | Refusal:
    """The lead scores a party that has finished.

    Source: DOMAIN E12 (the street's evaluation of departments feeds their score, and the reverse)
    """
    party = context.case.parties.get(str(context.data.get("unit")))
    if party is None or party.done_at is None:
        return refusal(
            "not_finished",
            "该单位尚未完成任务",
            "that unit has not finished",
            field="unit",
        )
    return _bad_score(context) or [context.record(Scored(party=party.unit, score=context.data["score"]))]


def score_lead(context: Context) -> list[PlannedEvent] | Refusal:
    """A party scores the lead that called it.

    Source: DOMAIN E12 (the street's evaluation of departments feeds their score, and the reverse)
    """
    party = called_unit(context)
    if isinstance(party, Refusal):
        return party
    return _bad_score(context) or [context.record(Scored(party=party.unit, score=context.data["score"]))]


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


def _score(event: Event) -> int:
    score: int = event.data["score"]
    return score


STEPS = (
    Step(
        order=330,
        command="score_party",
        who="holder",
        sources=("in_progress",),
        event=EventKind(
            kind="party_scored",
            name=Text("已评到场单位", "party scored"),
            payload=Scored,
            fold=change_party(score=_score),
            heard="not",
            story=Sentence(zh="评价{party}：{score}分", en="Scored {party}: {score}"),
        ),
        label=Text("评价到场单位", "The lead scores a party"),
        button=Text("评价到场单位", "Score a party"),
        handler=score_party,
        asks=(fixed("unit", "单位", "Unit", "unit", required=True), SCORE),
        used=declared,
    ),
    Step(
        order=340,
        command="score_lead",
        who="party",
        sources=("in_progress",),
        event=EventKind(
            kind="lead_scored",
            name=Text("已评吹哨单位", "lead scored"),
            payload=Scored,
            fold=change_party(score_of_lead=_score),
            heard="not",
            story=Sentence(zh="{party}评价吹哨单位：{score}分", en="{party} scored the lead: {score}"),
        ),
        label=Text("评价吹哨单位", "A party scores the lead"),
        button=Text("评价吹哨单位", "Score the lead"),
        handler=score_lead,
        asks=(SCORE,),
        carries=(UNIT,),
        used=declared,
        minor=True,
    ),
)
