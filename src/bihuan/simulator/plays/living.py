"""A programme's sample played into the database at hand, up to about now: a demonstration then shows living cases.

The same sample, doors and people as in a play of its own; only its days are other ones, and nothing is held against
the truth of the whole database, which other plays share. Source: docs/topics/play.md, "In a demonstration"; ADR 0336.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.loop.pausing import playing
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.registers.live import current_registers
from bihuan.simulator.plays.clock import played_time
from bihuan.simulator.plays.play import Play
from bihuan.simulator.plays.running import find_sample
from bihuan.simulator.plays.samples import FILE


def playable_programmes() -> list[str]:
    """Return the ids of the programmes that bring a sample: those that reach farthest back first.

    What a register says of a shared subject then begins before any other sample asks for it.

    Source: docs/topics/play.md, "In a demonstration".
    """
    found = [name for name in all_programmes() if (folder_of(name) / FILE).exists()]
    return sorted(found, key=lambda name: (-find_sample(name)[1].lasts, name))


def play_into_home(name: str, seed: int, until: datetime) -> dict[str, Any]:
    """Play a programme's sample into the database at hand so that it ends at most a week before an instant.

    Args:
        name: Id of the programme. seed: Any whole number. until: The play does not go beyond it, UTC.

    Raises:
        NothingToPlay: no such programme, or it has no sample.
        SampleFault: the sample does what it may not, or lasts longer than it says.

    Source: docs/topics/play.md, "In a demonstration"; docs/adr/0336-samples-in-the-demonstration.md.
    """
    programme, sample = find_sample(name)
    registers = current_registers()
    begins = start_before(until, sample.lasts, registers.calendar.zone)
    with playing(), played_time(begins, until) as clock:
        play = Play(programme, seed, registers, clock, keys=f"{name}:")
        sample.play(play)
        play.letters()
    return {"ok": True, "programme": name, "seed": seed, "begins": begins.isoformat(), "ends": clock.now.isoformat(),
            "cases": play.script.received}  # fmt: skip


def start_before(until: datetime, lasts: int, zone: ZoneInfo) -> datetime:
    """Return midnight of the last Monday from which a sample of so many days ends in time.

    Source: docs/topics/play.md, "Time" (a play begins on a Monday).
    """
    first = until.astimezone(zone).date() - timedelta(days=lasts)
    return datetime.combine(first - timedelta(days=first.weekday()), time(), zone).astimezone(UTC)
