"""Submitting: the unit claims completion; then somebody else verifies."""

from bihuan.loop.kernel.context import Context, PlannedEvent, desk, refusal
from bihuan.loop.kernel.evidence import lacking
from bihuan.loop.kernel.fields import OPTIONAL_TEXT, fixed
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text, Verification
from bihuan.loop.kernel.payload import Payload, Words
from bihuan.loop.kernel.programme import CaseType, Sample
from bihuan.loop.kernel.step import Step


class Submitted(Payload, frozen=True, kw_only=True):
    """Whether it was drawn for verification, and whether the unit says that it can be solved at all."""

    sampled: bool
    solvable: bool | None = None
    summary: Words | None = None


def submit(context: Context) -> list[PlannedEvent] | Refusal:
    """Claim completion: evidence and parties must be complete; then somebody else verifies.

    Source: DOMAIN §2 (evidence submitted → verified by someone else)
    """
    case, rules = context.case, context.rules
    gap = lacking(rules, case, context.at) or _unfinished(context)
    if gap is not None:
        return gap
    verify = rules.verify
    assert verify is not None  # the declaration refuses handled shapes without verification
    sampled = not isinstance(verify.sample, Sample) or context.facts.sampled(case, str(verify.sample.fraction))
    solvable = context.data.get("solvable")
    if not sampled:
        return [context.end("closed", Submitted(sampled=False, solvable=solvable))]
    return [
        context.record(Submitted(state="verifying", holder=desk(verify.by), sampled=True, solvable=solvable)),
    ]


def _unfinished(context: Context) -> Refusal | None:
    scored = context.rules.parties is not None and context.rules.parties.score
    for party in context.case.parties.values():
        if party.done_at is None:
            return refusal("party_unfinished", f"{party.unit}的分办任务未完成", f"{party.unit} has not finished its task",
                           remedy=("请其完成，或说明理由后解除", "Let it finish, or release it with a reason"))  # fmt: skip
        if scored and party.score is None:
            return refusal(
                "party_unscored",
                f"尚未评价{party.unit}",
                f"{party.unit} has not been scored",
            )
    return None


def _hand_in(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["submitted_at"] = event.occurred_at
    changes["verification"] = Verification(sampled=data["sampled"])
    changes["pending"] = {k: v for k, v in case.pending.items() if not k.startswith(("extension:", "suspension"))}


def _leads(rules: CaseType) -> tuple[str, ...]:
    everyone = rules.verify is not None and rules.verify.sample == "all"
    return ("verifying",) if everyone else ("verifying", "closed")


STEPS = (
    Step(
        order=220,
        command="submit",
        who="holder",
        sources=("in_progress",),
        event=EventKind(
            kind="submitted",
            name=Text("已提交", "submitted"),
            payload=Submitted,
            fold=_hand_in,
            acts=True,
            heard="words",
            story=Sentence(
                zh="承办单位提交办理结果，转独立核实",
                en="The unit claims it done; handed to independent verification",
            ),
        ),
        target="*",
        leads=_leads,
        label=Text("提交办理结果，交独立核实", "Claim done; handed to independent verification"),
        button=Text("提交结果", "Submit result"),
        handler=submit,
        asks=(OPTIONAL_TEXT,),
        carries=(fixed("summary", "小结", "Summary"), fixed("solvable", "能否解决", "Solvable", "yes_no")),
        shortcut="s",
    ),
)
