"""The civil district: who decides on a round, what a deduction becomes, that the instrument is measured too."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.loop.programmes import folder_of, rule_book
from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.scoring import score_file
from bihuan.programmes.civil_district.sample import SCENES
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.subjects.catalogue import subject_type
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, facts, handler, programme, registers

NAME = "civil-district"


class Rounds(LoopFacts):
    """Facts that know a round: 160 drawn, 16 to be measured twice, organised by a unit."""

    organiser = ""

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        name = kind.partition(".")[2]
        known: dict[str, Any] = {"name": key, "edition": "2026", "drawn": 160, "least_twice": 16}
        known["organiser"] = self.organiser
        if name and name not in known:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


@pytest.mark.parametrize(
    ("sites", "twice", "own", "refused"),
    [
        ("160", "16", False, None), ("159", "16", False, "not_all_measured"), ("160", "15", False, "too_few_twice"),
        ("160", "16", True, "own_round"),
    ],
)  # fmt: skip
def test_another_unit_decides_when_all_were_measured_and_a_tenth_twice(
    sites: str, twice: str, own: bool, refused: str | None
) -> None:
    known = Rounds(registers(), book(), facts().now, "seed")
    one, two = (each for each in registers().organisations.at(START.date()).units("department")[:2])
    known.organiser = one.code
    role = {"civil_approver": all_roles()["civil_approver"]}
    unit = one if own else two
    officer = Actor("user:approver", frozenset(role), unit=unit.id, local=role)
    said = {
        "kind": "result", "number": "1", "channel": "web", "subject": "R1", "unit": one.id,
        "fields": {"sites": sites, "twice": twice},
    }  # fmt: skip
    opened = decide(programme(NAME), Case(id=new_id()), Command("open", handler(one.id), START, said), known)
    assert not isinstance(opened, Refusal), opened
    case = fold(opened[0].case, opened)
    until = (START + timedelta(days=100)).isoformat()
    told = decide(
        programme(NAME), case, Command("approve", officer, START + timedelta(days=1), {"until": until}), known
    )
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_a_deduction_is_one_case_of_the_street_scene_and_none_here() -> None:
    watch = current_catalogue().watches["civil_deduction"].declared
    assert watch.opens is not None
    assert (watch.opens.programme, watch.opens.case) == ("street-scene", "finding")
    assert watch.over.where == {"purpose": "round"}, "what is measured twice opens nothing more"
    known = (folder_of("street-scene") / "categories.yaml").read_text(encoding="utf-8")
    assert [each for each in SCENES if f"code: {each}," not in known] == []


def test_no_surveyor_has_a_name_and_no_record_a_person() -> None:
    for kind in ("civil-surveyor", "civil-visit", "civil-finding"):
        fields = subject_type(kind).fields
        assert not any(each.personal or each.secret for each in fields.values())
        assert "name" not in fields


def test_its_watches_and_its_page_stand() -> None:
    watches = {name for name, each in current_catalogue().watches.items() if each.programme == NAME}
    assert watches == {"civil_deduction", "civil_return", "civil_dressed", "civil_mild", "civil_self_score"}
    assert list(views_of(NAME)) == ["overview"]
    for method in ("field-estimate", "survey-checks", "self-score", "inspector-strictness"):
        assert method_named(method)


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        (["material,,missing,2", "field,90,,", "questionnaire,180/200,,"], "80"),
        (["material,,missing,2", "material,,negative,1", "field,100,,", "questionnaire,200/200,,"], "0"),
        (["material,,stale,0", "field,100,,", "questionnaire,99/99,,"], "80"),
    ],
)  # fmt: skip
def test_the_card_has_a_hundred_points_and_the_negative_list_takes_all(
    rows: list[str], total: str, tmp_path: Path
) -> None:
    file = tmp_path / "evidence.csv"
    file.write_text("item,value,code,count\n" + "\n".join(rows) + "\n", encoding="utf-8")
    outcome = score_file(rule_book().of(NAME).scorecard("civil-district", date(2026, 3, 1)), file)
    assert not outcome.rejects, outcome.rejects
    assert Decimal(str(outcome.facts["total"])) == Decimal(total)


def test_its_letters_say_what_they_rest_on() -> None:
    folder = folder_of(NAME) / "letters"
    returned = {
        "number_of_case": "1", "site": "CS001", "what": "某点位", "record": "V1-I1", "item": "I1", "why": "整改后回潮",
        "officer": "张三",
    }  # fmt: skip
    result = {"round": "R1", "title": "第一轮", "sites": "160", "twice": "16", "officer": "李四"}
    asked = [("civil_return", returned), ("civil_result", result), ("civil_result", result | {"commitment": "ab12"})]
    told = letters_of_play(
        (
            DeclaredLetter(load_letter(folder / f"{name}.yaml"), folder / f"{name}.yaml", NAME),
            {"facts": said, "dated": "2026-06-20", "addressee": ["某街道"]},
        )
        for name, said in asked
    )
    assert not told["refused"], told["refused"]
    assert len({each["sha256"] for each in told["letters"]}) == 3
