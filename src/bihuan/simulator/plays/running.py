"""Playing a programme's sample, and the answer that is printed: the same for a seed on every day.

Source: docs/topics/play.md; DESIGN §14 (`bihuan programme play`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.registers.live import current_registers
from bihuan.simulator.plays.clock import played_time
from bihuan.simulator.plays.conservation import check_conservation
from bihuan.simulator.plays.play import Play, drawn_start
from bihuan.simulator.plays.samples import FILE, NothingToPlay, require_sample
from bihuan.simulator.plays.worlds import known_worlds

ENTRANCE = "play_sample"
LENGTH, UNTOLD = "LASTS", 200
"""Where a sample says how many days it plays at most, and what holds for one that does not."""
COMMON = ("programme", "seed", "planted", "found", "false", "missed", "open", "conserved", "refused", "seconds")


@dataclass(frozen=True)
class PlaySample:
    """What a programme's `sample.py` declares: its function, and the most days that it plays."""

    play: Callable[[Play], None]
    lasts: int


def play_programme(name: str, seed: int, *, explain: bool = False) -> dict[str, Any]:
    """Play a programme's sample in the database at hand; JSON values.

    Args:
        name: Id of the programme, or of a world. seed: Any whole number.
        explain: With every item, and the faults of conservation.

    Raises:
        NothingToPlay: no such programme, or it has no sample.
        SampleFault: the sample does what it may not.

    Source: docs/topics/play.md, "The answer".
    """
    began = time.perf_counter()
    together, sample = find_play(name)
    registers = current_registers()
    with played_time(drawn_start(seed, registers.calendar.zone)) as clock:
        play = Play(together[0], seed, registers, clock, beside=tuple(each.id for each in together[1:]))
        sample.play(play)
        checked = check_conservation(play.script.received)
    told: dict[str, Any] = {
        "ok": True, "programme": name, "seed": seed, **play.ground.counts(), "open": checked.open,
        "conserved": not checked.faults, "refused": len(play.script.refused),
        "cases": checked.open + checked.ended.total(), "ended": dict(sorted(checked.ended.items())), **play.proofs,
    }  # fmt: skip
    if explain:
        told |= {"items": play.ground.explain(), "faults": checked.faults}
    return told | {"seconds": round(time.perf_counter() - began, 2)}


def find_play(name: str) -> tuple[tuple[Programme, ...], PlaySample]:
    """Return what is played under a name: a programme with its sample, or the programmes of a world with the world's.

    Raises:
        NothingToPlay: neither a programme nor a world is called so, or one of its programmes cannot be used.
        DeclarationError: the world's file is wrong.

    Source: docs/topics/play.md, "Worlds".
    """
    world = known_worlds().get(name)
    if world is None or name in all_programmes():
        programme, sample = find_sample(name)
        return (programme,), sample
    declared, folder = world
    known = all_programmes()
    if missing := [each for each in declared.programmes if each not in known]:
        told = ", ".join(missing)
        raise NothingToPlay(f"世界 {name} 缺少 {told} · world {name} lacks {told}", "`bihuan programme check`")
    return tuple(known[each] for each in declared.programmes), _declared(folder / FILE)


def find_sample(name: str) -> tuple[Programme, PlaySample]:
    """Return a programme and its sample.

    Raises:
        NothingToPlay: no such programme, it has no sample, or the sample lacks its function.

    Source: docs/topics/play.md, "Writing a sample".
    """
    require_sample(name)
    programme = all_programmes().get(name)
    if programme is None:  # it was set aside
        raise NothingToPlay(f"事项 {name} 不能使用 · programme {name} cannot be used", "`bihuan programme check`")
    return programme, _declared(folder_of(name) / FILE)


def _declared(file: Path) -> PlaySample:
    """What a sample declares; each play reads the file anew."""
    spec = spec_from_file_location(f"bihuan_sample_{file.parent.name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    if not hasattr(module, ENTRANCE):
        raise NothingToPlay(f"{file} 未定义 {ENTRANCE} · {file} has no {ENTRANCE}", "write one: docs/topics/play.md")
    return PlaySample(getattr(module, ENTRANCE), int(getattr(module, LENGTH, UNTOLD)))
