"""Does call-back find the false closer, and does it leave honest units alone? Simulated months of 29 units.

Run: python benchmarks/callback_power.py [--runs 2000] [--only TEXT]

A false closer has the honest discrepancy plus 20 percentage points. "any honest flagged" must stay at 5 %; the asked
power at n = 200 and 60 % reached is 95, 90 and 85 % at an honest discrepancy of 3, 10 and 20 %. Beside ours, in the
same run: Fisher's exact test of each unit against all others with Holm's correction (scipy, statsmodels), and the
common three-sigma funnel rule.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import hypergeom
from statsmodels.stats.multitest import multipletests

from bihuan.rules.discrepancy import UnitAnswers, audit_units
from bihuan.rules.sampling import proportional

UNITS, SAMPLE, REACH, FALSE_SHARE = 29, 200, 0.6, 0.2
type Counts = npt.NDArray[np.int64]
type Month = tuple[Counts, Counts]  # discrepant and reached, both (units, strata)


@dataclass(frozen=True)
class Setting:
    """One line of the table: how a month is drawn; the first `false` units close falsely."""

    name: str
    share: float
    false: int
    spread: float = 0.0
    design: str = "200 per unit"


def settings() -> Iterator[Setting]:
    """All lines: as asked first, then harder ones."""
    for false in (0, 1):
        for share in (0.03, 0.1, 0.2):
            yield Setting("as asked", share, false)
    for false in (0, 1):
        for share, spread in ((0.03, 0.01), (0.1, 0.03), (0.2, 0.03)):
            yield Setting(f"honest units differ, sd {spread:.0%}", share, false, spread)
    for share in (0.03, 0.1, 0.2):
        yield Setting("five false closers", share, 5)
    for false in (0, 1):
        for share in (0.03, 0.1, 0.2):
            yield Setting("district sample, strata", share, false, design="district")


def month(setting: Setting, rng: np.random.Generator) -> Month:
    """One month of answers."""
    if setting.design == "district":
        return _district_month(setting, rng)
    shares = np.clip(rng.normal(setting.share, setting.spread, UNITS), 0.001, 1.0)
    shares[: setting.false] += FALSE_SHARE
    reached = rng.binomial(SAMPLE, REACH, UNITS)
    return rng.binomial(reached, shares)[:, None], reached[:, None]


def _district_month(setting: Setting, rng: np.random.Generator) -> Month:
    """One sample of 29 × 200 over the district, in proportion to units of very unequal size, at least 100 each.

    Three kinds of cases are solved unequally well (0.5, 1 and 2 times the share) and mixed differently in each unit.
    The first unit, of median size, is the false closer.
    """
    sizes = np.geomspace(300, 6000, UNITS).astype(int)
    sizes[[0, UNITS // 2]] = sizes[[UNITS // 2, 0]]
    allocation = proportional(UNITS * SAMPLE, {f"{n:02}": int(size) for n, size in enumerate(sizes)}, minimum=100)
    mixes = rng.dirichlet([6, 3, 1.5], UNITS)
    asked = np.array([rng.multinomial(allocation[f"{n:02}"], mixes[n]) for n in range(UNITS)])
    shares = np.tile(setting.share * np.array([0.5, 1.0, 2.0]), (UNITS, 1))
    shares[: setting.false] += FALSE_SHARE
    reached = rng.binomial(asked, REACH)
    return rng.binomial(reached, shares), reached


def ours(discrepant: Counts, reached: Counts) -> set[int]:
    """Flags of `bihuan.rules.discrepancy`."""
    answers = [
        UnitAnswers(str(n), {str(k): (int(x), int(m)) for k, (x, m) in enumerate(zip(*rows, strict=True))})
        for n, rows in enumerate(zip(discrepant, reached, strict=True))
    ]
    return {int(unit) for unit in audit_units(answers).flagged}


def fisher_holm(discrepant: Counts, reached: Counts) -> set[int]:
    """Fisher's exact test of each unit against all others, Holm at 5 %."""
    x, n = discrepant.sum(axis=1), reached.sum(axis=1)
    p_values = hypergeom.sf(x - 1, n.sum(), x.sum(), n)
    return set(np.flatnonzero(multipletests(p_values, 0.05, method="holm")[0]).tolist())


def three_sigma(discrepant: Counts, reached: Counts) -> set[int]:
    """Units above the district's share by three standard errors."""
    x, n = discrepant.sum(axis=1), reached.sum(axis=1)
    share = x.sum() / n.sum()
    return set(np.flatnonzero(x / n > share + 3 * np.sqrt(share * (1 - share) / n)).tolist())


METHODS: dict[str, Callable[[Counts, Counts], set[int]]] = {
    "ours": ours,
    "Fisher+Holm": fisher_holm,
    "3 sigma": three_sigma,
}


def measure(setting: Setting, runs: int) -> str:
    """One line of the table."""
    rng = np.random.default_rng(20261123)
    alarms = dict.fromkeys(METHODS, 0)
    found = dict.fromkeys(METHODS, 0)
    seconds = dict.fromkeys(METHODS, 0.0)
    for _ in range(runs):
        discrepant, reached = month(setting, rng)
        for name, method in METHODS.items():
            start = time.perf_counter()
            flagged = method(discrepant, reached)
            seconds[name] += time.perf_counter() - start
            alarms[name] += any(unit >= setting.false for unit in flagged)
            found[name] += sum(unit < setting.false for unit in flagged)
    cells = []
    for name in METHODS:
        power = f"{found[name] / runs / setting.false:6.1%}" if setting.false else "     –"
        cells.append(f"{alarms[name] / runs:6.2%} {power}")
    speed = f"{1000 * seconds['ours'] / runs:5.1f} ms"
    return f"{setting.name:30} {setting.share:4.0%} {setting.false:5}   " + "   ".join(cells) + f"   {speed}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="months simulated for each line")
    parser.add_argument("--only", default="", help="only lines whose name contains this text")
    options = parser.parse_args()
    print(f"{options.runs} months each. Per method: any honest unit flagged, power per false closer.")
    print(f"{'setting':30} {'base':>4} {'false':>5}   " + "   ".join(f"{name:>13}" for name in METHODS) + "   ours")
    for setting in settings():
        if options.only in setting.name:
            print(measure(setting, options.runs), flush=True)


if __name__ == "__main__":
    main()
