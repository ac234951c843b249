"""Hazards: major ones are graded by table, a fifth of the plan is drawn, letters have basis and remedy."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import compose_from, described
from bihuan.effects.rules import EffectEvent, planned_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers
from tests.methods.running import by, run

NAME = "work-safety"
INSPECTOR = Actor("user:inspector", frozenset({"inspector"}))


class Registered(LoopFacts):
    """Facts that know every subject, with these values."""

    values: dict[str, Any]

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        _, _, name = kind.partition(".")
        return (self.values.get(name) if name else {"street": community(), **self.values}), {"subject": f"{kind}/{key}"}


def world(**values: Any) -> Registered:
    """Facts of a register that says this of everything."""
    found = Registered(registers(), book(), facts().now, "seed")
    found.values = {"holder": "91110108MA01", "name": "x", **values}
    return found


def opened(kind: str, known: LoopFacts, urgency: str, **fields: str) -> Any:
    """What becomes of the opening of a case with this form."""
    said: dict[str, Any] = {
        "kind": kind, "number": "1", "channel": "inspector", "subject": "S1", "urgency": urgency, "fields": fields,
        "category": "gas.alarm" if kind == "hazard" else None, "area": community(),
    }  # fmt: skip
    who = INSPECTOR
    if kind != "hazard":
        unit = registers().organisations.at(START.date()).units("street")[0].id
        said, who = (
            {key: each for key, each in said.items() if key != "category"} | {"unit": unit},
            handler(unit, "head", "unit_head"),
        )
    return decide(programme(NAME), Case(id=new_id()), Command("open", who, START, said), known)


@pytest.mark.parametrize(
    ("criterion", "urgency", "refused"),
    [
        ("trade_confined", "general", "graded_too_low"), ("trade_confined", "urgent", None),
        ("none", "general", None), ("none", "urgent", None), ("", "general", None),
    ],
)  # fmt: skip
def test_a_major_hazard_is_not_entered_as_an_ordinary_one(criterion: str, urgency: str, refused: str | None) -> None:
    told = opened("hazard", world(), urgency, **({"criterion": criterion} if criterion else {}))
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_what_is_major_follows_from_the_edition_of_the_day_it_was_found() -> None:
    def grade(day: date, criterion: str) -> str:
        return str(book().lookup("work_safety_major", day, "*", criterion=criterion).value)

    assert [grade(date(2023, 9, each), "gas_alarm") for each in (20, 21)] == ["general", "major"]
    assert [grade(date(2022, 4, each), "construction_edge") for each in (18, 19)] == ["general", "major"]
    assert book().lookup("work_safety_major", date(2024, 1, 1), "*", criterion="trade_dust").verified is False


@pytest.mark.parametrize(
    ("kind", "values", "refused"),
    [
        ("listing", {"grade": "general", "state": "open"}, "only_major"),
        ("listing", {"grade": "urgent", "state": "closed"}, "still_there"),
        ("listing", {"grade": "urgent", "state": "open"}, None),
        ("delisting", {"closed": "2026-05-01"}, "never_listed"),
        ("delisting", {"listed": "2026-04-01"}, "delisted_early"),
        ("delisting", {"listed": "2026-04-01", "closed": "2026-05-01"}, None),
    ],
)  # fmt: skip
def test_a_hazard_is_listed_while_it_stands_and_taken_off_when_somebody_has_looked_again(
    kind: str, values: dict[str, Any], refused: str | None
) -> None:
    known = world(**values)
    form = {"responsible": "x", "measure": "x", "money": "1", "term": "2026-07-01", "plan": "x"}
    told = opened(kind, known, "urgent" if kind == "listing" else "general", **(form if kind == "listing" else {}))
    if not isinstance(told, Refusal):
        case = fold(told[0].case, told)
        approves = Command(
            "approve", Actor("user:a", frozenset({"arbiter"})), START, {"until": "2026-08-01T00:00:00+00:00"}
        )
        told = decide(programme(NAME), case, approves, known)
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_a_finding_kills_every_control_at_its_site() -> None:
    event = EffectEvent(
        new_id(), "opened", START, NAME, "hazard", "YH-1", {"urgency": "general"}, {"about": {"values": {}}},
        {"subject": "S1", "number": "YH-1"},
    )  # fmt: skip
    planned = [each for each in planned_of(event, programme(NAME), registers().calendar.zone) if each.type == "control"]
    assert [(each.where, each.values["killed_by"]) for each in planned] == [({"site": "S1"}, "YH-1")]


ORDER = "id,rank\n" + "\n".join(f"s{n:03d},{n}" for n in range(1, 101))


def test_a_fifth_of_the_plan_is_drawn_by_a_public_seed() -> None:
    rows, outcome = run("inspection-plan", ORDER, size="40", seed="a")
    how = by(rows, "id", "how")
    assert (outcome.facts["ranked"], outcome.facts["drawn"], outcome.facts["left"]) == (32, 8, 60)
    assert all(how[f"s{n:03d}"] == "ranked" for n in range(1, 33))
    assert run("inspection-plan", ORDER, size="40", seed="a", shuffle=4)[0] == rows
    assert by(run("inspection-plan", ORDER, size="40", seed="b")[0], "id", "how") != how
    assert run("inspection-plan", ORDER, size="1", seed="a", share="0.2")[1].facts["drawn"] == 1


def test_strictness_is_told_row_by_row_as_the_order_tells_it() -> None:
    found = [int((n % 3 == 0 and n % 2 == 1) or (n % 5 == 0 and n % 2 == 0)) for n in range(400)]
    visits = [f"v{n},p{n % 40},2024-01-{n % 28 + 1:02d},{each},i{n % 2}" for n, each in enumerate(found)]
    history = "id,place,date,found,inspector\n" + "\n".join(visits)
    rows, _ = run("inspector-strictness", history)
    _, ordered = run("inspection-order", history, "id,place,date,inspector\nd,p1,2024-02-01,")
    told = [(each["inspector"], each["adjusted"]) for each in ordered.facts["inspectors"]]
    assert sorted((row["inspector"], float(row["adjusted"])) for row in rows) == sorted(told)


FIRM = {
    "hazard": "YH-1", "site_key": "S1", "site": "某厂", "firm_code": "91110108MA01", "firm": "某公司",
    "found": "2026-05-06",
    "listed": "2026-05-08", "closed": "2026-06-01", "officer": "张某", "dated": "2026-06-02", "count": 1, "case": "1",
    "number_of_case": "YH-1", "kind": {"zh": "燃气", "en": "Gas"}, "opened": "2026-05-06", "due": "2026-05-20",
    "addressee": ["某公司"],
}  # fmt: skip


@pytest.mark.parametrize("name", ["put-right", "listing", "delisting", "stop-work"])
def test_a_letter_has_basis_remedy_and_its_last_day(name: str) -> None:
    declared = letter_named(name)
    given = {key: each for key, each in FIRM.items() if key in declared.letter.facts or key in ENVELOPE}
    told = described(compose_from(declared, given))
    assert told["basis"]
    assert [each["kind"] for each in told["remedy"]] == ["review", "court"]
    assert told["remedy_until"] == "2026-08-03", "sixty days end on a Saturday and move on"


ENVELOPE = {"dated", "count", "case", "addressee"}


def test_its_watches_are_in_use() -> None:
    known = current_catalogue()
    names = {"same_hazard", "same_site", "zero_reports", "late_report", "visit_missed", "unlisted"}
    assert names <= set(known.watches)
    assert not [problem for problem in known.problems if "work_safety" in problem.file]
