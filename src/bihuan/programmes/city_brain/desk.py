"""People of the sample: the desk looks at signals, streets handle, owners repair, inspectors verify."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.store import history
from bihuan.programmes.city_brain.models import decide_suspension

if TYPE_CHECKING:
    from bihuan.loop.models import CaseRow
    from bihuan.programmes.city_brain.sample import Brain


def handle_cases(brain: Brain) -> None:
    """What people do between two looks with the cases that are open."""
    for row in brain.play.cases(ended_at__isnull=True):
        if row.kind == "suspension":
            if row.state == "received":
                decide_suspension(brain, row)
        elif row.kind in ("event", "device_fault", "feed_fault"):
            _handle(brain, row)


def _handle(brain: Brain, row: CaseRow) -> None:
    if row.state == "received":
        _look(brain, row)
    elif row.state == "dispatched" and _is_retracted(row):
        _give_back(brain, row)
    elif row.state == "dispatched" and not _is_late(brain, row):
        _put_right(brain, row)
    elif row.state == "verifying" and row.number not in brain.done:
        brain.done.add(row.number)
        inspector = brain.play.person("inspector", brain.play.unit("urban-enforcement"), len(brain.done) % 3)
        brain.play.act(
            brain.play.matter(row), "verify", brain.play.now + timedelta(hours=2), inspector, result="passed"
        )


def _look(brain: Brain, row: CaseRow) -> None:
    """The desk looks at the pictures: false, told before, or sent out."""
    play, matter = brain.play, brain.play.matter(row)
    desk, at = play.person("brain_operator"), play.now + timedelta(minutes=10)
    name = str(_opened(row)["fields"].get("signal", "")).rpartition("-")[0]
    if name in brain.untrue:
        play.act(matter, "invalidate", at, desk, words={"reason": "画面中没有该情形 · nothing of it in the picture"})
    elif name in brain.repeated:
        first = next(each for each in play.cases(kind="event", about=row.about) if each.number != row.number)
        play.act(matter, "merge", at, desk, parent=str(first.id))
    else:
        play.act(matter, "dispatch", at, desk)
        _put_right(brain, row)


def _put_right(brain: Brain, row: CaseRow) -> None:
    """Whoever holds it goes there, takes a photograph and hands it in; what was wrong ends then."""
    play, matter = brain.play, brain.play.matter(row)
    device = str(row.about).partition("/")[2]
    spot = brain.spots.get(device) or next(iter(brain.spots.values()))  # a platform stands with its operator
    lead = row.fold.get("lead") or play.office(spot.street)
    handler, there = play.person("handler", lead), play.now + timedelta(hours=2)
    play.act(matter, "accept", play.now + timedelta(minutes=25), handler)
    play.photo(matter, there, handler, spot, picture=f"{play.seed}/{row.number}")
    ends = there + timedelta(minutes=20)
    play.act(matter, "submit", ends, handler, words={"text": "已到场处置 · done on site"})
    if row.kind == "device_fault" and device in brain.faults:
        brain.faults[device].ends = ends


def _give_back(brain: Brain, row: CaseRow) -> None:
    """A correction took its ground away: the desk takes the case back and calls it false."""
    play, matter = brain.play, brain.play.matter(row)
    desk = play.person("brain_operator")
    play.act(
        matter, "recall", play.now + timedelta(minutes=5), desk, words={"reason": "读数已更正 · reading corrected"}
    )
    play.act(
        matter, "invalidate", play.now + timedelta(minutes=8), desk, words={"reason": "读数已更正 · reading corrected"}
    )


def _is_late(brain: Brain, row: CaseRow) -> bool:
    """Whether nobody has got there yet: the reading is corrected before somebody does."""
    device = str(row.about).partition("/")[2]
    return any(device == each for _, each in brain.corrections) and brain.play.now < row.opened_at + timedelta(hours=6)


def _is_retracted(row: CaseRow) -> bool:
    return any(each.kind == "observed" and each.data["what"] == "retracted" for each in history(row.id))


def _opened(row: CaseRow) -> dict[str, Any]:
    return dict(history(row.id)[0].data)
