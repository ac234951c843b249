"""CPU seconds of zone gates, carbon and twin states, with reading, beside a named peer in the same run.

Run: python benchmarks/environment.py [ROWS…]
"""

import csv
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import shapely

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method

LUCK = random.Random(11)
SOURCES = {"grid": ("0.5568", "MWh"), "gas": ("21.622", "10^4 m3"), "oil": ("3.17", "t")}
MEASURES = {"grid": ("kWh", "MWh"), "gas": ("m3", "10^4 m3"), "oil": ("kg", "t")}


def measured(name: str, rows: int, work: Callable[[], str]) -> None:
    """Print the CPU seconds of one piece of work."""
    begun = time.process_time()
    said = work()
    print(f"{name:<34} {rows:>9,} rows  {time.process_time() - begun:7.2f} CPU s  {said}")


def write(path: Path, head: str, rows: list[tuple[object, ...]]) -> Path:
    """Write rows as a file."""
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head.split(","), *rows])
    return path


def ours(name: str, paths: list[Path], **options: str) -> str:
    """Run a method as the command does and say how much it told."""
    return f"{run_method(method_named(name), paths, options).rows} told"


def borders(count: int, size: float, folder: Path, name: str, said: Callable[[int], dict[str, object]]) -> Path:
    """Write octagons at random places as GeoJSON."""
    shapes = [
        shapely.Point(116 + LUCK.random() / 2, 39.9 + LUCK.random() / 2).buffer(size, quad_segs=2) for _ in range(count)
    ]
    features = [
        {"type": "Feature", "properties": said(n), "geometry": shapely.geometry.mapping(shape)}
        for n, shape in enumerate(shapes)
    ]
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def every_pair(permits: Path, zones: Path) -> str:
    """The peer: shapely, each permit with each zone."""
    read = [
        [shapely.geometry.shape(f["geometry"]) for f in json.loads(p.read_bytes())["features"]]
        for p in (permits, zones)
    ]
    return f"{sum(any(one.intersects(zone) for zone in read[1]) for one in read[0])} touch"


def by_pint(path: Path) -> str:
    """The peer: pint with fractions, a quantity for each row."""
    import pint

    library = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
    names = {"10^4 m3": "10000 * m^3", "m3": "m^3"}
    total = Fraction()
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            factor, per = SOURCES[row["source"]]
            amount = Fraction(row["quantity"]) * library(names.get(row["uom"], row["uom"]))
            total += (amount / library(names.get(per, per))).to_base_units().magnitude * Fraction(factor)
    return f"{float(total):.3f} t"


def in_order(path: Path, at: str) -> str:
    """The peer: a loop over the events in order."""
    with path.open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["valid_from"], row["recorded_at"], row["event"]))
    state: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["valid_from"] <= at and row["recorded_at"] <= at:
            if row["attribute"] == "-":
                state.pop(row["object"], None)
            else:
                state.setdefault(row["object"], {})[row["attribute"]] = row["value"]
    return f"{sum(map(len, state.values()))} told"


def gates(size: int, folder: Path) -> None:
    """Permits against two hundred zones."""
    zones = borders(200, 0.004, folder, "zones.geojson", lambda n: {"zone": f"z{n}", "level": "I" if n % 3 else "II"})
    permits = borders(size, 0.0005, folder, "permits.geojson", lambda n: {"permit": f"p{n}", "discharges": bool(n % 2)})
    measured("zone-gate", size, lambda: ours("zone-gate", [permits, zones]))
    measured("  shapely, every pair", size, lambda: every_pair(permits, zones))


def emissions(size: int, folder: Path) -> None:
    """Activity of five thousand units."""
    rows: list[tuple[object, ...]] = []
    for n in range(size):
        source = LUCK.choice(list(SOURCES))
        quantity = f"{LUCK.randrange(10**8) / 1000:.3f}"
        rows.append((f"u{n % 5000}", 2021 + n % 5, source, quantity, LUCK.choice(MEASURES[source])))
    activity = write(folder / "activity.csv", "unit,year,source,quantity,uom", rows)
    scopes = {"grid": 2, "gas": 1, "oil": 1}
    factors = [(source, scopes[source], 2021, tonnes, per) for source, (tonnes, per) in SOURCES.items()]
    table = write(folder / "factors.csv", "source,scope,year,tco2,per", list(factors))
    measured("carbon", size, lambda: ours("carbon", [activity, table]))
    part = write(folder / "part.csv", "unit,year,source,quantity,uom", rows[:10_000])
    measured("  pint, row by row", min(size, 10_000), lambda: by_pint(part))


def twins(size: int, folder: Path) -> None:
    """Events of a tenth as many objects."""
    first = datetime.fromisoformat("2025-01-01T00:00:00+08:00")
    rows: list[tuple[object, ...]] = []
    for n in range(size):
        held = first + timedelta(minutes=LUCK.randrange(400_000))
        attribute = (
            LUCK.choice(["height", "lift", "use", "-"]) if n % 9 == 0 else LUCK.choice(["height", "lift", "use"])
        )
        told = held + timedelta(minutes=LUCK.randrange(9_000))
        rows.append(
            (
                f"e{n}",
                f"o{n % (size // 10)}",
                attribute,
                "" if attribute == "-" else n % 97,
                held.isoformat(),
                told.isoformat(),
            )
        )
    events = write(folder / "events.csv", "event,object,attribute,value,valid_from,recorded_at", rows)
    at = (first + timedelta(days=200)).isoformat()
    measured("twin-state", size, lambda: ours("twin-state", [events], at=at, known=at))
    measured("  loop in order", size, lambda: in_order(events, at))


def main() -> None:
    """Print two lines for each method and size."""
    for size in [int(each) for each in sys.argv[1:]] or [10_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            for each in (gates, emissions, twins):
                each(size, Path(folder))


if __name__ == "__main__":
    main()
