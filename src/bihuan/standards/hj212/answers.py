"""What is answered to a logger: 9014 to data, 9013 to notices and heartbeats, nothing to answers."""

from __future__ import annotations

from bihuan.standards.hj212.messages import DataMessage
from bihuan.standards.hj212.wire import frame_of

DATA, NOTICE, HEARTBEAT = "9014", "9013", "9015"
_ANSWERS = frozenset({"9011", "9012", DATA, NOTICE})


def answer_to(message: DataMessage) -> bytes | None:
    """The frame that acknowledges a message or packet; None where none is wanted.

    Data (commands 2xxx) are answered by 9014; everything else that asks, the heartbeat 9015 of 2025 too, by 9013. The
    answer carries the request's QN, device and edition, and asks for no answer itself.

    Source: HJ 212-2017 §6.6.5; HJ 212-2025 (9015).
    """
    if not message.wants_answer or message.cn in _ANSWERS:
        return None
    code = DATA if message.cn.startswith("2") else NOTICE
    head = message.header
    segment = (
        f"QN={message.qn};ST=91;CN={code};PW={head.get('PW', '')};MN={message.mn};Flag={message.flag & ~3};CP=&&&&"
    )
    return frame_of(segment.encode("gbk", errors="replace"))
