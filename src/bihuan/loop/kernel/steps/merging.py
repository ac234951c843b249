"""Merging: cases of one matter become one, every reporter kept; a wrong merge is split again."""

from msgspec import field

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, PlannedEvent, missing, refusal
from bihuan.loop.kernel.fields import fixed
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, ClockOp, Data, Event, Holder, Refusal, Text
from bihuan.loop.kernel.payload import Part, Payload
from bihuan.loop.kernel.states import LIVE
from bihuan.loop.kernel.step import Step


class Before(Part, frozen=True, kw_only=True):
    """Where a case stood before it was merged."""

    state: str
    holder: Holder | None


class Merged(Payload, frozen=True, kw_only=True):
    """The case it joined, by id."""

    parent: str
    before: Before


def merge(context: Context) -> list[PlannedEvent] | Refusal:
    """Join a parent case. Clocks pause, so that splitting a wrong merge restores them.

    Source: docs/topics/kernel.md, "Merged reports" (a split restores the child's clocks)
    """
    parent, case = context.data.get("parent"), context.case
    if not parent:
        return missing("parent", "主单", "the parent case")
    if parent == str(case.id):
        return refusal(
            "own_parent",
            "不能并入自身",
            "a case cannot be merged into itself",
            field="parent",
        )
    ops: list[ClockOp] = [{"op": "pause", "name": n} for n, c in case.clocks.items() if c.running]
    before = Before(state=case.state, holder=case.holder)
    return [context.end("merged", Merged(parent=parent, before=before, clocks=ops))]


def _join_parent(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(parent=data["parent"], before_merge=data["before"])


class Unmerged(Payload, frozen=True, kw_only=True):
    """State, holder and remaining time are as they were."""


def unmerge(context: Context) -> list[PlannedEvent]:
    """Split a wrong merge: state, holder and remaining time are as they were.

    Source: docs/topics/kernel.md, "Merged reports" (a split restores the child's clocks)
    """
    before = context.case.before_merge or {}
    holder = before["holder"] and Holder(**before["holder"])
    ops = clocks.resume(context.case, context.at, context.facts, "restore")
    return [context.record(Unmerged(state=before["state"], holder=holder, outcome=None, clocks=ops))]


def _leave_parent(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes.update(parent=None, before_merge=None)


class ReporterJoined(Payload, frozen=True, kw_only=True):
    """Another reporter of the same matter: the report, the case it comes from, how many reporters."""

    report: str
    from_: str | None = field(default=None, name="from")
    reporters: int | None = None


def join(context: Context) -> list[PlannedEvent] | Refusal:
    """Another reporter of the same matter; each is answered when the case ends.

    Source: DESIGN §9 (3, every merged reporter still gets an answer)
    """
    data = context.data
    if not data.get("report"):
        return missing("report", "来件", "the report that joins")
    joined = ReporterJoined(report=data["report"], from_=data.get("from"), reporters=data.get("reporters"))
    return [context.record(joined)]


def _one_more(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["reporters"] = case.reporters + data.get("reporters", 1)


class ReporterLeft(Payload, frozen=True, kw_only=True):
    """A reporter who goes their own way: the report, the case it goes to, how many reporters."""

    report: str
    to: str | None = None
    reporters: int | None = None


def leave(context: Context) -> list[PlannedEvent] | Refusal:
    """A reporter joined by mistake goes their own way again.

    Source: DESIGN §9 (3, every merged reporter still gets an answer)
    """
    data = context.data
    if not data.get("report"):
        return missing("report", "来件", "the report that leaves")
    return [context.record(ReporterLeft(report=data["report"], to=data.get("to"), reporters=data.get("reporters")))]


def _one_less(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["reporters"] = max(1, case.reporters - data.get("reporters", 1))
    if str(data.get("report", "")).startswith("reporter:"):
        changes["left"] = (*case.left, data["report"])


REPORTER_LEFT = EventKind(
    kind="reporter_left",
    name=Text("诉求人分出", "reporter left"),
    payload=ReporterLeft,
    fold=_one_less,
    story=Sentence(zh="误并拆分，一位诉求人另行办理", en="A wrong merge was split; one reporter is served apart"),
)
STEPS = (
    Step(
        order=80,
        command="merge",
        who="desk",
        sources=("received", "dispatched", "in_progress"),
        event=EventKind(
            kind="merged",
            name=Text("已合并", "merged"),
            payload=Merged,
            fold=_join_parent,
            story=Sentence(zh="并入同一事项的主单", en="Joined to the case about the same matter"),
        ),
        target="merged",
        label=Text("同一事项并入主单，保留每位诉求人", "Same matter: joins the parent, every reporter kept"),
        button=Text("合并", "Merge"),
        handler=merge,
        asks=(fixed("parent", "主单编号", "Parent case", "case", required=True),),
        by_hand=False,
        shortcut="m",
    ),
    Step(
        order=90,
        command="unmerge",
        who="dispatcher",
        sources=("merged",),
        event=EventKind(
            kind="unmerged",
            name=Text("已拆分", "split again"),
            payload=Unmerged,
            fold=_leave_parent,
            story=Sentence(zh="拆分合并，恢复时限", en="Split off again, clocks restored"),
        ),
        target="*",
        leads=lambda rules: (),  # a state and its clocks that were reached before
        label=Text("误并，拆分并恢复时限", "Wrong merge: split again, clocks restored"),
        button=Text("拆分", "Split again"),
        handler=unmerge,
        by_hand=False,
    ),
    Step(
        order=100,
        command="join",
        who="dispatcher",
        sources=LIVE,
        event=EventKind(
            kind="reporter_joined",
            name=Text("诉求人并入", "reporter joined"),
            payload=ReporterJoined,
            fold=_one_more,
            story=Sentence(zh="又有一人反映同一事项", en="Another person reported the same matter"),
        ),
        label=Text("另有诉求人反映同一事项", "Another reporter has the same matter"),
        button=Text("并入诉求人", "Add a reporter"),
        handler=join,
        carries=(
            fixed("report", "来件", "Report", "code", required=True),
            fixed("from", "原案件", "Case it comes from", "code"),
            fixed("reporters", "诉求人数", "Reporters", "count"),
        ),
        by_hand=False,
    ),
    Step(
        order=110,
        command="leave",
        who="dispatcher",
        sources=LIVE,
        event=REPORTER_LEFT,
        label=Text("误并拆分，诉求人另行办理", "Wrong merge: this reporter goes their own way"),
        button=Text("拆出诉求人", "Let a reporter go"),
        handler=leave,
        carries=(
            fixed("report", "来件", "Report", "code", required=True),
            fixed("to", "新案件", "Case it goes to", "code"),
            fixed("reporters", "诉求人数", "Reporters", "count"),
        ),
        by_hand=False,
    ),
)
