"""Stratified random samples that anybody can draw again from the published seed.

Each case's lot is the SHA-256 of seed, stratum and id; a stratum's sample is its lowest lots. The order of the input
plays no part, and a larger sample from the same seed contains the smaller. The list of cases must be fixed before the
seed is known, otherwise whoever names cases can choose the sample.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.quantities import Exact, fraction_of, number_text


@dataclass(frozen=True, slots=True)
class Drawn:
    """One case of the sample: its place (from 1) in its stratum's lots, and the probability it had to be drawn."""

    id: str
    stratum: str
    place: int
    probability: Fraction

    @property
    def weight(self) -> Fraction:
        """How many cases of the population it stands for (Horvitz–Thompson).

        Source: Horvitz & Thompson (1952), Journal of the American Statistical Association 47:663.
        """
        return 1 / self.probability


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """A drawn sample and what is needed to draw it again: the seed, the sizes, and a digest of the whole list."""

    seed: str
    populations: Mapping[str, int]
    sizes: Mapping[str, int]
    digest: str
    drawn: tuple[Drawn, ...]

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON: the transcript to publish. Source: docs/topics/rules.md, "Samples"."""
        return {
            "seed": self.seed,
            "digest": self.digest,
            "strata": {
                stratum: {"population": self.populations[stratum], "sampled": self.sizes[stratum]}
                for stratum in sorted(self.populations)
            },
            "drawn": [
                {"id": one.id, "stratum": one.stratum, "place": one.place, "probability": number_text(one.probability)}
                for one in self.drawn
            ],
        }


def lot(seed: str, stratum: str, case_id: str) -> bytes:
    """The lot of a case: SHA-256 of the JSON list [seed, stratum, id] without spaces, UTF-8.

    Source: docs/topics/rules.md, "Samples"; permanent random numbers: Ohlsson (1995), Business Survey Methods, ch. 9.
    """
    text = json.dumps([seed, stratum, case_id], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def list_digest(population: Mapping[str, Collection[str]]) -> str:
    """SHA-256 (hex) of the sorted list of [stratum, id], to be published before the seed is known.

    Source: docs/topics/rules.md, "Samples" (published before the seed exists).
    """
    pairs = sorted([stratum, case_id] for stratum, ids in population.items() for case_id in ids)
    return hashlib.sha256(json.dumps(pairs, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def draw_sample(seed: str, population: Mapping[str, Collection[str]], sizes: Mapping[str, int]) -> DrawnSample:
    """The sample of `sizes` from `population`.

    Args:
        seed: published text, for example the output of the verifiable draw; not empty.
        population: ids of the cases by stratum.
        sizes: how many to draw in each stratum, for example from `proportional`.

    Raises:
        InputError: empty seed, an id twice, strata that differ, or more wanted than there are.

    Source: Ohlsson (1995), Business Survey Methods, ch. 9 (the lowest lots); docs/topics/rules.md, "Samples".
    """
    if not seed:
        raise InputError("seed: an empty seed can be guessed; give the published one.")
    if population.keys() != sizes.keys():
        raise InputError(f"sizes: strata {sorted(sizes)} differ from the population's {sorted(population)}.")
    seen: set[str] = set()
    drawn: list[Drawn] = []
    for stratum in sorted(population):
        ids, size = list(population[stratum]), sizes[stratum]
        if len(set(ids)) != len(ids) or not seen.isdisjoint(ids):
            raise InputError(f"population: stratum {stratum} names a case that appears twice; list each case once.")
        if not 0 <= size <= len(ids):
            raise InputError(f"sizes: {size} of stratum {stratum} cannot be drawn from {len(ids)} cases.")
        seen.update(ids)
        chosen = sorted(ids, key=lambda case_id, stratum=stratum: lot(seed, stratum, case_id))[:size]  # type: ignore[misc]  # mypy cannot type a bound default
        probability = Fraction(size, len(ids)) if ids else Fraction(0)
        drawn.extend(Drawn(case_id, stratum, place, probability) for place, case_id in enumerate(chosen, 1))
    populations = {stratum: len(ids) for stratum, ids in population.items()}
    return DrawnSample(seed, populations, dict(sizes), list_digest(population), tuple(drawn))


def proportional(total: int, populations: Mapping[str, int], minimum: int = 0) -> dict[str, int]:
    """Sizes in proportion to the strata, at least `minimum` each (or the whole stratum if smaller).

    Args:
        total: cases to draw altogether; capped at the population.
        populations: cases by stratum.
        minimum: per stratum; two are needed for a stratum's own variance.

    Raises:
        InputError: the minimum alone exceeds `total`.

    Source: Cochran (1977), Sampling Techniques, ch. 5; whole numbers by the largest remainder.
    """
    return _allocated(total, populations, {stratum: Fraction(size) for stratum, size in populations.items()}, minimum)


def neyman(
    total: int, populations: Mapping[str, int], spreads: Mapping[str, Exact | str], minimum: int = 0
) -> dict[str, int]:
    """Sizes in proportion to population × standard deviation, which makes the estimate most precise (Neyman 1934).

    Args:
        total, populations, minimum: as for `proportional`.
        spreads: standard deviation of the answer by stratum, for example √(p(1−p)) of last month.

    Raises:
        InputError: as `proportional`; or the strata differ.
    """
    if spreads.keys() != populations.keys():
        raise InputError(f"spreads: strata {sorted(spreads)} differ from the population's {sorted(populations)}.")
    measures = {
        stratum: fraction_of(spreads[stratum], f"spreads[{stratum}]") * size for stratum, size in populations.items()
    }
    if any(measure < 0 for measure in measures.values()):
        raise InputError("spreads: a standard deviation cannot be negative.")
    return _allocated(total, populations, measures, minimum)


def _allocated(
    total: int, populations: Mapping[str, int], measures: Mapping[str, Fraction], minimum: int
) -> dict[str, int]:
    """`total` in proportion to `measures` within [minimum, population], fractions by the largest remainder."""
    floors = {stratum: min(minimum, size) for stratum, size in populations.items()}
    total = min(total, sum(populations.values()))
    if sum(floors.values()) > total:
        raise InputError(f"total: {total} is less than the minimum of {minimum} in each of {len(populations)} strata.")
    sizes: dict[str, int] = {}
    while free := [stratum for stratum in populations if stratum not in sizes]:
        left = total - sum(sizes.values())
        weight = sum((measures[stratum] for stratum in free), Fraction(0))
        # Strata without any measure share what the others cannot take.
        share = {one: measures[one] / weight if weight else Fraction(1, len(free)) for one in free}
        quotas = {stratum: left * share[stratum] for stratum in free}
        clamped = {one: min(Fraction(populations[one]), max(Fraction(floors[one]), quotas[one])) for one in free}
        excess = sum(clamped.values()) - left
        low = [stratum for stratum in free if quotas[stratum] < floors[stratum]]
        high = [stratum for stratum in free if quotas[stratum] > populations[stratum]]
        if not low and not high:
            return _rounded(sizes, quotas, left)
        if excess >= 0 and low:
            sizes.update({stratum: floors[stratum] for stratum in low})
        else:
            sizes.update({stratum: populations[stratum] for stratum in high})
    return sizes


def _rounded(sizes: dict[str, int], quotas: Mapping[str, Fraction], left: int) -> dict[str, int]:
    whole = {stratum: quota.numerator // quota.denominator for stratum, quota in quotas.items()}
    rest = left - sum(whole.values())
    by_remainder = sorted(quotas, key=lambda stratum: (whole[stratum] - quotas[stratum], stratum))
    for stratum in by_remainder[:rest]:
        whole[stratum] += 1
    return sizes | whole
