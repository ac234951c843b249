"""The town in a process of its own: it plays the next batch while the store still writes the last one.

Two processes, because the kernel's Python and the store's Python would otherwise wait for each other. The pipe holds
the town back: it is never more than one batch ahead.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType

import msgspec

from bihuan.simulator.house import Refused
from bihuan.simulator.stage import Stage
from bihuan.simulator.town import Plan, Step, Town
from bihuan.simulator.truth import Truth

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Step]).decode


class TownFailed(RuntimeError):
    """The playing process ended with an error; the message holds its traceback."""


@dataclass(frozen=True)
class Ending:
    """What is known when the last step has been played."""

    truth: Truth
    refused: list[Refused]
    states: dict[str, int]


class Ahead:
    """Use as a context manager: iterate `batches()` to the end, then read `ending`."""

    def __init__(self, stage: Stage, plan: Plan, size: int) -> None:
        self.ending: Ending | None = None
        context = get_context("spawn")
        self._pipe, far = context.Pipe(duplex=False)
        self._process = context.Process(target=_play, args=(far, stage, plan, size), daemon=True)
        self._far = far

    def __enter__(self) -> Ahead:
        self._process.start()
        self._far.close()
        return self

    def batches(self) -> Iterator[list[Step]]:
        """Steps in the order of time, at most `size` at once.

        Raises:
            TownFailed: the playing process failed.
        """
        while True:
            try:
                message = self._pipe.recv()
            except EOFError:
                raise TownFailed(
                    "the playing process ended without a word; was it killed for want of memory?"
                ) from None
            if isinstance(message, bytes):
                yield _decode(message)
            elif isinstance(message, Ending):
                self.ending = message
                return
            else:
                raise TownFailed(message)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self._process.terminate()
        self._pipe.close()
        self._process.join()


def ending_of(town: Town) -> Ending:
    """What is known of a town that has been played to its end."""
    return Ending(town.truth, town.house.refused, dict(Counter(c.state for c in town.house.cases.values())))


def in_batches(town: Town, size: int) -> Iterator[list[Step]]:
    """The town's steps in lists of at most `size`."""
    waiting: list[Step] = []
    for step in town.steps():
        waiting.append(step)
        if len(waiting) >= size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _play(pipe: Connection, stage: Stage, plan: Plan, size: int) -> None:
    try:
        town = Town(stage, plan)
        for batch in in_batches(town, size):
            pipe.send(_encode(batch))
        pipe.send(ending_of(town))
    except Exception:  # noqa: BLE001 - everything that goes wrong here is told to the process that waits
        pipe.send(traceback.format_exc())
