"""Methods of fire safety on one core, beside scikit-learn's BallTree and statsmodels, growing to a million rows.

    python benchmarks/fires.py [ROWS…]

CPU seconds of this process, reading of the files included for ours; the peers are given arrays.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.neighbors import BallTree
from statsmodels.stats.proportion import proportion_confint

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method
from bihuan.registers.pure.calendar_files import load_calendar

LANES, PANELS, VENUES = 3_000, 2_000, 50_000


def measured(name: str, count: int, run: Callable[[], object]) -> None:
    """Print how many CPU seconds a run of so many rows takes."""
    start = time.process_time()
    run()
    print(f"{name:44} {count:>10,}  {time.process_time() - start:7.2f} CPU s")


def ours(method: str, *texts: str, **options: str) -> Callable[[], object]:
    """A run of a method on files with these contents."""

    def run() -> object:
        with TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{n}.csv" for n in range(len(texts))]
            for path, text in zip(paths, texts, strict=True):
                path.write_text(text, encoding="utf-8")
            return run_method(method_named(method), paths, options, lambda: load_calendar("CN", "Asia/Shanghai"))

    return run


def lanes(count: int, luck: random.Random) -> None:
    """Sightings against lanes; the tree alone gives the nearest lane and counts nothing."""
    there = [(116.2 + luck.random() * 0.2, 39.9 + luck.random() * 0.2) for _ in range(LANES)]
    seen = [
        (lon + luck.uniform(-2e-4, 2e-4), lat + luck.uniform(-2e-4, 2e-4)) for lon, lat in luck.choices(there, k=count)
    ]
    rows = "".join(
        f"S{n},2026-05-{1 + n % 28:02d}T{n % 24:02d}:00:00+08:00,{lon:.6f},{lat:.6f}\n"
        for n, (lon, lat) in enumerate(seen)
    )
    of = "".join(f"L{n},{lon:.6f},{lat:.6f}\n" for n, (lon, lat) in enumerate(there))
    run = ours("lane-blocks", "sighting,seen,lon,lat\n" + rows, "lane,lon,lat\n" + of, at="2026-06-01T00:00:00+08:00")
    measured("lane-blocks", count, run)
    here, tree = np.radians([(lat, lon) for lon, lat in seen]), np.radians([(lat, lon) for lon, lat in there])
    measured("BallTree (haversine), nearest alone", count, lambda: BallTree(tree, metric="haversine").query(here, k=1))


def panels(count: int, luck: random.Random) -> None:
    """Readings of panels; statsmodels gives the interval of one panel at a time."""
    of = "".join(f"P{n},{luck.randrange(20, 900)},2025-01-01\n" for n in range(PANELS))
    days = "".join(
        f"P{n % PANELS},2026-0{1 + n % 5}-{1 + n % 28:02d},{int(luck.random() < 0.1)}\n" for n in range(count)
    )
    judged = "".join(f"A{n},P{n % PANELS},{luck.choice(('fire', 'false', 'drill'))}\n" for n in range(count // 10))
    run = ours(
        "alarm-panels",
        "panel,points,connected_on\n" + of,
        "panel,day,alarms\n" + days,
        "panel,day,faults\n" + days,
        "alarm,panel,verdict\n" + judged,
        at="2026-05-31",
    )
    measured("alarm-panels (alarms and faults)", 2 * count, run)
    measured(
        "statsmodels, intervals alone",
        PANELS,
        lambda: [proportion_confint(3, 9, method="wilson") for _ in range(PANELS)],
    )


def venues(count: int, luck: random.Random) -> None:
    """Findings at venues."""
    of = "".join(f"V{n},{luck.choice(('crowded', 'explosive', 'other'))}\n" for n in range(VENUES))
    kinds = ("key", "combined", "combined", "none", "direct")
    rows = "".join(
        f"F{n},V{luck.randrange(VENUES)},{luck.choice(kinds)},2025-{1 + n % 12:02d}-{1 + n % 28:02d},"
        f"{'2026-01-02' if n % 5 else ''}\n"
        for n in range(count)
    )
    run = ours("fire-grades", "venue,place\n" + of, "finding,venue,class,found_on,closed_on\n" + rows, at="2026-05-31")
    measured("fire-grades", count, run)


def main() -> None:
    """Measure each size once, smallest first."""
    for count in [int(each) for each in sys.argv[1:]] or [10_000, 100_000, 1_000_000]:
        for each in (lanes, panels, venues):
            each(count, random.Random(1))


if __name__ == "__main__":
    main()
