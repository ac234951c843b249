"""Recording history: the ending that an imported file gives."""

from typing import Annotated

from msgspec import Meta

from bihuan.loop.kernel.context import Context, PlannedEvent, missing
from bihuan.loop.kernel.fields import RESULTS, choice, fixed
from bihuan.loop.kernel.kinds import EventKind, Sentence
from bihuan.loop.kernel.model import Refusal, Text
from bihuan.loop.kernel.payload import Payload, Words
from bihuan.loop.kernel.states import LIVE, OUTCOMES, STATE_NAMES
from bihuan.loop.kernel.step import Step, never

ENDINGS = {code: STATE_NAMES[code] for code in OUTCOMES if code != "merged"}


class HistoryRecorded(Payload, frozen=True, kw_only=True):
    """Who ended it, in the codes of its own time and place. `result`: only of an earlier version."""

    unit: str | None = None
    result: Annotated[Words, Meta(extra={"names": "words", "codes": RESULTS})] | None = None


def record_history(context: Context) -> list[PlannedEvent] | Refusal:
    """The ending an imported file records: believed as the file's word, marked as unverified.

    Source: docs/topics/import.md, "History replays its own timeline".
    """
    outcome = context.data.get("outcome")
    if outcome not in ENDINGS:
        return missing("outcome", "结果", "a declared outcome")
    return [context.end(outcome, HistoryRecorded(unit=context.data.get("unit")))]


STEPS = (
    Step(
        order=560,
        command="record_history",
        who="history",
        sources=LIVE,
        event=EventKind(
            kind="history_recorded",
            name=Text("历史结果", "history recorded"),
            payload=HistoryRecorded,
            story=Sentence(zh="按历史文件记录结果[：{result}]", en="Ending taken from an imported file[: {result}]"),
        ),
        target="*",
        leads=lambda rules: (),
        label=Text("按历史文件记录结果", "The ending an imported file records"),
        button=Text("记录历史结果", "Record history"),
        handler=record_history,
        carries=(
            choice("outcome", "结果", "Outcome", ENDINGS),
            fixed("result", "结果说明", "Result"),
            fixed("unit", "单位", "Unit", "code"),
        ),
        used=never,
        by_hand=False,
    ),
)
