"""How many frames of data loggers a second are kept and answered over many connections; how fast they are read.

    python benchmarks/hj212.py [CONNECTIONS] [FRAMES]

Prints frames a second of wall time and the CPU seconds of server and clients together; every frame is on disk before it
is answered, and the answers are counted.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bihuan.standards.hj212.joining import PacketJoiner
from bihuan.standards.hj212.messages import message_of, readings_of
from bihuan.standards.hj212.serving import LoggerServer
from bihuan.standards.hj212.wire import FrameScanner, frame_of
from bihuan.standards.parts.journal import read_frames


def made(device: int, number: int) -> bytes:
    """A frame with three factors."""
    told = ";".join(f"{code}-Rtd={number % 97}.{device % 10},{code}-Flag=N" for code in ("w01018", "w21003", "w00000"))
    return frame_of(
        f"QN=20260302{number:09d};ST=32;CN=2011;PW=1;MN=110108B{device:017d};Flag=5;"
        f"CP=&&DataTime=20260302000000;{told}&&".encode()
    )  # fmt: skip


async def talk(port: int, device: int, frames: int) -> int:
    """Send a device's frames fifty at a time and wait for their answers; gives how many came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = 0
    for start in range(0, frames, 50):
        due = min(start + 50, frames)
        writer.write(b"".join(made(device, n) for n in range(start, due)))
        while answers < due and (piece := await reader.read(65_536)):
            answers += piece.count(b"CN=9014")
    writer.close()
    return answers


async def run(port: int, connections: int, frames: int) -> int:
    """All devices at once."""
    return sum(await asyncio.gather(*(talk(port, device, frames // connections) for device in range(connections))))


def main(connections: int, frames: int) -> None:
    """Measure the server, then reading."""
    with tempfile.TemporaryDirectory() as folder:
        server = LoggerServer("127.0.0.1", 0, Path(folder))
        server.start()
        wall, cpu = time.perf_counter(), time.process_time()
        answered = asyncio.run(run(server.port, connections, frames))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        server.stop()
        kept = sum(1 for path in Path(folder).glob("*.frames") for _ in read_frames(path))
    print(f"{connections} connections: {answered} answered, {kept} kept in {wall:.2f} s, {answered / wall:,.0f}/s, "
          f"{cpu:.2f} CPU s with the clients")  # fmt: skip
    stream = b"".join(made(n % 500, n) for n in range(20_000))
    cpu, scanner, joiner, values = time.process_time(), FrameScanner(), PacketJoiner(), 0
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Asia/Shanghai")
    for at in range(0, len(stream), 65_536):
        for frame in scanner.feed(stream[at : at + 65_536]):
            message = joiner.take(message_of(frame.segment))
            values += len(list(readings_of(message.body, zone))) if message is not None else 0
    cpu = time.process_time() - cpu
    print(f"reading: 20000 frames, {values} values in {cpu:.2f} CPU s, {20_000 / cpu:,.0f} frames/CPU s")


if __name__ == "__main__":
    main(*(int(each) for each in (sys.argv[1:] + ["500", "50000"][len(sys.argv) - 1 :])))
