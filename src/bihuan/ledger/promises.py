"""Telling whether the promise of a receipt was kept: four verdicts, in two languages, under one heading.

A receipt names a leaf. Looked for is the event of its case that commits to that leaf; then the log must prove it.

- ``kept``: it is in the log, and a head covered it within the promised time;
- ``kept_late``: it is in the log, but was covered only some time after; by how much is said;
- ``pending``: promised and waiting. Past the promised time the sequencer sleeps, which is said; nothing is lost;
- ``broken``: it is not a receipt of this log as it stands, or what it promises is no longer there: evidence.
"""

import math
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from bihuan.ledger import keyring, proofs
from bihuan.ledger.core.errors import LedgerError, SignatureError
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.receipts import Receipt, verify_receipt
from bihuan.ledger.events import EventTable

KEPT, KEPT_LATE, PENDING, BROKEN = "kept", "kept_late", "pending", "broken"


class VerdictText(NamedTuple):
    """A sentence in both languages; `{n}` stands for a length of time."""

    zh: str
    en: str


HEADING = VerdictText("回执的承诺", "The promise of the receipt")
TEXTS = {
    KEPT: VerdictText(
        "已兑现：来件在承诺时限内写入日志。", "Kept: the report was in the log within the promised time."
    ),
    KEPT_LATE: VerdictText("已兑现，但迟了{n}：来件已写入日志。", "Kept, {n} late: the report is in the log."),
    PENDING: VerdictText("等待中：回执有效，来件将在承诺时限内写入日志。",
                  "Pending: the receipt is genuine; the report will be in the log within the promised time."),
    "overdue": VerdictText("等待中：回执有效，写入日志已超过承诺时限{n}。来件没有丢失；记录程序恢复后即写入。",
                    "Pending, {n} past the promised time: the receipt is genuine and nothing is lost; the report "
                    "enters the log as soon as its sequencer runs again."),
    "altered": VerdictText("不成立：回执被改动，或不是本日志签发。请用当初下载的文件再试。",
                    "Broken: the receipt was altered, or is not by this log. Try again with the file you downloaded."),
    "no_event": VerdictText("不成立：回执是真的，但案件中已没有它承诺的事件。请保存回执并告知审计人员：它是证据。",
                     "Broken: the receipt is genuine, but its case no longer holds the event it promises. Keep the "
                     "receipt and show it to the auditor: it is evidence."),
    "not_logged": VerdictText("不成立：回执是真的，但它承诺的事件既不在日志中，也不在等待。请保存回执：它是证据。",
                       "Broken: the receipt is genuine, but the event it promises is neither in the log nor waiting. "
                       "Keep the receipt and show it to the auditor: it is evidence."),
}  # fmt: skip
"""What is said, by verdict, or by reason where a verdict has several."""

_UNITS = ((86_400, "天", "day"), (3_600, "小时", "hour"), (60, "分钟", "minute"), (1, "秒", "second"))


def check_receipt(source: Any, case_id: UUID | None, table: EventTable | None = None) -> dict[str, Any]:
    """Tell whether the promise of a receipt was kept.

    Args:
        source: the receipt as JSON value.
        case_id: the case whose number the receipt states; None if there is none.
        table: where the events are; the loop's tables by default.

    Returns:
        JSON values: ``ok`` (not broken), ``state`` (the verdict), ``reason`` (a key of ``TEXTS``), ``late_seconds`` (0
        unless late or overdue), ``heading`` and ``text`` with ``zh`` and ``en``, and if it is in the log ``proof`` as
        of ``proofs.prove_event``.

    Raises:
        SignatureError: if it has not the form of a receipt at all.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise" (the four verdicts).
    """
    receipt = Receipt.from_json(source)
    try:
        verify_receipt(receipt, keyring.log_keys())
    except SignatureError:
        return _verdict(BROKEN, "altered")
    hashes = (table or EventTable()).hashes_of_case(case_id) if case_id is not None else []
    event = next((event for event, digest in hashes if leaf_hash(digest) == receipt.leaf_hash), None)
    if event is None:
        return _verdict(BROKEN, "no_event")
    due = datetime.fromisoformat(receipt.time) + timedelta(seconds=receipt.max_merge_delay)
    try:
        proof = proofs.prove_event(event)
    except LedgerError:
        return _verdict(BROKEN, "not_logged")
    if proof["state"] != "included":
        late = _late(timezone.now(), due)
        return _verdict(PENDING, "overdue" if late else PENDING, late)
    if proof["leaf"] != receipt.leaf:
        return _verdict(BROKEN, "not_logged")
    late = _late(_covered_at(proof["index"]), due)
    return {**_verdict(KEPT_LATE if late else KEPT, None, late), "proof": proof}


def _verdict(state: str, reason: str | None = None, late: int = 0) -> dict[str, Any]:
    said = TEXTS[reason or state]
    return {
        "ok": state != BROKEN,
        "state": state,
        "reason": reason or state,
        "late_seconds": late,
        "heading": HEADING._asdict(),
        "text": {
            "zh": said.zh.replace("{n}", tell_length(late, "zh")),
            "en": said.en.replace("{n}", tell_length(late, "en")),
        },
    }


def tell_length(seconds: int, language: str) -> str:
    """A length of time in its largest whole unit, e.g. `3 小时` or `1 hour`."""
    size, zh, en = next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])
    count = seconds // size
    return f" {count} {zh}" if language == "zh" else f"{count} {en}{'' if count == 1 else 's'}"


def _late(at: datetime, due: datetime) -> int:
    return max(0, math.ceil((at - due).total_seconds()))


def _covered_at(index: int) -> datetime:
    """When the first head over this leaf was signed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT signed_at FROM ledger_head WHERE size > %s ORDER BY size, id LIMIT 1", [index])
        (at,) = cursor.fetchone()
    moment: datetime = at
    return moment
