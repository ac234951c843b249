"""Readings out of a stream of HJ 212 frames, as a logger sent or a capture kept it.

In: bytes. Frames are found by mark, length and check sum; what lies between is noise, a bad frame costs only itself.
Packets of a message (flag bit 1) join in any order by MN and QN; the same MN and QN again is a duplicate. Value of a
factor: `Rtd`, else `Avg`, else `Cou`. -999 in any spelling, and what is no number, is missing; a flag other than N is
flagged; no flag is N. Times are `DataTime` in `zone`.
Out: one row for each reading, by device, time and factor; counts of frames. Linear.
Source: HJ 212-2017; HJ 212-2025.
Compared with: two public frames (6E80, 9241) and the check sums of the standard (tests/standards/test_hj212_wire.py).
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given
from bihuan.standards.hj212.joining import PacketJoiner
from bihuan.standards.hj212.messages import NoMessageError, message_of, readings_of
from bihuan.standards.hj212.wire import FrameScanner

_NAMES = ("mn", "time", "cn", "factor", "value", "flag", "quality", "version")


def read_stream(given: Given) -> Answer:
    """Read the rows of a stream.

    Source: HJ 212-2017 §6.
    """
    stream, zone = given["stream"], _zone(given.option("zone"))
    scanner = FrameScanner()
    frames = [*scanner.feed(stream.raw), *scanner.finish()]
    counts = {"frames_ok": 0, "bad_crc": 0, "bad_length": 0}
    joiner = PacketJoiner(held=len(frames) + 1)
    rows: list[tuple[str, ...]] = []
    for frame in frames:
        counts[frame.fault or "frames_ok"] += 1
        if frame.fault:
            continue
        try:
            message = joiner.take(message_of(frame.segment))
            if message is None:
                continue
            told = [message.mn, message.cn, message.version]
            rows += [
                (told[0], r.at.isoformat(), told[1], r.factor, r.value, r.flag, r.quality, told[2])
                for r in readings_of(message.body, zone)
            ]
        except NoMessageError as error:
            stream.refuse(
                0, "frame", f"帧内容不可用 · the frame says nothing: {error}", "核对数采仪 · see to the logger"
            )
    facts: dict[str, Any] = counts | {"incomplete_packets": joiner.incomplete, "duplicates": joiner.duplicates}
    columns = list(zip(*rows, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), facts)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise WrongCallError(f"hj212：没有时区 {name} · there is no zone {name!r}", "zone=Asia/Shanghai") from error


def _count(name: str, zh: str, en: str) -> AnswerKey:
    return AnswerKey(name, zh, en, {"type": "integer"})


METHOD = Method(
    name="hj212",
    zh="HJ 212 报文解析",
    en="Readings out of HJ 212 frames",
    inputs=(Input("stream", "报文", "Stream", kind="bytes"),),
    options=(Option("zone", "时区", "Zone of the times", default="Asia/Shanghai"),),
    output=(
        Column("mn", "设备编号", "Device"), Column("time", "数据时间", "Instant of the data", "instant"),
        Column("cn", "命令编码", "Command"), Column("factor", "污染因子", "Factor"),
        Column("value", "数值", "Value", "decimal", required=False), Column("flag", "数据标记", "Flag"),
        Column("quality", "质量", "Quality", "choice", choices=one_of(
            good="有效|Good", flagged="有标记|Flagged", missing="缺失|Missing")),
        Column("version", "标准版本", "Edition of the wire"),
    ),
    facts=(
        _count("frames_ok", "完好的帧", "Frames with good length and check sum"),
        _count("bad_crc", "校验错误的帧", "Frames with a wrong check sum"),
        _count("bad_length", "长度错误的帧", "Frames whose length does not fit"),
        _count("incomplete_packets", "未到齐的分包", "Packets whose message is not complete"),
        _count("duplicates", "重复的帧", "Frames of a message that was there before"),
    ),
    key=("mn", "time", "factor"),
    run=read_stream,
    source="HJ 212-2017; HJ 212-2025",
    peer="two public frames and the standard's check sums",
    cost="n",
)  # fmt: skip
