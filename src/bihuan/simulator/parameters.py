"""What the simulated district is like: numbers read from `data/`, checked once, then frozen."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from bihuan.declare.model import Strict, validated
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document

DATA = Path(__file__).parent / "data"


class Spread(Strict):
    """A log-normal quantity."""

    median: float
    sigma: float


class UniformRange(Strict):
    """A uniform quantity."""

    lowest: float
    highest: float


class MapBox(Strict):
    """Bounds in degrees, WGS-84."""

    west: float
    east: float
    south: float
    north: float


class Frequent(Strict):
    """The few residents who report often: their share, and how much more often they report."""

    share: float
    weight: float


class CauseRules(Strict):
    """How many root causes there are and how much of the volume comes from them."""

    per_day_of_cases: float
    share: float
    mean_days: float
    growing: float
    spread: float
    mended: float


class Recurrence(Strict):
    """An unsolved problem comes back: for which share of the reports, after how many days."""

    share: float
    after_days: tuple[int, int]


class FalseCloser(Strict):
    """The planted dishonest unit: how often it claims without having solved, and how fast it is."""

    claims_without_solving: float
    pace: float


class UnitRules(Strict):
    """How the temperaments of units are drawn."""

    accept_hours: Spread
    contact_hours: Spread
    pace: Spread
    honest_false: UniformRange
    skill: UniformRange
    returns: UniformRange
    returns_again: float
    delegates: UniformRange
    false_closer: FalseCloser


class DeskRules(Strict):
    """What the triage desk does and how often it errs."""

    triage_minutes: Spread
    wrong_category: float
    wrong_dispatch: float
    answer_at_once: float
    invalid: float
    emergency_transfer: float
    refused: float
    merge: float


class CallbackRules(Strict):
    """How call-backs reach people, and what people say when the problem is, or is not, truly solved."""

    first_hours: Spread
    reached: float
    refused: float
    answers_if_solved: dict[str, float]
    answers_if_not: dict[str, float]
    satisfied_if_solved: dict[str, float]
    satisfied_if_not: dict[str, float]


class ResidentRules(Strict):
    """What residents do besides reporting."""

    urges: float
    supplements: float
    withdraws: float
    reopens: float


class UnitLife(Strict):
    """How often the rarer steps of handling happen."""

    extension: float
    suspension: float
    call_in: float
    exclusion: float
    exclusion_granted: float


class ComplaintWords(Strict):
    """The sentence grammar shared by all kinds of complaint."""

    since: list[str]
    ask: list[str]
    who: list[str]
    forms: list[str]
    titles: list[str]
    surnames: str
    given: str


class HouseSentences(Strict):
    """What desks and units write."""

    answered: list[str]
    returned: list[str]
    done: list[str]
    explained: list[str]
    more_time: list[str]


class Parameters(Strict):
    """`data/district.yaml`; the meaning of each number stands beside it there."""

    box: MapBox
    default_point: tuple[float, float]
    default_share: float
    no_place_share: float
    employee_share: float
    population: Spread
    reporting: UniformRange
    frequent: Frequent
    volume: float
    causes: CauseRules
    repeat: Recurrence
    city_share: float
    clock_of_city_hours: dict[str, int]
    channels: dict[str, float]
    profiles: dict[str, list[float]]
    weekdays: dict[str, list[float]]
    words: ComplaintWords
    said: HouseSentences
    estates: list[str]
    roads: list[str]
    venues: dict[str, str]
    units: UnitRules
    desk: DeskRules
    callback: CallbackRules
    resident: ResidentRules
    unit_life: UnitLife


class VolumeSeason(Strict):
    """From one day of the year to another (MM-DD, both included; may pass New Year), volume is multiplied."""

    from_: str = Field(alias="from")
    to: str
    factor: float


class KindCause(Strict):
    """Root causes of a kind: relative frequency, reports per event, probability that they can be ended at all."""

    weight: float
    burst: float
    fixable: float


class ComplaintKind(Strict):
    """One kind of complaint: its category, volume, rhythm, solvability and words."""

    category: str
    weight: float
    urgency: Literal["emergency", "urgent", "general", "complex"]
    hours: str
    weekday: str
    place: str
    solvable: float
    what: list[str]
    detail: list[str]
    season: VolumeSeason | None = None
    cause: KindCause | None = None
    id: str = ""


@lru_cache(maxsize=1)
def parameters() -> Parameters:
    """Return the parameters shipped with the package.

    Raises:
        DeclarationError: a file is unreadable or a field is missing, unknown or of the wrong type.

    Source: `data/district.yaml`, where the meaning of each number stands; docs/topics/simulator.md.
    """
    return validated(Document(DATA / "district.yaml"), Parameters)


@lru_cache(maxsize=1)
def kinds() -> tuple[ComplaintKind, ...]:
    """Return every kind of complaint, sorted by id, from `data/complaints/*.yaml`.

    Raises:
        DeclarationError: a file is wrong, or two files declare the same kind.

    Source: docs/topics/simulator.md, "What is played" (56 kinds of complaint).
    """
    found: dict[str, ComplaintKind] = {}
    for path in sorted((DATA / "complaints").glob("*.yaml")):
        document = Document(path)
        for name, kind in validated(document, dict[str, ComplaintKind]).items():
            if name in found:
                what = f"kind {name!r} is declared twice"
                raise DeclarationError(
                    [document.problem([name], what, "a name stands for one kind", "rename one of them")]
                )
            found[name] = kind.model_copy(update={"id": name})
    return tuple(found[name] for name in sorted(found))
