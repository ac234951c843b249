"""Places of titles: how many are found, and how fast, beside a suffix pattern and cpca.

Labels: the hand labels of the development data, and `places_labels.csv` (offsets into titles of the same file, made for
this project by one reader; no text). Cross-validated: no title is judged by weights that were fitted to it.
`python -m benchmarks.insight.places SHARED weights.json` fits on all labels and writes the shipped table.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks.insight.row import Row

FOLDS = 5
HELD_BACK = 5  # every fifth given title, by hash, is judged only by weights that never saw it, and was not studied
TEXTS, QUICK = 100_000, 20_000
PATTERN = re.compile(
    r"(?:.*[A-Z]\d*[市区县])?(?:反映|投诉|举报|咨询|请求|希望|建议|关于)?([\u4e00-\u9fffA-Za-z0-9]{1,9}?(?:小区|社区|花园|家园|公寓|广场|大厦|村|路|大道|街|巷|学校|小学|中学"
    r"|大学|学院|幼儿园|医院|公司|市场|站|城|苑|府|湾|园))"
)
Span = tuple[int, int] | None


class Labelled(NamedTuple):
    """Titles with the span of their place; the first `gold` are the given hand labels."""

    titles: list[str]
    spans: list[Span]
    gold: int
    beside: list[str]


def labelled(shared: Path) -> Labelled:
    """Titles of the development messages with their labels; a place told only by the body is left out."""
    from bihuan.cli.frames import read_frame

    folder = shared / "data" / "complaints"
    frame = read_frame(folder / "messages_2019_q1_q3.xlsx", "messages-zh")
    titles, bodies = frame.strings("title"), frame.strings("body")
    row = {id_: i for i, id_ in enumerate(frame.ids)}
    spans: dict[int, Span] = {}
    with (folder / "gold_places_dev.csv").open(encoding="utf-8-sig", newline="") as handle:
        for label in csv.DictReader(handle):
            at = row.get(label["message_id"])
            if at is not None and label["source"] != "body":
                start = titles[at].find(label["place"]) if label["place"] else -1
                spans[at] = (start, start + len(label["place"])) if start >= 0 else None
    gold = len(spans)
    with Path(__file__).with_name("places_labels.csv").open(encoding="utf-8", newline="") as handle:
        for label in csv.DictReader(handle):
            at = row.get(label["message_id"])
            if at is not None and at not in spans:
                spans[at] = (int(label["start"]), int(label["end"])) if label["start"] else None
    others = [text for i, pair in enumerate(zip(titles, bodies, strict=True)) for text in pair[i in spans :]]
    return Labelled([titles[i] for i in spans], list(spans.values()), gold, others)


def f1(found: Sequence[Span], gold: Sequence[Span]) -> float:
    """Exact-span F1; "no place" counts neither as found nor as wanted."""
    right = sum(a == b and b is not None for a, b in zip(found, gold, strict=True))
    return 2 * right / max(sum(a is not None for a in found) + sum(b is not None for b in gold), 1)


def held_back(data: Labelled) -> NDArray[np.bool_]:
    """Which titles are the final split."""
    return np.array([i < data.gold and crc32(t.encode()) % HELD_BACK == 0 for i, t in enumerate(data.titles)])


def fold_of(data: Labelled) -> NDArray[np.int64]:
    """The fold of each title; titles of one place share it, or its name would be learnt by the way."""
    names = [t[slice(*span)] if span else t for t, span in zip(data.titles, data.spans, strict=True)]
    return np.array([crc32(name[:4].encode()) // 7 % FOLDS for name in names])


def weights_of(data: Labelled, used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fitted on the used titles, seen once within the whole file and once as a file of titles only."""
    from bihuan.insight.places.fit import build_design, fit_weights, join_designs
    from bihuan.insight.places.fit import label_rows as rows_of

    made = join_designs(build_design(data.titles, data.beside), build_design(data.titles))
    return fit_weights(made, np.where(np.tile(used, 2), rows_of(made, data.spans * 2), -1))


def crossed(data: Labelled, alone: bool = False) -> list[Span]:
    """The span of each title by weights fitted without its fold and without the final split.

    Args:
        data: The titles.
        alone: Judge the given titles as a file of their own, without bodies and further titles.
    """
    from bihuan.insight.places.fit import best_spans, build_design

    judged = build_design(data.titles[: data.gold]) if alone else build_design(data.titles, data.beside)
    folds, final = fold_of(data), held_back(data)
    found: list[Span] = [None] * judged.texts
    for fold in range(FOLDS):
        chosen = best_spans(judged, _fitted(data, fold, folds, final))
        for i in np.flatnonzero(folds[: judged.texts] == fold):
            found[i] = chosen[i]
    return found


_FITTED: dict[tuple[int, int], NDArray[np.float64]] = {}  # both ways of judging share the weights of a fold


def _fitted(data: Labelled, fold: int, folds: NDArray[np.int64], final: NDArray[np.bool_]) -> NDArray[np.float64]:
    key = (id(data), fold)
    if key not in _FITTED:
        _FITTED[key] = weights_of(data, (folds != fold) & ~final)
    return _FITTED[key]


def on_final(data: Labelled) -> float:
    """F1 on the final split by weights fitted on everything else; places of the split occur elsewhere in the file."""
    from bihuan.insight.places.fit import best_spans, build_design

    final = held_back(data)
    found = best_spans(build_design(data.titles, data.beside), weights_of(data, ~final))
    rows = np.flatnonzero(final)
    return f1([found[i] for i in rows], [data.spans[i] for i in rows])


def by_pattern(title: str) -> Span:
    """The baseline: the first run of characters that ends as a place does."""
    match = PATTERN.match(title)
    return match.span(1) if match else None


def _rate(work: Callable[[list[str]], object], texts: list[str]) -> float:
    begin = time.process_time()
    work(texts)
    return len(texts) / (time.process_time() - begin)


def _old_resources() -> None:
    """cpca asks setuptools for its table by a module that newer ones no longer have."""
    if importlib.util.find_spec("pkg_resources") is None:
        module = types.ModuleType("pkg_resources")
        module.resource_stream = lambda package, name: (resources.files(package) / name).open("rb")  # type: ignore[attr-defined]
        sys.modules["pkg_resources"] = module


def rows(shared: Path | None, quick: bool) -> Iterator[Row]:
    """The rows of the benchmark table; without data only the speed on invented titles."""
    from bihuan.insight.places import Locator

    count = QUICK if quick else TEXTS
    titles = ["A3区某某路海棠苑小区物业收费不合理", "咨询购房补贴政策"]
    if shared is not None:
        data = labelled(shared)
        titles = data.titles
        found, gold = crossed(data), data.spans
        pattern = f1([by_pattern(title) for title in titles[: data.gold]], gold[: data.gold])
        kept = np.flatnonzero(~held_back(data)[: data.gold])
        ours = f1([found[i] for i in kept], [gold[i] for i in kept])
        note = (
            f"{len(kept)} given labels, {FOLDS} folds by place; fitted also on {len(gold) - data.gold} further titles"
        )
        yield Row("locate", "place-string F1", ours, {"suffix pattern": pattern}, "≥ .90", ours >= 0.9, note)
        further = f1(found[data.gold :], gold[data.gold :])
        alone = crossed(data, alone=True)
        bare = f1([alone[i] for i in kept], [gold[i] for i in kept])
        yield Row(
            "locate", "place-string F1, titles as a file of their own", bare, {}, "≥ .90", bare >= 0.9, "same weights"
        )
        last = on_final(data)
        yield Row(
            "locate", "place-string F1, final split", last, {}, "≥ .90", last >= 0.9, "every fifth given title by hash"
        )
        yield Row("locate", "place-string F1, further titles", further, {}, "≥ .90", further >= 0.9, "same folds")
    texts = (titles * (count // len(titles) + 1))[:count]
    locator = Locator()
    locator.locate(texts[:100])
    ours = _rate(locator.locate, texts)
    peers: dict[str, float | None] = {"cpca (areas only)": None}
    try:
        _old_resources()
        import cpca  # type: ignore[import-untyped]

        peers["cpca (areas only)"] = _rate(lambda some: cpca.transform(some), texts[: count // 10])
    except ImportError:
        pass
    yield Row("locate", "texts/s of CPU", ours, peers, "≥ 20000", ours >= 20_000, f"{count} titles, one core")


def main(shared: Path, out: Path) -> None:
    """Fit on every label and write the weights."""
    from bihuan.insight.places.fit import PENALTY, compact_weights

    data = labelled(shared)
    weights = compact_weights(weights_of(data, np.ones(len(data.titles), dtype=bool)))
    table = {"edition": time.strftime("%Y-%m-%d"), "labels": len(data.titles), "penalty": PENALTY, "weights": weights}
    out.write_text(json.dumps(table, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
