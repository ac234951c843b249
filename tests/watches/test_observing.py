"""Verification by observation and the watch after closure: a drop beyond the neighbours', measured by others."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bihuan.loop.kernel.model import Actor, Command, acting_as
from tests.watches.toys import HERE, PROGRAMME, forget, permit, write_toys

pytestmark = pytest.mark.django_db
BEGUN = datetime(2026, 3, 2, 0, tzinfo=UTC)
SERIES = """
name: {zh: 玩具浓度, en: Toy concentration}
subject: toy-permit
quantity: {zh: 浓度, en: Concentration}
unit: mg/m3
averaging: 1 h
label: end
zone: Asia/Shanghai
precision: 1
keeper: "outside:station"
"""
RULES = """verify: {by: series, series: toy-mg, condition: {drop: 3}, window: 6h, minimum: 5, otherwise: inspector,
      sample: all, results: [passed, failed]}
    keep: {months: 6, every: 1h, series: toy-mg, above: 20, window: 6h, minimum: 5}"""
PLAIN = "verify: {by: inspector, sample: all, results: [passed, failed]}"


@pytest.fixture
def toys(db: None) -> Iterator[Any]:
    from bihuan.server.home import current_home
    from tests.shipped import load_shipped

    load_shipped()
    assert PLAIN in PROGRAMME
    folder = write_toys(current_home().path, {}, series={"toy-mg": SERIES})

    def declare(rules: str = RULES, series: str = SERIES) -> None:
        (folder / "programme.yaml").write_text(PROGRAMME.replace(PLAIN, rules), encoding="utf-8")
        (folder / "series" / "toy-mg.yaml").write_text(series, encoding="utf-8")
        forget()

    declare()
    permit("p1")
    yield declare
    shutil.rmtree(folder, ignore_errors=True)
    forget()


def store(subject: str, first: int, values: list[int]) -> None:
    """Hourly values from so many hours after the beginning on, in tenths."""
    from bihuan.registers.isolation import in_district
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.instants import micros
    from bihuan.series.store import rows, writing

    found = rows.empty_rows(len(values))
    for number, (row, value) in enumerate(zip(found, values, strict=True)):
        at = micros(BEGUN + timedelta(hours=first + number))
        row["line"], row["at"], row["arrived"], row["value"], row["flag"] = 0, at, at, value, ord("N")
    writer = writing.Writer(current_catalogue().get("toy-mg"), HERE, "test", "user:test", BEGUN, True)
    with in_district(HERE):
        writing.append_rows(writer, found, [subject], tacit=False)


def facts(hours: float) -> Any:
    from bihuan.loop.store import current_facts

    return current_facts(BEGUN + timedelta(hours=hours))


def handled() -> tuple[Any, str]:
    """A case opened after six hours, said to be done after twelve; and its unit."""
    from bihuan.intake.receive import receive
    from bihuan.intake.reports import NewReport
    from bihuan.loop.store import Order, append
    from bihuan.registers.models import Organisation

    unit = str(Organisation.objects.filter(spans__kind="street").order_by("code").first().id)
    report = NewReport(
        key="one", programme="toywatch", kind="finding", channel="web", at=BEGUN + timedelta(hours=6),
        subject="toy-permit/p1",
    )  # fmt: skip
    (receipt,) = receive([report], actor=acting_as("desk", "test"), facts=facts(6))
    handler = Actor("user:handler", frozenset({"handler"}), unit=unit)
    steps = (("dispatch", Actor("user:desk", frozenset({"inspector"})), 7, {"unit": unit}), ("accept", handler, 8, {}))
    for command, actor, hours, data in (*steps, ("submit", handler, 12, {})):
        at = BEGUN + timedelta(hours=hours)
        (done,) = append([Order(Command(command, actor, at, data), case=receipt.case)], facts=facts(hours))
        assert done.refusal is None, done.refusal
    return receipt.case, unit


def case_now(case: Any) -> tuple[str, list[str], Any]:
    """State, kinds of events, and the last event's data."""
    from bihuan.loop.store import get_case, history

    events = history(case)
    return get_case(case).state, [each.kind for each in events], events[-1].data


def neighbours(before: int, after: int) -> None:
    for n in range(2, 6):
        store(f"p{n}", 0, [before] * 6)
        store(f"p{n}", 12, [after] * 6)


def test_a_drop_beyond_the_neighbours_closes_the_case_with_its_numbers(toys: Any) -> None:
    from bihuan.watches.observing import verify_observed

    store("p1", 0, [100] * 6)
    store("p1", 12, [50] * 6)
    neighbours(60, 50)
    case, _ = handled()
    assert verify_observed(facts(17)) == 0, "the window has not ended"
    assert case_now(case)[0] == "verifying"
    assert verify_observed(facts(18)) == 1
    state, kinds, data = case_now(case)
    assert (state, kinds[-1], data["result"]) == ("closed", "verified", "passed")
    said = data["observation"]
    assert (said["drop"], said["background_drop"]) == ("5.000", "1.000")
    assert (said["after"]["valid"], said["after"]["vintage"] > 0, said["background_after"]["neighbours"]) == (
        6,
        True,
        4,
    )


@pytest.mark.parametrize(
    ("own", "around", "keeper", "why"),
    [
        (([100] * 6, [50] * 6), (100, 60), "outside:station", "no_drop"),  # everybody's fell: a change of weather
        (([100] * 6, [50] * 3), (60, 60), "outside:station", "too_few_values"),
        (([100] * 6, [50] * 6), (60, 60), "", "not_independent"),
        (([100] * 6, [50] * 6), None, "outside:station", "no_background"),
    ],
)  # fmt: skip
def test_what_does_not_suffice_is_told_once_and_a_person_looks(
    toys: Any, own: Any, around: Any, keeper: str, why: str
) -> None:
    from bihuan.watches.observing import verify_observed

    toys(series=SERIES.replace("outside:station", keeper))
    store("p1", 0, own[0])
    store("p1", 12, own[1])
    if around:
        neighbours(*around)
    case, _ = handled()
    assert verify_observed(facts(18)) == 0
    state, kinds, data = case_now(case)
    assert (state, kinds[-1], data["what"], data["facts"]["why"]) == ("verifying", "observed", "not_verified", why)
    assert verify_observed(facts(19)) == 0
    assert case_now(case)[1] == kinds, "once a round"


def test_an_instrument_of_the_handler_proves_nothing(toys: Any) -> None:
    from bihuan.registers.models import Organisation
    from bihuan.watches.observing import verify_observed

    code = Organisation.objects.filter(spans__kind="street").order_by("code").first().code
    toys(series=SERIES.replace("outside:station", code))
    store("p1", 0, [100] * 6)
    store("p1", 12, [50] * 6)
    neighbours(60, 60)
    case, _ = handled()
    assert verify_observed(facts(18)) == 0
    assert case_now(case)[2]["facts"]["why"] == "not_independent"


@pytest.mark.parametrize("propose", [False, True])
def test_a_closed_case_reopens_by_itself_or_proposes_it(toys: Any, propose: bool) -> None:
    from bihuan.watches.observing import look_after_closing, verify_observed

    if propose:
        toys(RULES.replace("minimum: 5}", "minimum: 5, propose: true}"))
    store("p1", 0, [100] * 6)
    store("p1", 12, [50] * 6)
    neighbours(60, 50)
    case, _ = handled()
    assert verify_observed(facts(18)) == 1
    assert look_after_closing(facts(25), BEGUN) == 0, "nothing is seen"
    store("p1", 100, [300] * 6)
    moved = look_after_closing(facts(106), BEGUN + timedelta(hours=100))
    state, kinds, data = case_now(case)
    assert moved == 1
    if propose:
        assert (state, kinds[-1], data["what"]) == ("closed", "observed", "returned")
    else:
        assert (state, kinds[-1], data["observation"]["after"]["value"]) == ("dispatched", "reopened", "30.000")
    assert look_after_closing(facts(107.5), BEGUN + timedelta(hours=106)) == 0, "once"


def test_after_the_time_of_observation_nothing_reopens(toys: Any) -> None:
    from bihuan.watches.observing import look_after_closing, verify_observed

    store("p1", 0, [100] * 6)
    store("p1", 12, [50] * 6)
    neighbours(60, 50)
    case, _ = handled()
    assert verify_observed(facts(18)) == 1
    late = 18 + 24 * 181
    store("p1", late - 6, [300] * 6)
    assert look_after_closing(facts(late), BEGUN + timedelta(hours=late - 2)) == 0
    assert case_now(case)[0] == "closed"


@pytest.mark.parametrize(
    ("condition", "more", "state"),
    [
        ("{drop: 3, below: 4}", "", "verifying"),  # it fell far enough, and still is not low
        ("{drop: 3, below: 6}", ", background: none", "closed"),  # nobody stands near: not compared
    ],
)
def test_low_enough_and_without_neighbours_where_that_is_declared(
    toys: Any, condition: str, more: str, state: str
) -> None:
    from bihuan.watches.observing import verify_observed

    toys(RULES.replace("{drop: 3}", condition).replace("minimum: 5, otherwise", f"minimum: 5{more}, otherwise", 1))
    store("p1", 0, [100] * 6)
    store("p1", 12, [50] * 6)
    if not more:
        neighbours(60, 50)
    case, _ = handled()
    verify_observed(facts(18))
    assert case_now(case)[0] == state
