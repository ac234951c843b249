"""HJ 212 on the wire: check sums, frames among noise, packets in any order, readings."""

from __future__ import annotations

import random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.standards.hj212.joining import PacketJoiner
from bihuan.standards.hj212.messages import NoMessageError, message_of, readings_of
from bihuan.standards.hj212.wire import FrameScanner, WireFrame, crc16, frame_of
from tests.methods.running import run

ZONE = ZoneInfo("Asia/Shanghai")
VECTOR = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"


def segment(
    n: int, factor: str = "w01018", value: str = "1.5", flag: int = 5, more: str = "", **header: object
) -> bytes:
    head = "".join(f"{key}={told};" for key, told in header.items())
    return (
        f"QN=202603020000{n:05d};ST=32;CN=2011;PW=1;MN=M{n % 3};Flag={flag};{head}"
        f"CP=&&DataTime=20260302000000;{factor}-Rtd={value},{factor}-Flag=N{more}&&"
    ).encode("gbk")


def scan(stream: bytes, *cuts: int) -> list[WireFrame]:
    scanner, found, before = FrameScanner(), [], 0
    for cut in (*sorted(cuts), len(stream)):
        found += scanner.feed(stream[before:cut])
        before = cut
    return [*found, *scanner.finish()]


def test_the_published_check_sum() -> None:
    assert (len(VECTOR), f"{crc16(VECTOR):04X}") == (101, "1C80")
    assert frame_of(VECTOR) == b"##0101" + VECTOR + b"1C80\r\n"
    five = message_of(VECTOR)
    assert (five.version, five.wants_answer) == ("2017", True)
    nine = message_of(VECTOR.replace(b"Flag=5", b"Flag=9"))
    assert (nine.version, nine.wants_answer, nine.packets) == ("2025", True, 1)


def test_a_bad_frame_costs_only_itself() -> None:
    good = [frame_of(segment(n)) for n in range(4)]
    wrong_sum = good[1][:-6] + b"0000\r\n"
    for bad, fault in (
        (wrong_sum, "bad_crc"),
        (b"##00ZZ" + good[1][6:], "bad_length"),
        (b"##9999" + good[1][6:], "bad_length"),
        (b"##0004" + good[1][6:], "bad_length"),
        (good[1][:60], "bad_length"),
        (b"##%04d" % (len(segment(1)) + len(good[2])) + good[1][6:], "bad_length"),
    ):
        found = scan(good[0] + bad + good[2].rstrip() + good[3])
        assert [each.fault for each in found] == ["", fault, "", ""], bad
        assert [each.segment for each in found if not each.fault] == [segment(0), segment(2), segment(3)]


@given(
    st.lists(st.one_of(st.integers(0, 99), st.binary(max_size=30).filter(lambda b: b"#" not in b)), max_size=12),
    st.lists(st.integers(0, 2_000), max_size=6),
)
def test_every_good_frame_is_found_however_the_stream_is_cut(parts: list[int | bytes], cuts: list[int]) -> None:
    stream = b"".join(frame_of(segment(each)) if isinstance(each, int) else each for each in parts)
    found = scan(stream, *(cut for cut in cuts if cut < len(stream)))
    assert [each.segment for each in found if not each.fault] == [segment(n) for n in parts if isinstance(n, int)]


@given(st.binary(max_size=400), st.integers(0, 500))
def test_no_bytes_break_it(noise: bytes, cut: int) -> None:
    found = scan(noise + b"##0005CP=&&" + noise, min(cut, len(noise)))
    for each in found:
        if not each.fault:
            try:
                list(readings_of(message_of(each.segment).body, ZONE))
            except NoMessageError:
                continue


def test_damaged_streams_never_lose_their_neighbours() -> None:
    luck = random.Random(7)
    for _ in range(150):
        frames = [frame_of(segment(n)) for n in range(3)]
        broken = bytearray(frames[1])
        broken[luck.randrange(len(broken) - 2)] ^= 1 << luck.randrange(8)
        found = [each.segment for each in scan(frames[0] + bytes(broken) + frames[2]) if not each.fault]
        assert found == [segment(0), segment(2)]


def test_packets_join_in_any_order_and_count_once() -> None:
    parts = [segment(6, f"w0{n}", str(n), 7, PNUM=3, PNO=n) for n in (1, 2, 3)]
    for order in ((0, 1, 2), (2, 0, 1), (2, 1, 0), (1, 1, 2, 0), (0, 2, 1, 0)):
        joiner = PacketJoiner()
        whole = [found for n in order if (found := joiner.take(message_of(parts[n]))) is not None]
        assert [[r.factor for r in readings_of(each.body, ZONE)] for each in whole] == [["w01", "w02", "w03"]]
        assert (joiner.duplicates, joiner.incomplete) == (len(order) - 3, 0)
    joiner = PacketJoiner()
    joiner.take(message_of(parts[1]))
    assert joiner.incomplete == 1


@pytest.mark.parametrize(
    ("value", "quality"), [("-999", "missing"), ("-00999.000", "missing"), ("-999.0", "missing"), ("", "missing"),
                       ("NaN", "missing"), ("?", "missing"), ("-99.9", "good"), (" 7.10 ", "good")],
)  # fmt: skip
def test_what_is_missing_is_told(value: str, quality: str) -> None:
    (reading,) = readings_of(message_of(segment(1, value=value)).body, ZONE)
    assert (reading.quality, reading.value) == (quality, value.strip() if quality == "good" else "")


def test_rows_of_a_stream() -> None:
    stream = b"".join((
        frame_of(segment(1, more=";Info=现场校准完毕")),
        frame_of(segment(1)),
        frame_of(segment(2, flag=9).replace(b"DataTime=20260302000000;", b"DataTime=20260302000000 ; ")),
        frame_of(segment(3).replace(b"-Flag=N", b"-Flag=M").replace(b"-Rtd=", b"-Avg=")),
        frame_of(segment(4).replace(b"DataTime=20260302000000;", b"")),
        frame_of(VECTOR),
    ))  # fmt: skip
    rows, outcome = run("hj212", stream)
    assert [(r["mn"], r["time"], r["factor"], r["value"], r["quality"], r["version"]) for r in rows] == [
        ("M0", "2026-03-02T00:00:00+08:00", "w01018", "1.5", "flagged", "2017"),
        ("M1", "2026-03-02T00:00:00+08:00", "w01018", "1.5", "good", "2017"),
        ("M2", "2026-03-02T00:00:00+08:00", "w01018", "1.5", "good", "2025"),
    ]
    assert (outcome.facts["frames_ok"], outcome.facts["duplicates"]) == (6, 1)
    assert [each.field for each in outcome.rejects] == ["frame"]
    rows, _ = run("hj212", stream, zone="UTC")
    assert rows[0]["time"] == "2026-03-02T00:00:00+00:00"


REAL = {
    "9241": b"##0344QN=20220928142812336;ST=22;CN=2011;PW=123456;MN=JSRCTD000YD107;Flag=5;CP=&&DataTime=20220928142812;"
    b"l01001-Flag=N,l01001-Rtd=119.90287;l01002-Flag=N,l01002-Rtd=32.48505;a34002-Rtd=5,a34002-Flag=N;a34004-Rtd=4,"
    b"a34004-Flag=N;a21026-Rtd=22.25,a21026-Flag=N;a21004-Rtd=22.7,a21004-Flag=N;a21005-Rtd=0.36,a21005-Flag=N;"
    b"a05024-Rtd=8.82,a05024-Flag=N&&9241",
    "6E80": b"##0457QN=20210320163101890;ST=32;CN=2011;PW=123456;MN=81733553213013;Flag=4;CP=&&DataTime=20210320013400;"
    b"w00000-Rtd=181.682,w00000-Flag=N;w21001-SampleTime=20210320005400,w21001-Rtd=45.160,w21001-Flag=N;w21011-"
    b"SampleTime=20210320013400,w21011-Rtd=1.970,w21011-Flag=N;w21003-SampleTime=20210320013400,w21003-Rtd=53.131,"
    b"w21003-Flag=N;w01018-SampleTime=20210320013400,w01018-Rtd=194.200,w01018-Flag=N;w01001-SampleTime=20210320013406,"
    b"w01001-Rtd=7.496,w01001-Flag=N&&6E80",
}
"""Frames of real loggers, as their makers have published them."""


def test_frames_of_real_loggers() -> None:
    rows, outcome = run("hj212", b"".join(REAL.values()))
    assert (outcome.facts["frames_ok"], len(rows)) == (2, 14)
    told = {(row["mn"], row["factor"]): row["value"] for row in rows}
    assert told["JSRCTD000YD107", "a34002"] == "5"
    assert told["81733553213013", "w21001"] == "45.160"
    assert {row["quality"] for row in rows} == {"good"}
