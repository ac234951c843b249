"""CPU seconds of the methods of water, soil and sources by size, with reading, beside a peer where there is one.

Run: python benchmarks/waters.py [ROWS…]      (default 10,000 and 100,000)
"""

import csv
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method

LUCK = random.Random(7)
FIRST = datetime.fromisoformat("2024-01-01T00:00:00+08:00")
LIMITS = {"cod": (15, 15, 20, 30, 40), "nh3n": (0.15, 0.5, 1.0, 1.5, 2.0), "tp": (0.02, 0.1, 0.2, 0.3, 0.4)}


def measured(name: str, rows: int, work: Callable[[], str]) -> None:
    """Print the CPU seconds of one piece of work."""
    begun = time.process_time()
    said = work()
    spent = time.process_time() - begun
    print(f"{name:<34} {rows:>9,} rows  {spent:7.2f} CPU s  {rows / spent:>11,.0f} rows/s  {said}", flush=True)


def write(path: Path, head: str, rows: list[tuple[object, ...]]) -> Path:
    """Write rows as a file."""
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head.split(","), *rows])
    return path


def ours(name: str, paths: list[Path], **options: str) -> str:
    """Run a method as the command does and say how much it told."""
    outcome = run_method(method_named(name), paths, options)
    return f"{len(next(iter(outcome.columns.values()), []))} told, {len(outcome.rejects)} rejected"


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a file, for a peer."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def classes(size: int, folder: Path) -> None:
    """Samples of three items; the peer is a loop over floats."""
    rows: list[tuple[object, ...]] = [
        (n, date(2024, 1, 1) + timedelta(days=n % 300), "river", f"{LUCK.random() * 50:.1f}",
         f"{LUCK.random() * 3:.2f}", f"{LUCK.random() / 2:.3f}")
        for n in range(size)
    ]  # fmt: skip
    path = write(folder / "samples.csv", "id,date,kind,cod,nh3n,tp", rows)

    def loop() -> str:
        worst = 0
        for row in read(path):
            worst += max(1 + sum(float(row[item]) > limit for limit in LIMITS[item]) for item in LIMITS)
        return f"{worst} classes in all"

    measured("water-class", size, lambda: ours("water-class", [path]))
    measured("  loop over floats", size, loop)


def trends(size: int, folder: Path) -> None:
    """Series of sixty months; the peer is pymannkendall, series by series."""
    import pymannkendall

    rows: list[tuple[object, ...]] = [
        (f"s{n // 60}", f"{2019 + n % 60 // 12}-{n % 12 + 1:02}", f"{LUCK.random() * 9:.2f}") for n in range(size)
    ]
    path = write(folder / "series.csv", "series,time,value", rows)

    def peer() -> str:
        series = defaultdict(list)
        for row in read(path):
            series[row["series"]].append(float(row["value"]))
        return f"{sum(pymannkendall.original_test(each).s for each in series.values()):.0f} S in all"

    measured("trend", size, lambda: ours("trend", [path]))
    if size <= 100_000:
        measured("  pymannkendall", size, peer)


def permits(size: int, folder: Path) -> None:
    """Four values an hour of two hundred outlets; the peer is a loop over hours in floats."""
    rows: list[tuple[object, ...]] = [
        (
            f"o{n % 200}",
            "cod",
            (FIRST + timedelta(minutes=15 * (n // 200))).isoformat(),
            f"{LUCK.random() * 55:.1f}",
            "N",
        )
        for n in range(size)
    ]
    readings = write(folder / "readings.csv", "outlet,factor,time,value,flag", rows)
    limits: list[tuple[object, ...]] = [
        (f"p{n}", f"o{n}", "cod", "hour", 50, 1, FIRST.isoformat(), "") for n in range(200)
    ]
    known = write(folder / "permits.csv", "permit,outlet,factor,basis,limit,decimals,from,to", limits)

    def loop() -> str:
        hours: dict[tuple[str, str], list[float]] = defaultdict(list)
        for row in read(readings):
            hours[row["outlet"], row["time"][:13]].append(float(row["value"]))
        return f"{sum(round(sum(each) / len(each), 1) > 50 for each in hours.values())} hours"

    measured("permit-exceed", size, lambda: ours("permit-exceed", [readings, known]))
    measured("  loop over hours", size, loop)
    values: list[tuple[object, ...]] = [(row[0], row[2], row[3], LUCK.randrange(90, 110)) for row in rows]
    path = write(folder / "values.csv", "series,time,value,power", values)
    measured("tamper", size, lambda: ours("tamper", [path], limit="50", detection_limit="1", witness="power"))


def drains(size: int, folder: Path) -> None:
    """Hourly flows of monitors over sixty days, and days of load in networks of sixty nodes."""
    monitors = max(1, size // (60 * 24))
    flows: list[tuple[object, ...]] = [
        (f"m{m}", (FIRST + timedelta(hours=hour)).isoformat(), f"{20 + LUCK.random() * 5:.2f}")
        for m in range(monitors) for hour in range(60 * 24)
    ]  # fmt: skip
    people = write(folder / "monitors.csv", "monitor,population", [(f"m{m}", 3_000) for m in range(monitors)])
    rain = write(folder / "rain.csv", "day,rain_mm", [
        ((FIRST + timedelta(days=n)).date(), 12 if n % 9 == 0 else 0) for n in range(60)
    ])  # fmt: skip
    paths = [people, write(folder / "flows.csv", "monitor,time,flow_m3_h", flows), rain]
    measured("infiltration", len(flows), lambda: ours("infiltration", paths))
    networks = max(1, size // 360)
    nodes: list[tuple[object, ...]] = [
        (f"w{w}", n, LUCK.randrange(max(0, n - 4), n) if n else "", LUCK.randrange(80, 400))
        for w in range(networks) for n in range(60)
    ]  # fmt: skip
    loads: list[tuple[object, ...]] = [
        (f"w{w}", n, (FIRST + timedelta(days=d)).date(), 500, f"{30 + LUCK.random():.2f}")
        for w in range(networks) for n in range(0, 60, 5) for d in range(30)
    ]  # fmt: skip
    network = write(folder / "network.csv", "network,node,down,population", nodes)
    path = write(folder / "loads.csv", "network,node,day,flow_m3,nh3n_mg_l", loads)
    measured("drain-trace", len(loads), lambda: ours("drain-trace", [network, path]))


def points(size: int, folder: Path) -> None:
    """Samples of black waters at ten points, and of soils in eight items."""
    rows: list[tuple[object, ...]] = [
        (f"b{n // 60}", n // 6 % 10, n % 6, LUCK.randrange(5, 60), f"{LUCK.random() * 5:.1f}",
         LUCK.randrange(-300, 200), f"{LUCK.random() * 20:.1f}")
        for n in range(size)
    ]  # fmt: skip
    path = write(folder / "black.csv", "water,point,sample,transparency,do,orp,nh3n", rows)
    measured("black-water", size, lambda: ours("black-water", [path]))
    items = ("cd", "hg", "as", "pb", "cr", "cu", "ni", "zn")
    soils: list[tuple[object, ...]] = [
        (
            f"s{n // 8}",
            f"p{n // 40}",
            "2024-05-01",
            "farmland",
            "other",
            "",
            "6.8",
            items[n % 8],
            f"{LUCK.random():.3f}",
        )
        for n in range(size)
    ]
    path = write(folder / "soil.csv", "sample,parcel,taken_on,use,land,class,ph,item,value", soils)
    measured("soil-screen", size, lambda: ours("soil-screen", [path]))


def patrols(size: int, folder: Path) -> None:
    """Walks of two hundred fixes along reaches of two kilometres; the peer is shapely in a metric projection."""
    import shapely

    walks = max(1, size // 200)
    lines = {f"r{r}": (116.0 + r / 500, 39.9) for r in range(100)}
    features = [
        {"type": "Feature", "properties": {"reach": name},
         "geometry": {"type": "LineString", "coordinates": [[x, y], [x, y + 0.018]]}}
        for name, (x, y) in lines.items()
    ]  # fmt: skip
    reaches = folder / "reaches.geojson"
    reaches.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    rows: list[tuple[object, ...]] = []
    for walk in range(walks):
        name = f"r{walk % 100}"
        x, y = lines[name]
        for fix in range(200):
            at = FIRST + timedelta(hours=walk, seconds=9 * fix)
            rows.append((f"t{walk}", name, at.isoformat(), f"{x + LUCK.gauss(0, 1e-4):.6f}", f"{y + fix * 9e-5:.6f}"))
    tracks = write(folder / "tracks.csv", "track,reach,time,lon,lat", rows)

    def peer() -> str:
        metres = {name: shapely.LineString([(x * 85_000, y * 111_000), (x * 85_000, (y + 0.018) * 111_000)])
                  for name, (x, y) in lines.items()}  # fmt: skip
        walked = defaultdict(list)
        for row in read(tracks):
            walked[row["track"], row["reach"]].append((float(row["lon"]) * 85_000, float(row["lat"]) * 111_000))
        shares = [
            metres[reach].intersection(shapely.LineString(fixes).buffer(50)).length / metres[reach].length
            for (_, reach), fixes in walked.items()
        ]
        return f"{sum(share >= 0.8 for share in shares)} covered"

    measured("patrol-coverage", len(rows), lambda: ours("patrol-coverage", [tracks, reaches]))
    measured("  shapely", len(rows), peer)


def main() -> None:
    """Print the lines of each size."""
    for size in [int(each) for each in sys.argv[1:]] or [10_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            for each in (classes, trends, permits, drains, points, patrols):
                each(size, Path(folder))


if __name__ == "__main__":
    main()
