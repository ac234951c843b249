"""How good a ranking of places is: PAI and PEI.

PAI = (share of next week's reports inside the chosen cells) / (share of the area chosen); Chainey, Tompson & Uhlig
(2008), Security Journal 21:4. PEI = reports inside the chosen cells / reports inside the best possible choice of as
many cells; Hunt (2016), NIJ Real-Time Crime Forecasting Challenge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
TOP = 0.05


@dataclass(frozen=True, slots=True)
class SpotHits:
    """Quality of one week's ranking.

    Args:
        pai: Prediction accuracy index; 1 is chance.
        pei: Prediction efficiency index, 0 … 1.
        hits: Reports inside the chosen cells.
        total: Reports of the week in any cell.
        chosen: Number of cells chosen.
    """

    pai: float
    pei: float
    hits: int
    total: int
    chosen: int


def judge_ranking(scores: Numbers, truth: Numbers, share: float = TOP, elsewhere: float = 0.0) -> SpotHits:
    """Judge a ranking of equally large cells.

    Args:
        scores: Higher is hotter, shape (cells,); ties go to the earlier cell.
        truth: What came, shape (cells,).
        share: Share of the cells chosen, at least one cell.
        elsewhere: Reports in cells nobody ranked; they count in the total.

    Source: Chainey, Tompson & Uhlig (2008), Security Journal 21:4 (PAI); Hunt (2016), NIJ (PEI).
    """
    chosen = max(1, int(np.ceil(len(scores) * share)))
    top = np.argsort(-scores, kind="stable")[:chosen]
    hits, best = float(truth[top].sum()), float(np.sort(truth)[::-1][:chosen].sum())
    total = float(truth.sum()) + elsewhere
    pai = hits / total / (chosen / len(scores)) if total else float("nan")
    return SpotHits(pai, hits / best if best else float("nan"), int(hits), int(total), chosen)
