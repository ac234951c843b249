"""Turning away at the desk: not a request, not admissible, or for a body outside the loop."""

from bihuan.loop.kernel.coded import Emergency
from bihuan.loop.kernel.context import Context, PlannedEvent, missing
from bihuan.loop.kernel.fields import EMERGENCY, OPTIONAL_REASON, REASON, choice, fixed
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Data, Refusal, Text
from bihuan.loop.kernel.payload import ReasonCode, Reasoned, Words
from bihuan.loop.kernel.states import DESK
from bihuan.loop.kernel.step import Step


class Invalidated(Reasoned, frozen=True, kw_only=True):
    """Not a request at all."""


class Refused(Reasoned, frozen=True, kw_only=True):
    """Not admissible. `text`: the declared sentence of a refusal by rule; then `reason` is its code. `ground`,
    `article`, `cited`: of a gate that declares grounds, the row of the table that gave the article."""

    remedy: Words | None = None
    text: Text | None = None
    ground: ReasonCode | None = None
    article: str | None = None
    cited: Data | None = None


class TransferredOut(Reasoned, frozen=True, kw_only=True):
    """Passed to a body outside the loop."""

    to: Emergency


def invalidate(context: Context) -> list[PlannedEvent] | Refusal:
    """Not a request at all; the reason is recorded.

    Source: DESIGN §9 (3, invalid, refused and transferred are declared outcomes)
    """
    if not context.said("reason"):
        return missing("reason", "理由", "the reason")
    return [context.end("invalid", Invalidated())]


def refuse(context: Context) -> list[PlannedEvent] | Refusal:
    """Not admissible: reason and the proper way are both required.

    Source: DESIGN §9 (3, invalid, refused and transferred are declared outcomes)
    """
    for name, zh, en in (
        ("reason", "理由", "the reason"),
        ("remedy", "救济途径", "the proper way to go"),
    ):
        if not context.said(name):
            return missing(name, zh, en)
    return [context.end("refused", Refused())]


def transfer_out(context: Context) -> list[PlannedEvent] | Refusal:
    """Pass to a body outside the loop, such as the emergency services.

    Source: DESIGN §9 (3, invalid, refused and transferred are declared outcomes)
    """
    if not context.data.get("to"):
        return missing("to", "转送机关", "the body it is passed to")
    return [context.end("transferred", TransferredOut(to=context.data["to"]))]


REFUSED = EventKind(
    kind="refused",
    name=Text("不予受理", "refused"),
    payload=Refused,
    heard="words",
    story=Sentence(
        zh="不予受理[：{reason}][；依据：{ground}，{article}][；可以：{remedy}]",
        en="Not admissible[: {reason}][. Ground: {ground}, {article}][. The proper way: {remedy}]",
    ),
)
STEPS = (
    Step(
        order=50,
        command="invalidate",
        who="desk",
        sources=DESK,
        event=EventKind(
            kind="invalidated",
            name=Text("已登记无效", "recorded as no request"),
            payload=Invalidated,
            heard="words",
            story=Sentence(zh="登记为无效[：{reason}]", en="Recorded as not a request[: {reason}]"),
        ),
        target="invalid",
        label=Text("不属于诉求（空号、骚扰、重复来电）", "Not a request (nuisance, empty)"),
        button=Text("登记无效", "Not a request"),
        handler=invalidate,
        asks=(REASON,),
        minor=True,
        risky=True,
    ),
    Step(
        order=60,
        command="refuse",
        who="desk",
        sources=DESK,
        event=REFUSED,
        target="refused",
        label=Text("依法不予受理并告知途径", "Not admissible by law; the proper way is named"),
        button=Text("不予受理", "Refuse"),
        handler=refuse,
        asks=(REASON, fixed("remedy", "救济途径", "The proper way", required=True)),
        minor=True,
        risky=True,
    ),
    Step(
        order=70,
        command="transfer_out",
        who="desk",
        sources=DESK,
        event=EventKind(
            kind="transferred_out",
            name=Text("已转送", "passed on"),
            payload=TransferredOut,
            heard="words",
            story=Sentence(zh="已转送{to}[：{reason}]", en="Passed to {to}[: {reason}]"),
        ),
        target="transferred",
        label=Text("转送有权机关（含110/119/120）", "Pass to the competent body (110/119/120 included)"),
        button=Text("转送", "Pass on"),
        handler=transfer_out,
        asks=(choice("to", "转送", "To", EMERGENCY), OPTIONAL_REASON),
        minor=True,
    ),
)
