"""The town in a process of its own: it plays the next batch while the store still writes the last one.

Two processes, because the kernel's Python and the store's Python would otherwise wait for each other. The pipe holds
the town back: it is never more than one batch ahead.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import IO

import msgspec

from bihuan.faults import Fault
from bihuan.simulator.house import ActRefused
from bihuan.simulator.stage import Stage
from bihuan.simulator.town import AcceptedOrder, Plan, Town
from bihuan.simulator.truth import Truth

PROGRAM = "from bihuan.simulator.ahead import serve_town; serve_town()"
BATCH, ENDING, FAILURE = b"B", b"E", b"F"  # a frame is one of these, eight bytes of length, the body

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[AcceptedOrder]).decode


class TownFailed(Fault, RuntimeError):
    """The playing process ended with an error; the message holds its traceback."""

    remedy = "this is a fault of the simulator; what it had written stays. Try another --seed"


@dataclass(frozen=True)
class LastState:
    """What is known when the last step has been played."""

    truth: Truth
    refused: list[ActRefused]
    states: dict[str, int]


class Ahead:
    """Use as a context manager: iterate `batches()` to the end, then read `ending`."""

    def __init__(self, stage: Stage, plan: Plan, size: int) -> None:
        self.ending: LastState | None = None
        self._given = pickle.dumps((stage, plan, size))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Ahead:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        return self

    def batches(self) -> Iterator[list[AcceptedOrder]]:
        """Steps in the order of time, at most `size` at once.

        Raises:
            TownFailed: the playing process failed.

        Source: docs/adr/0070 (3): held back by the pipe to one batch ahead.
        """
        process = self._process
        assert process is not None, "use it as a context manager"
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(self._given)
            process.stdin.close()
        except BrokenPipeError:
            raise TownFailed("the playing process ended before it was told what to play; see above") from None
        while True:
            kind, body = _read(process.stdout)
            if kind == BATCH:
                yield _decode(body)
            elif kind == ENDING:
                self.ending = pickle.loads(body)  # noqa: S301 - written by the process started above, nobody else
                return
            else:
                raise TownFailed.of_traceback(body.decode())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        process = self._process
        if process is None:
            return
        if kind is not None:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
        process.wait()


def ending_of(town: Town) -> LastState:
    """What is known of a town that has been played to its end. Source: docs/topics/simulator.md, "How it is built"."""
    return LastState(town.truth, town.house.refused, dict(Counter(c.state for c in town.house.cases.values())))


def in_batches(town: Town, size: int) -> Iterator[list[AcceptedOrder]]:
    """Yield the town's steps in lists of at most `size`. Source: docs/topics/simulator.md, "How it is built"."""
    waiting: list[AcceptedOrder] = []
    for step in town.steps():
        waiting.append(step)
        if len(waiting) >= size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def serve_town() -> None:
    """What the second process runs: reads what to play from standard input, writes frames to standard output.

    Source: docs/topics/simulator.md, "How it is built".
    """
    out = sys.stdout.buffer
    gc.disable()  # cases and events hold no cycles; looking for them among millions costs a tenth of the time
    try:
        stage, plan, size = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from the process that started this one
        town = Town(stage, plan)
        for batch in in_batches(town, size):
            _write(out, BATCH, _encode(batch))
        _write(out, ENDING, pickle.dumps(ending_of(town)))
    except BrokenPipeError:
        os._exit(1)  # nobody waits any more
    except Exception:  # noqa: BLE001 - everything that goes wrong here is told to the process that waits
        _write(out, FAILURE, traceback.format_exc().encode())


def _write(out: IO[bytes], kind: bytes, body: bytes) -> None:
    out.write(kind + len(body).to_bytes(8, "big") + body)
    out.flush()


def _read(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    head = pipe.read(9)
    if len(head) < 9:
        return FAILURE, b""
    size = int.from_bytes(head[1:], "big")
    body = pipe.read(size)
    return (head[:1], body) if len(body) == size else (FAILURE, b"")
