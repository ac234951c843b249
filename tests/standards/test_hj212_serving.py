"""The server of HJ 212: on disk before it is answered; a kill in the middle loses and doubles nothing."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bihuan.standards.hj212.answers import answer_to
from bihuan.standards.hj212.cipher import sm4_block, sm4_hook, sm4_sealed
from bihuan.standards.hj212.evidence import write_evidence
from bihuan.standards.hj212.messages import NoMessageError, message_of
from bihuan.standards.hj212.serving import LoggerServer
from bihuan.standards.hj212.wire import FrameScanner, frame_of
from bihuan.standards.parts.journal import FrameJournal, read_frames

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
AT = 1_772_380_800_000_000


def data(n: int, cn: str = "2011", flag: int = 5) -> bytes:
    return frame_of(
        f"QN=20260302000000{n:03d};ST=32;CN={cn};PW=1;MN=M1;Flag={flag};CP=&&DataTime=20260302000000;w01018-Rtd={n}&&".encode()
    )


def kept(folder: Path) -> list[bytes]:
    return [each.raw for path in sorted(folder.glob("*.frames")) for each in read_frames(path)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LoggerServer]:
    made = LoggerServer("127.0.0.1", 0, tmp_path, lambda: AT)
    made.start()
    yield made
    made.stop()


def talk(port: int, *pieces: bytes, answers: int) -> list[str]:
    """Send pieces; give the commands and request numbers of so many answers."""
    scanner, found = FrameScanner(), list[str]()
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        for piece in pieces:
            line.sendall(piece)
        while len(found) < answers and (told := line.recv(65_536)):
            found += [f"{m.cn} {m.qn[-3:]}" for f in scanner.feed(told) for m in [message_of(f.segment)]]
    return found


def test_each_kind_of_frame_gets_its_answer_behind_the_disk(server: LoggerServer, tmp_path: Path) -> None:
    stream = (
        data(1) + b"\xff#noise" + data(2, "9015", 9) + data(3, "3020") + data(4, "9014") + data(5, flag=4) + data(6)
    )
    told = talk(server.port, stream[:50], stream[50:51], stream[51:], answers=4)
    assert told == ["9014 001", "9013 002", "9013 003", "9014 006"]
    assert kept(tmp_path) == [each.rstrip() for each in (data(1), data(2, "9015", 9), data(3, "3020"), data(4, "9014"),
                                                         data(5, flag=4), data(6))]  # fmt: skip


def test_an_answer_names_edition_and_request_and_asks_for_none() -> None:
    told = answer_to(message_of(data(7, flag=9)[6:-6]))
    assert told is not None
    message = message_of(told[6:-6])
    assert (message.cn, message.qn, message.mn, message.version, message.wants_answer) == (
        "9014", "20260302000000007", "M1", "2025", False,
    )  # fmt: skip


def test_a_bad_frame_costs_only_itself(server: LoggerServer, tmp_path: Path) -> None:
    wrong = data(2).replace(b"Rtd=2", b"Rtd=3")
    assert talk(server.port, data(1) + wrong + b"##00ZZ" + data(3), answers=2) == ["9014 001", "9014 003"]
    assert (server.counts["bad_crc"], server.counts["bad_length"]) == (1, 1)
    assert kept(tmp_path) == [data(1).rstrip(), data(3).rstrip()]


def test_a_line_that_a_crash_cut_is_no_frame(tmp_path: Path) -> None:
    journal = FrameJournal(tmp_path)
    journal.append([b"one", b"two"], AT)
    journal.close()
    (path,) = tmp_path.glob("*.frames")
    path.write_bytes(path.read_bytes()[:-4])
    assert kept(tmp_path) == [b"one"]
    again = FrameJournal(tmp_path)
    again.append([b"two", b"three"], AT)
    again.close()
    assert kept(tmp_path) == [b"one", b"two", b"three"]
    first = next(read_frames(path))
    assert [each.raw for each in read_frames(path, first.end)] == [b"two", b"three"]


SERVE = """
import sys, time
from pathlib import Path
from bihuan.standards.hj212.serving import LoggerServer
server = LoggerServer("127.0.0.1", 0, Path(sys.argv[1]))
server.start()
print(server.port, flush=True)
time.sleep(600)
"""


def _serving(folder: Path) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_killed_in_the_middle_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    acknowledged: set[bytes] = set()
    waiting = [data(n) for n in range(900)]
    for kills in (True, True, False):
        process, port = _serving(tmp_path)
        try:
            scanner = FrameScanner()
            with socket.create_connection(("127.0.0.1", port), 10) as line:
                for start in range(0, len(waiting), 50):
                    try:
                        line.sendall(b"".join(waiting[start : start + 50]))
                        if kills and start >= 100:
                            os.kill(process.pid, signal.SIGKILL)
                        while not kills or start < 100:
                            told = [message_of(f.segment).qn for f in scanner.feed(line.recv(65_536))]
                            acknowledged |= {each for each in waiting if message_of(each[6:-6]).qn in set(told)}
                            if waiting[min(start + 49, len(waiting) - 1)] in acknowledged:
                                break
                    except OSError:
                        break
        finally:
            process.kill()
            process.wait()
        stored = set(kept(tmp_path))
        assert {each.rstrip() for each in acknowledged} <= stored
        waiting = [each for each in waiting if each not in acknowledged]
    assert not waiting
    assert set(kept(tmp_path)) == {data(n).rstrip() for n in range(900)}


def test_the_vector_of_the_block_cipher_and_the_hook() -> None:
    assert sm4_block(KEY, KEY).hex().upper() == "681EDF34D206965E86B3E94F536E4246"
    hook = sm4_hook({"M1": KEY})
    assert hook("M1", sm4_sealed(KEY, b"DataTime=20260302000000")) == b"DataTime=20260302000000"
    assert hook("M2", b"plain") == b"plain"
    with pytest.raises(NoMessageError):
        hook("M1", b"not hex")


def test_it_stops_and_starts_again(tmp_path: Path) -> None:
    for n in range(2):
        server = LoggerServer("127.0.0.1", 0, tmp_path)
        server.start()
        assert talk(server.port, data(n), answers=1) == [f"9014 {n:03d}"]
        server.stop()
        assert not server.alive


def test_the_evidence_of_a_device_is_its_frames_byte_by_byte(tmp_path: Path) -> None:
    journal = FrameJournal(tmp_path)
    other = frame_of(b"QN=1;ST=32;CN=2011;PW=1;MN=M2;Flag=5;CP=&&DataTime=20260302000000;a-Rtd=1&&")
    journal.append([data(1).rstrip(), other.rstrip(), data(2).rstrip()], AT)
    journal.append([data(3).rstrip()], AT + 3_600_000_000)
    journal.close()
    first = datetime.fromtimestamp(AT / 1e6, UTC)
    told = [
        write_evidence(tmp_path, "M1", first, first + timedelta(hours=1), tmp_path / name)
        for name in ("a.zip", "b.zip")
    ]
    assert told[0] == told[1], "the same frames, the same file"
    assert told[0]["frames"] == 2
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files["frames.bin"] == data(1) + data(2).rstrip()
    assert {name: hashlib.sha256(files[name]).hexdigest() for name in told[0]["files"]} == told[0]["files"]
    _, row, _ = files["index.csv"].decode().splitlines()
    number, _, digest, offset, length = row.split(",")
    assert hashlib.sha256(files["frames.bin"][int(offset) : int(offset) + int(length)]).hexdigest() == digest
    assert number == "1"
    assert files["readings.csv"].decode().splitlines()[2].endswith("w01018,2,N,good")


def test_a_case_takes_the_raw_frames_of_its_own_logger_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from bihuan.extend import RawQuestion
    from bihuan.standards.hj212 import raw

    journal = FrameJournal(tmp_path / "hj212")
    other = frame_of(b"QN=1;ST=32;CN=2011;PW=1;MN=M2;Flag=5;CP=&&DataTime=20260302000000;a-Rtd=1&&")
    journal.append([data(1).rstrip(), other.rstrip()], AT)
    journal.close()
    monkeypatch.setattr(raw, "current_home", lambda: SimpleNamespace(path=tmp_path))
    first = datetime.fromtimestamp(AT / 1e6, UTC)
    asked = RawQuestion("discharge-outlet", {"mn": "M1"}, first, first + timedelta(hours=1))
    files = raw.raw_files(asked)
    assert sorted(files) == ["M1/frames.bin", "M1/index.csv", "M1/readings.csv"]
    assert files["M1/frames.bin"] == data(1).rstrip()
    assert raw.raw_files(asked._replace(values={"mn": "M9"})) == {}, "nothing came from it"
    assert raw.raw_files(asked._replace(type="water-section")) == {}, "no logger belongs to it"
