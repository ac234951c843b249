"""CPU seconds of alarms, signals, precision, carbon of streets, measures, broadcasts, each beside a named peer.

Run: python benchmarks/sensing.py [ROWS…]

Both read the same files and the answers are compared where they are one number. Peers: pandas (a loop over groups),
networkx with scipy's tree, statsmodels, DuckDB, NumPy, a queue of heapq minute by minute.
"""

import csv
import heapq
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import networkx as nx
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from statsmodels.stats.proportion import proportion_confint

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method

FIRST = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
LUCK = random.Random(7)
type Rows = Sequence[Sequence[object]]


def measured(name: str, rows: int, work: Callable[[], str]) -> None:
    """Print the CPU seconds of one piece of work."""
    begun = time.process_time()
    said = work()
    print(f"{name:<34} {rows:>9,} rows  {time.process_time() - begun:7.2f} CPU s  {said}", flush=True)


def write(folder: Path, name: str, head: str, rows: Rows) -> Path:
    """Write rows as a file."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head.split(","), *rows])
    return path


def told(name: str, paths: list[Path], **options: str) -> Any:
    """Run a method as the command does."""
    return run_method(method_named(name), paths, options)


def alarms(size: int, folder: Path) -> None:
    """Readings of a thousand series under one rule; the peer folds each series of pandas in a loop."""
    rows = [
        (f"s{n % 1000}", (FIRST + timedelta(minutes=n // 1000)).isoformat(), f"{LUCK.gauss(50, 30):.1f}", "N",
         (FIRST + timedelta(minutes=n // 1000, seconds=LUCK.randrange(900))).isoformat())
        for n in range(size)
    ]  # fmt: skip
    readings = write(folder, "readings", "series,time,value,flag,arrived", rows)
    head = "rule,series,high,clear,on_count,off_count,max_gap_minutes"
    rules = write(folder, "rules", head, [("r", "*", 90, 70, 2, 2, 30)])

    def peer() -> str:
        frame = pd.read_csv(readings).sort_values(["series", "time", "arrived"]).drop_duplicates(
            ["series", "time"], keep="last"
        )  # fmt: skip
        found = 0
        for _, group in frame.groupby("series"):
            up = down = 0
            is_open = False
            for value in group["value"].to_numpy():
                up = up + 1 if value > 90 else 0
                down = down + 1 if value < 70 else 0
                if not is_open and up >= 2:
                    is_open, found = True, found + 1
                elif is_open and down >= 2:
                    is_open = False
        return f"{found} incidents"

    def mine() -> str:
        return f"{len(told('alarms', [readings, rules]).columns['opened'])} incidents"

    measured("alarms", size, mine)
    measured("  pandas, a loop over groups", size, peer)


def signals(size: int, folder: Path) -> None:
    """Signals of events that lie apart, two or three each; the peer joins pairs of a tree in a graph."""
    rows: list[tuple[object, ...]] = []
    for n in range(size):
        at = FIRST + timedelta(seconds=40 * (n // 3) + LUCK.randrange(20))
        lon, lat = 116 + (n // 3) % 997 / 900, 39.9 + (n // 3) % 991 / 900
        received = (at + timedelta(milliseconds=n % 700)).isoformat()
        where = f"{lon:.6f}", f"{lat:.6f}"
        rows.append((f"g{n}", f"d{n // 3 % 400}", "m", "k", at.isoformat(), received, *where, "0.9"))
    paths = [
        write(folder, "signals", "signal,device,model,kind,at,received,lon,lat,score", rows),
        write(folder, "models", "model,least,released,suspended,retired", [("m", "0.5", "2020-01-01", "", "")]),
    ]

    def peer() -> str:
        frame = pd.read_csv(paths[0])
        seconds = pd.to_datetime(frame["at"]).astype("int64") / 1e9
        east = frame["lon"] * 111_320 * np.cos(np.radians(frame["lat"].mean())) / 60
        points = np.column_stack([(seconds - seconds.min()) / 1800, east, frame["lat"] * 111_320 / 60])
        graph = nx.Graph()
        graph.add_nodes_from(range(len(points)))
        graph.add_edges_from(cKDTree(points).query_pairs(1.0))
        return f"{nx.number_connected_components(graph)} events"

    measured("signal-events", size, lambda: f"{told('signal-events', paths).facts['events']} events")
    measured("  networkx over scipy's tree", size, peer)


def precision(size: int, folder: Path) -> None:
    """Answers to two hundred models; the peer counts with pandas and takes statsmodels' interval."""
    rows = [
        (f"c{n}", f"m{n % 200}", LUCK.choice(["true", "true", "false", "duplicate"]), "a", "a",
         (FIRST + timedelta(days=LUCK.randrange(80))).date().isoformat())
        for n in range(size)
    ]  # fmt: skip
    labels = write(folder, "labels", "case,model,label,said,category,decided", rows)
    cards = write(folder, "cards", "model,declared,least_judged", [(f"m{n}", "0.7", 8) for n in range(200)])

    def peer() -> str:
        frame = pd.read_csv(labels, dtype=str)
        judged = frame[frame["label"] != "duplicate"]
        below = 0
        for _, group in judged.groupby("model"):
            high = proportion_confint((group["label"] == "true").sum(), len(group), method="wilson")[1]
            below += high < 0.7
        return f"{below} below"

    def mine() -> str:
        columns = told("model-precision", [labels, cards], at="2026-04-01", weeks="52").columns
        whole = zip(columns["span"], columns["verdict"], strict=True)
        return f"{sum(span == 'whole' and verdict == 'below' for span, verdict in whole)} below"

    measured("model-precision", size, mine)
    measured("  pandas and statsmodels", size, peer)


def streets(size: int, folder: Path) -> None:
    """Statements of five thousand units in forty streets; peers leave units out with NumPy, and ask DuckDB."""
    units = max(200, min(5000, size // 20))
    rows = [(f"u{n % units}", 2021 + n // units % 4, "grid", f"{LUCK.randrange(10**7) / 1000:.3f}", "MWh")
            for n in range(size)]  # fmt: skip
    activity = write(folder, "activity", "unit,year,source,quantity,uom", rows)
    factors = write(folder, "factors", "source,scope,year,tco2,per", [("grid", 2, 2021, "0.5568", "MWh")])
    floors = write(folder, "units", "unit,street,floor_m2", [(f"u{n}", f"st{n % 40}", 500 + n) for n in range(units)])
    measures = write(
        folder, "measures", "source,percent,since,unit", [("grid", 10, 2022, ""), ("grid", 25, 2023, "u1")]
    )

    def jackknife() -> str:
        frame = pd.read_csv(activity).merge(pd.read_csv(floors), on="unit")
        frame["kg"] = frame["quantity"] * 556.8
        shown = 0
        for _, group in frame.groupby(["street", "year"]):
            each = group.groupby("unit").agg(kg=("kg", "sum"), m2=("floor_m2", "first")).to_numpy()
            left = (each[:, 0].sum() - each[:, 0]) / (each[:, 1].sum() - each[:, 1])
            shown += bool(np.isfinite(left.std()))
        return f"{shown} told"

    def by_sql() -> str:
        saved = duckdb.sql(f"""
            SELECT sum(a.quantity * 0.5568 * (1 - (1 - CASE WHEN a.year >= 2022 THEN 0.10 ELSE 0 END)
                * (1 - CASE WHEN a.year >= 2023 AND a.unit = 'u1' THEN 0.25 ELSE 0 END)))
            FROM read_csv('{activity}') a""").fetchall()[0]
        return f"{saved[0]:.3f} t saved"

    def what_if() -> str:
        return f"{float(told('carbon-what-if', [activity, factors, measures]).facts['saved_t']):.3f} t saved"

    def intensity() -> str:
        return f"{len(told('carbon-intensity', [activity, factors, floors]).columns['street'])} told"

    measured("carbon-intensity", size, intensity)
    measured("  NumPy, each unit left out", size, jackknife)
    measured("carbon-what-if", size, what_if)
    measured("  DuckDB", size, by_sql)


def broadcasts(size: int, folder: Path) -> None:
    """Plans of terminals and receipts of cells; peers: a queue minute by minute, and DuckDB."""
    terminals = max(10, size // 20)
    messages = [
        (f"m{n}", LUCK.choice(["3", "4", "5"]), LUCK.randrange(1, 5), "110108", LUCK.randrange(600),
         LUCK.randrange(5, 60), LUCK.randrange(700, 1400), "") for n in range(20)
    ]  # fmt: skip
    standing = [(f"t{n}", f"1101080{n % 9}", 10) for n in range(terminals)]
    plan = [
        write(folder, "messages", "message,class,level,area,sent,minutes,expires,cancelled", messages),
        write(folder, "terminals", "terminal,area,population", standing),
    ]

    def queue() -> str:
        slots = 0
        for _ in range(terminals):
            waiting: list[tuple[str, object, object, object]] = []
            left, current = {each[0]: each[5] for each in messages}, ""
            for minute in range(1400):
                for each in messages:
                    if each[4] == minute and each[1] in "45":
                        heapq.heappush(waiting, (each[1], each[2], each[4], each[0]))
                while waiting and left[waiting[0][3]] == 0:
                    heapq.heappop(waiting)
                airs = str(waiting[0][3]) if waiting else ""
                slots += airs not in (current, "")
                if airs:
                    left[airs] -= 1
                current = airs
        return f"{slots} slots"

    hears = [(f"t{LUCK.randrange(terminals)}", f"c{n // 3}") for n in range(size)]
    receipts = [(f"t{n % terminals}", "m1", "done" if n % 3 else "playing", "") for n in range(size)]
    cover = [
        write(folder, "receipts", "terminal,message,state,at", receipts),
        write(folder, "hears", "terminal,cell", hears),
        write(folder, "cells", "cell,population", [(f"c{n}", 100 + n % 90) for n in range(size // 3 + 1)]),
    ]

    def by_sql() -> str:
        reached = duckdb.sql(f"""
            SELECT sum(population) FROM read_csv('{cover[2]}') WHERE cell IN (SELECT cell FROM read_csv('{cover[1]}')
            WHERE terminal IN (SELECT terminal FROM read_csv('{cover[0]}') WHERE message = 'm1' AND state = 'done'))
            """).fetchall()[0]
        return f"{reached[0]} reached"

    def mine() -> str:
        return f"{told('broadcast-coverage', cover, message='m1').facts['reached']} reached"

    measured("broadcast-plan", terminals, lambda: f"{told('broadcast-plan', plan).facts['slots']} slots")
    if terminals <= 500:
        measured("  heapq, minute by minute", terminals, queue)
    measured("broadcast-coverage", size, mine)
    measured("  DuckDB", size, by_sql)


def main() -> None:
    """Print two lines for each method and size."""
    for size in [int(each) for each in sys.argv[1:]] or [10_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            for each in (alarms, signals, precision, streets, broadcasts):
                each(size, Path(folder))


if __name__ == "__main__":
    main()
