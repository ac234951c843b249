"""Messages of the sample: drafted, signed by a second person, answered, cancelled; and what must be refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bihuan.documents.orders.acting import approve_order, draft_order, end_order, receipt_order
from bihuan.documents.orders.course import DISPATCHED, OrderRefused
from bihuan.documents.orders.models import OrderEvent
from bihuan.documents.orders.receipting import receipt_many
from bihuan.documents.orders.recording import course_of_order
from bihuan.documents.orders.sealing import message_of_order, open_message
from bihuan.ledger.seals import queue_key
from bihuan.registers.isolation import in_district

if TYPE_CHECKING:
    from bihuan.documents.orders.models import OrderRow
    from bihuan.programmes.emergency_broadcast.sample import Broadcast

WARNING, DRILL = "broadcast-warning", "broadcast-drill"
STATES = {"received": "waiting", "done": "done", "declined": "failed"}
"""Receipts of an order in the words of the method's table."""
OFFICER, LEADER = "user:duty-officer", "user:approver"


@dataclass
class Sent:
    """A message that went on air: its order, when, to whom, and the terminals that say they are done."""

    key: str
    row: OrderRow
    to: list[str]
    at: datetime
    done: list[str] = field(default_factory=list)


def send_message(cast: Broadcast, key: str, text: str, to: list[str], *, own: bool = False) -> Sent:
    """Draft a warning and let a second person sign it.

    Args:
        own: The drafter tries to sign it first, which the house refuses.
    """
    play, world = cast.play, cast.play.script.facts_at(cast.play.now)
    facts = {
        "message": key, "event": "rain", "colour": "orange", "region": "110108", "headline": text,
        "text": "请注意防范，减少外出。", "headline_english": "Warning", "english": "Take care and stay indoors.",
    }  # fmt: skip
    row = draft_order(WARNING, key, facts, to, world, OFFICER)
    if own:
        play.plant("self_approved", key, "the drafter signs it")
        try:
            approve_order(row.id, world, OFFICER)
        except OrderRefused as refused:
            play.find(refused.code.replace("same_person", "self_approved"), key, refused.what.en)
    else:
        play.look_alike("self_approved", key, "signed by another person")
    approve_order(row.id, world, LEADER)
    return Sent(key, row, to, play.now)


def answer_message(cast: Broadcast, sent: Sent, silent: set[str]) -> None:
    """Terminals acknowledge and say that they are done; some twice, some late, some never; as a wire brings it."""
    play, luck = cast.play, cast.luck.stream(f"answers/{sent.key}")
    said: list[tuple[str, str]] = []
    for terminal in (each for each in sent.to if each not in silent):
        said += [(terminal, "received")] * (2 if luck.chance(0.15) else 1)
        if luck.chance(0.85):
            said.append((terminal, "done"))
            sent.done.append(terminal)
    told = receipt_many(sent.row.id, said, play.script.facts_at(play.now))
    cast.doubles += told["answered"]


def cancel_message(cast: Broadcast, sent: Sent, queued: str) -> None:
    """Take a message back; a terminal that still has it in its queue says that it is on air, and is refused."""
    play = cast.play
    for terminal in sent.done:
        play.look_alike("cancelled_queued", f"{sent.key}@{terminal}", "done while the message held")
    end_order(sent.row.id, "cancelled", play.script.facts_at(play.now), LEADER, "险情解除")
    key = f"{sent.key}@{queued}"
    play.plant("cancelled_queued", key, "still in the terminal's queue after it was taken back")
    code = _refused(cast, sent, queued, "done")
    if code is not None:
        play.find("cancelled_queued", key, code)


def _refused(cast: Broadcast, sent: Sent, terminal: str, kind: str) -> str | None:
    """The code with which a receipt is refused, None when it is taken."""
    try:
        receipt_order(sent.row.id, terminal, kind, cast.play.script.facts_at(cast.play.now), f"terminal:{terminal}")
    except OrderRefused as refused:
        return refused.code
    return None


def aim_drill(cast: Broadcast) -> None:
    """A drill to the drill network goes out; one that names a production terminal is refused when it is drafted."""
    play, world = cast.play, cast.play.script.facts_at(cast.play.now)
    facts = {"headline": "防空演练", "text": "这是一次演练。"}
    for key, to in (("drill-right", cast.drills), ("drill-wrong", [*cast.drills, cast.luck.pick(cast.production)])):
        if key == "drill-wrong":
            play.plant("drill_at_production", key, f"aimed at {to[-1]}")
        else:
            play.look_alike("drill_at_production", key, "aimed at the drill network")
        try:
            row = draft_order(DRILL, f"{play.seed}-{key}", facts, to, world, OFFICER)
            approve_order(row.id, world, LEADER)
        except OrderRefused as refused:
            if refused.code == "wrong_addressee":
                play.find("drill_at_production", key, refused.what.en)


def check_signatures(cast: Broadcast, altered: str) -> None:
    """Terminals check what they got against the queue's pinned key; one word that was changed on the way fails."""
    play, pinned = cast.play, queue_key("broadcast").public
    play.plant("altered", altered, "one word was changed on the way")
    with in_district(play.registers.district.code):
        for sent in cast.sent:
            event = OrderEvent.objects.get(order_id=sent.row.id, kind=DISPATCHED)
            got = message_of_order(sent.row, pinned.queue, event.at, event.data["expires_at"])
            if sent.key == altered:
                got = got.replace("减少外出".encode(), "立即撤离".encode())
            else:
                play.look_alike("altered", sent.key, "as it was signed")
            if open_message(got, event.data["seal"], pinned) is None:
                play.find("altered", sent.key, "the seal does not hold over what the terminal got")
            drilled = open_message(got, event.data["seal"], queue_key("broadcast-drill").public)
            assert drilled is None, "the drill network's key opens no production message"


def prove_plan(cast: Broadcast) -> None:
    """What terminals air by the plan: nothing that was taken back, no drill, the graver first."""
    play, first = cast.play, cast.play.day(0)

    def minute(at: datetime) -> int:
        return int((at - first).total_seconds() // 60)

    rows: list[dict[str, Any]] = [
        {"message": each.key, "class": "4", "level": 1 + n, "area": "110108", "sent": minute(each.at), "minutes": 30,
         "expires": minute(each.at) + 1440, "cancelled": ""}
        for n, each in enumerate(cast.sent)
    ]  # fmt: skip
    for row in rows:
        if row["message"] in cast.cancelled:
            row["cancelled"] = minute(cast.cancelled[row["message"]])
    rows.append(rows[0] | {"message": "drill", "class": "3", "sent": 0})
    told = play.calc("broadcast-plan", rows, [{"terminal": key, "area": "110108"} for key in cast.production[:5]])
    play.prove("slots", told.facts["slots"])
    play.prove("never_on_air", told.facts["never"])


def prove_coverage(cast: Broadcast, sent: Sent) -> None:
    """People reached by a message: by the method over the receipts, and counted once more cell by cell."""
    play = cast.play
    with in_district(play.registers.district.code):
        said = course_of_order(sent.row).receipts
    receipts = [
        {"terminal": terminal, "message": sent.key, "state": STATES[kind], "at": at.isoformat()}
        for terminal, (kind, at) in sorted(said.items())
    ]
    receipts += [*receipts[:5], {"terminal": "unknown-speaker", "message": sent.key, "state": "done", "at": ""}]
    hears = [{"terminal": row["terminal"], "cell": row["cell"]} for row in cast.hears]
    told = play.calc("broadcast-coverage", receipts, hears, cast.cells, message=sent.key)
    hearing = {row["cell"] for row in cast.hears if row["terminal"] in set(sent.done)}
    again = sum(row["population"] for row in cast.cells if row["cell"] in hearing)
    play.prove("reached", told.facts["reached"])
    play.prove("reached_counted_again", again)
    play.prove("target", told.facts["target"])
