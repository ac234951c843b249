"""In which order places ought to be visited: by how likely something is found there, whoever goes.

In: HISTORY of visits (found 0/1, who looked, any features: numbers or words, gaps allowed) and the DUE visits with the
same features. A logistic model with shrunken effects of features, of who looked and of the place: inspectors differ more
than places, so who looked is a control and never a property of the place; a place's own record is read through the
strictness of who made it, shrunk by how much there is. The score of a due visit is the chance that something is found,
averaged over the inspectors by how much they did: it does not depend on who goes there.
Out: rank and score. JSON `inspectors`: raw rate and the share each would have found on the whole history (`adjusted`,
95 % interval), from strict to mild; `features` used. Numbers enter with hinges at quintiles, words as levels; a word
column of more than 200 levels keeps its commonest. Linear in rows, but for the places' block; 1 M rows below 60 s.
Source: Breslow & Clayton (1993); City of Chicago, food inspection forecasting (2015), whose model ranks by inspector too.
Compared with: planted places and inspectors (tests/methods/test_inspection_order.py); penalised likelihood by
scikit-learn with the same penalties.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.running import TooLittleError, WrongCallError
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.mixed_logit import Codes, Fitted, Floats, fit_mixed_logit

QUINTILES, HINGED, LEVELS, LEAST = (0.2, 0.4, 0.6, 0.8), 8, 200, 5
SHOWN_POINTS = 2_000
Z95 = 1.959964
PLACES_OF_SCORE = 9


class _Visits(NamedTuple):
    """History in a fixed order: rows of the table, found, codes of inspectors and places with their names."""

    rows: NDArray[np.int64]
    found: Floats
    looker: Codes
    lookers: list[str]
    place: Codes
    places: dict[str, int]


def order_visits(given: Given) -> Answer:
    """Rank and score of every due visit, and how strict each inspector is.

    Source: Breslow & Clayton (1993).
    """
    history, due, named = given["history"], given["due"], given.option("inspector")
    if named not in history.others:
        raise WrongCallError(f"没有列 {named} · HISTORY has no column {named!r}", "--option inspector=COLUMN")
    visits = _visits(history, named)
    names = sorted(name for name in history.others if name in due.others and name != named)
    columns, told = _features(history, due, visits.rows, names)
    known = len(visits.rows)
    if not 0 < visits.found.sum() < known:
        raise TooLittleError("历史全为同一结果 · every visit of HISTORY found the same", "give a history that has both")
    fit = fit_mixed_logit(
        visits.found, columns[:known], visits.looker, visits.place, (len(visits.lookers), len(visits.places))
    )
    at = [visits.places.get(name, -1) for name in due["place"].text()]
    record = np.append(fit.places, 0.0)[at]
    logit = fit.base + columns[known:] @ fit.features + record
    share = np.bincount(visits.looker, minlength=len(visits.lookers)) / known
    score = _chance(logit[:, None] + fit.lookers) @ share
    ids = due["id"].text()
    rank = {row: n for n, row in enumerate(sorted(range(len(ids)), key=lambda row: (-logit[row], ids[row])), 1)}
    return Answer(
        {
            "id": ids, "rank": [rank[row] for row in range(len(ids))],
            "score": [f"{value:.{PLACES_OF_SCORE}f}" for value in score],
        },
        facts={"inspectors": _strictness(visits, fit, columns[:known]), "features": told},
    )  # fmt: skip


def fit_history(history: Table, named: str) -> list[dict[str, object]]:
    """Return how strict each inspector of a history is, from strict to mild, without any visit that is due.

    Raises:
        WrongCallError: no column has that name, or every visit found the same.

    Source: Breslow & Clayton (1993).
    """
    if named not in history.others:
        raise WrongCallError(f"没有列 {named} · HISTORY has no column {named!r}", "--option inspector=COLUMN")
    visits = _visits(history, named)
    columns, _ = _features(history, None, visits.rows, sorted(name for name in history.others if name != named))
    if not 0 < visits.found.sum() < len(visits.rows):
        raise TooLittleError("历史全为同一结果 · every visit of HISTORY found the same", "give a history that has both")
    fit = fit_mixed_logit(visits.found, columns, visits.looker, visits.place, (len(visits.lookers), len(visits.places)))
    return _strictness(visits, fit, columns)


def _visits(history: Table, named: str) -> _Visits:
    ids, who = np.array(history["id"].text()), np.array(history.others[named].text())
    for row in np.flatnonzero(who == ""):
        history.refuse(int(row), named, "未填写检查人 · nobody is named", "填写检查人 · name who looked")
    rows = np.flatnonzero(who != "")
    rows = rows[np.argsort(ids[rows], kind="stable")]
    lookers, looker = np.unique(who[rows], return_inverse=True)
    places, place = np.unique(np.array(history["place"].text())[rows], return_inverse=True)
    found = np.asarray(history["found"].flags(), dtype=np.float64)[rows]
    return _Visits(rows, found, looker, lookers.tolist(), place, {name: n for n, name in enumerate(places.tolist())})


def _features(
    history: Table, due: Table | None, rows: NDArray[np.int64], names: list[str]
) -> tuple[Floats, list[dict[str, str]]]:
    """The columns of the model, history first, and what each feature was read as."""
    size, parts, told = len(rows), [np.zeros((len(rows) + (len(due) if due is not None else 0), 0))], []
    for name in names:
        later = due.others[name].text() if due is not None else []
        said = [*np.array(history.others[name].text())[rows].tolist(), *later]
        numbers = _numbers(said)
        made = _words(said, size) if numbers is None else _hinges(numbers, size)
        parts.append(made)
        told.append({"feature": name, "read_as": "words" if numbers is None else "numbers"})
    return np.hstack(parts), told


def _numbers(said: list[str]) -> Floats | None:
    """The values of a column of numbers, NaN where there is none; None for a column of words."""
    try:
        out = np.array([float(each) if each else np.nan for each in said])
    except ValueError:
        return None
    return out if np.isfinite(out).any() else None


def _hinges(values: Floats, size: int) -> Floats:
    known = values[:size][np.isfinite(values[:size])]
    if not len(known):
        return np.zeros((len(values), 0))
    gap = ~np.isfinite(values)
    spread = float(known.std()) or 1.0
    columns = [np.where(gap, 0.0, (values - known.mean()) / spread)]
    if gap.any():
        columns.append(gap.astype(np.float64))
    if len(np.unique(known)) > HINGED:
        for knot in np.unique(np.quantile(known, QUINTILES)):
            columns.append(np.where(gap, 0.0, np.maximum(values - knot, 0.0) / spread))
    return np.column_stack(columns)


def _words(said: list[str], size: int) -> Floats:
    counted = Counter(said[:size])
    common = sorted((word for word, count in counted.items() if count >= LEAST), key=lambda w: (-counted[w], w))
    at = {word: n for n, word in enumerate(sorted(common[:LEVELS]))}
    out = np.zeros((len(said), len(at)))
    for row, word in enumerate(said):
        if word in at:
            out[row, at[word]] = 1.0
    return out


def _strictness(visits: _Visits, fit: Fitted, columns: Floats) -> list[dict[str, object]]:
    """What each inspector would have found on the whole history, from strict to mild."""
    logit = np.sort(fit.base + columns @ fit.features + fit.places[visits.place])
    points = logit[np.linspace(0, len(logit) - 1, min(SHOWN_POINTS, len(logit))).astype(np.int64)]
    counts = np.bincount(visits.looker)
    found = np.bincount(visits.looker, visits.found)
    told: list[dict[str, object]] = []
    for n, name in enumerate(visits.lookers):
        effect, error = float(fit.lookers[n]), Z95 * float(fit.looker_errors[n])
        low, middle, high = (float(_chance(points + each).mean()) for each in (effect - error, effect, effect + error))
        told.append({
            "inspector": name, "n": int(counts[n]), "rate": round(float(found[n] / counts[n]), 6),
            "adjusted": round(middle, 6), "low": round(low, 6), "high": round(high, 6),
        })  # fmt: skip
    return sorted(told, key=lambda each: (-float(str(each["adjusted"])), str(each["inspector"])))


def _chance(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float64)


_VISIT = (
    Column("id", "编号", "Number"), Column("place", "场所", "Place"), Column("date", "日期", "Date", "date"),
)  # fmt: skip
METHOD = Method(
    name="inspection-order",
    zh="检查排序（剔除检查人宽严）",
    en="Order of inspection, freed of who looks",
    inputs=(
        Input("history", "历次检查", "History", (*_VISIT, Column("found", "是否发现问题", "Whether something was found", "yes_no")), unique=("id",), open=True),
        Input("due", "待检查", "Due", _VISIT, unique=("id",), open=True),
    ),
    options=(Option("inspector", "检查人所在列", "Column that names who looked", default="inspector"),),
    output=(
        Column("id", "编号", "Number"), Column("rank", "次序", "Rank", "count"),
        Column("score", "发现概率", "Chance that something is found", "decimal"),
    ),
    facts=(
        AnswerKey("inspectors", "各检查人宽严", "How strict each inspector is", {"type": "array", "items": {"type": "object", "properties": {
            "inspector": {"type": "string"}, "n": {"type": "integer"}, "rate": {"type": "number"},
            "adjusted": {"type": "number"}, "low": {"type": "number"}, "high": {"type": "number"}}}}),
        AnswerKey("features", "所用特征", "Features used", {"type": "array", "items": {"type": "object"}}),
    ),
    key=("id",),
    run=order_visits,
    source="Breslow & Clayton (1993), generalised linear mixed models",
    peer="penalised likelihood by scikit-learn; planted places",
    error="score: nine decimals; intervals of inspectors: 95 %, from the curvature",
    cost="linear",
)  # fmt: skip
