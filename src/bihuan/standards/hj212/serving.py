"""The TCP server: any number of loggers, each frame on disk before it is acknowledged.

One thread runs the connections; another writes what has come to the journal, everything that waits at once, so that a
thousand frames cost one wait for the disk. A bad frame is counted and costs only itself; noise never ends a connection,
silence does.
Source: HJ 212-2017 §5; docs/adr/0344-frames-before-answers.md.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bihuan.standards.hj212.answers import answer_to
from bihuan.standards.hj212.messages import NoMessageError, message_of
from bihuan.standards.hj212.wire import FrameScanner, WireFrame
from bihuan.standards.parts.journal import FrameJournal

PIECE, WAITING, QUIET = 65_536, 2_000, 900.0
"""Bytes read at once; pieces that may wait for the disk; seconds of silence that end a connection."""


@dataclass
class LoggerServer:
    """Listens for loggers.

    Args:
        host, port: Where; port 0 takes a free one. folder: Of the journal. now: Microseconds since 1970.
    """

    host: str
    port: int
    folder: Path
    now: Callable[[], int] = lambda: time.time_ns() // 1_000
    counts: Counter[str] = field(default_factory=Counter)
    _queue: asyncio.Queue[tuple[list[WireFrame] | None, asyncio.StreamWriter]] = field(init=False)
    _stopped: asyncio.Event = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _thread: threading.Thread | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _failed: BaseException | None = None

    def start(self) -> None:
        """Listen in a thread of its own; returns when the port is open.

        Raises:
            OSError: the port cannot be opened.

        Source: docs/adr/0344-frames-before-answers.md.
        """
        self._thread = threading.Thread(target=self._run, name="hj212", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed

    def stop(self) -> None:
        """Take no more; what has come is written and answered. Source: docs/adr/0344-frames-before-answers.md."""
        if self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether it listens. Source: docs/adr/0344-frames-before-answers.md."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - told to whoever waits in `start`
            self._failed = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self._queue = asyncio.Queue(WAITING)
        server = await asyncio.start_server(self._talk, self.host, self.port, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        keeping = asyncio.create_task(self._keep())
        self._ready.set()
        await self._stopped.wait()
        server.close()
        await self._queue.join()
        keeping.cancel()
        server.close_clients()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        scanner = FrameScanner()
        self.counts["connections"] += 1
        try:
            while piece := await asyncio.wait_for(reader.read(PIECE), QUIET):
                good: list[WireFrame] = []
                for frame in scanner.feed(piece):
                    self.counts[frame.fault or "frames_ok"] += 1
                    if not frame.fault:
                        good.append(frame)
                if good:
                    await self._queue.put((good, writer))
        except (TimeoutError, ConnectionError):
            self.counts["broken"] += 1
        finally:
            await self._queue.put((None, writer))  # closed behind the answers that are still due

    async def _keep(self) -> None:
        """Write what waits, all at once, then answer it."""
        journal = FrameJournal(self.folder)
        try:
            while True:
                batch = [await self._queue.get()]
                while not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                raws = [frame.raw for frames, _ in batch for frame in frames or ()]
                try:
                    if raws:
                        await asyncio.to_thread(journal.append, raws, self.now())
                    self._answer(batch)
                    self.counts["kept"] += len(raws)
                except OSError:
                    self.counts["unkept"] += len(raws)  # nothing was answered: the loggers send it again
                finally:
                    for _ in batch:
                        self._queue.task_done()
        finally:
            journal.close()

    def _answer(self, batch: list[tuple[list[WireFrame] | None, asyncio.StreamWriter]]) -> None:
        for frames, writer in batch:
            if frames is None:
                writer.close()
                continue
            told: list[bytes] = []
            for frame in frames:
                try:
                    answer = answer_to(message_of(frame.segment))
                except NoMessageError:
                    self.counts["says_nothing"] += 1
                    continue
                if answer is not None:
                    told.append(answer)
            if told and not writer.is_closing():
                writer.write(b"".join(told))
