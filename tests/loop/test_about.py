"""A case is about one subject of a declared type: asked once, kept in the event, found by its key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Case, Command, Refusal
from bihuan.loop.kernel.programme import DutyRule, Programme
from bihuan.loop.kernel.subject_rules import AboutRule
from bihuan.loop.programme_checks import findings
from bihuan.loop.store.rows import case_row
from bihuan.registers.pure.ids import new_id
from tests.loop.district import OPERATOR, START, book, community, facts, programme, registers

KEEPER = "street"


class Knowing(LoopFacts):
    """Facts that know one venue, kept by a street's office; remembers what it was asked."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.asked: list[tuple[str, str, datetime, str]] = []

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        self.asked.append((kind, key, at, programme))
        unit = registers().organisations.at(START.date()).units("street")[3].id
        values = {"title": "北部图书馆", "where": community(), "spot": [116300000, 39950000], "keeper": unit}
        cited = {"subject": f"venue/{key}", "edition": "2026-12", "source": "list of venues"}
        if key != "V1":
            return None
        _, _, name = kind.partition(".")
        return (values[name] if name else values), cited


def about(**more: Any) -> Programme:
    """The hotline, about venues."""
    rule = AboutRule(subject="venue", area="where", place="spot", unit="keeper", keep=["title"], **more)
    shipped = programme()
    case = shipped.cases["request"].model_copy(update={"about": rule, "duty": DutyRule(by="about")})
    return shipped.model_copy(update={"cases": {"request": case}})


def opened(declared: Programme, **data: Any) -> tuple[Knowing, Any, Case]:
    known = Knowing(registers(), book(), facts().now, "seed")
    case = Case(id=new_id())
    command = Command("open", OPERATOR, START, {"kind": "request", "number": "N1", "channel": "phone", **data})
    happened = decide(declared, case, command, known)
    return known, happened, case if isinstance(happened, Refusal) else fold(case.id, happened)


def test_what_was_found_is_in_the_event_and_the_key_in_the_row() -> None:
    known, happened, case = opened(about(), subject="V1")
    assert happened[0].data["about"]["type"] == "venue"
    assert happened[0].data["about"]["source"] == "list of venues"
    assert happened[0].data["about"]["values"]["title"] == "北部图书馆"
    assert (case.subject, case.about, case.area, case.place) == ("V1", "venue", community(), (116300000, 39950000))
    assert "venue/V1" in case_row(case, b"", "110108", "")
    assert known.asked[0] == ("venue", "V1", START, "hotline")


def test_what_the_report_says_counts_more_than_where_the_subject_stands() -> None:
    elsewhere = [a.code for a in registers().areas if a.level == "community"][5]
    assert opened(about(), subject="V1", area=elsewhere)[2].area == elsewhere


def test_whoever_keeps_it_is_the_duty_bearer() -> None:
    declared = about()
    known, _, case = opened(declared, subject="V1")
    sent = decide(declared, case, Command("dispatch", OPERATOR, START, {}), known)
    assert not isinstance(sent, Refusal)
    assert sent[0].data["lead"] == registers().organisations.at(START.date()).units("street")[3].id
    assert sent[0].data["duty"]["source"] == "list of venues"


@pytest.mark.parametrize(("data", "code"), [({}, "field_missing"), ({"subject": "V2"}, "no_such_subject")])
def test_a_case_about_nothing_known_is_refused(data: dict[str, Any], code: str) -> None:
    refused = opened(about(), **data)[1]
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, "subject")


def test_a_subject_that_is_not_required_may_be_left_out_and_a_historical_file_is_taken_as_it_is() -> None:
    assert opened(about(required=False))[2].about is None
    known, _, case = opened(about(), subject="V9", history="old.csv")
    assert (case.about, case.subject, known.asked) == ("venue", "V9", [])


def test_classifying_corrects_what_it_is_about() -> None:
    declared = about(required=False)
    known, _, case = opened(declared)
    command = Command("classify", OPERATOR, START, {"subject": "V2"})
    assert isinstance(decide(declared, case, command, known), Refusal)
    happened = decide(declared, case, replace(command, data={"subject": "V1"}), known)
    assert not isinstance(happened, Refusal)
    assert happened[0].data["about"]["type"] == "venue"


def test_a_type_or_field_that_does_not_exist_is_named(tmp_path: Path) -> None:
    castle = about().cases["request"].model_copy(update={"about": AboutRule(subject="castle"), "duty": DutyRule()})
    told = [each.what for each in findings(about().model_copy(update={"cases": {"request": castle}}), tmp_path)]
    assert "there is no type of subjects 'castle'" in told
    rule = AboutRule(subject="enterprise", keep=["name", "colour"])
    case = about().cases["request"].model_copy(update={"about": rule, "duty": DutyRule()})
    told = [each.what for each in findings(about().model_copy(update={"cases": {"request": case}}), tmp_path)]
    assert "enterprise has no open field 'colour'" in told
    assert "enterprise has no open field 'name'" not in told
