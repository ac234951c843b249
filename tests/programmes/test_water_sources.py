"""Water sources: what touches a zone is not approved, and what nobody knows lets nobody through."""

from __future__ import annotations

from datetime import date, datetime, timedelta
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
from bihuan.loop.programmes import folder_of
from bihuan.methods.declared.scoring import score_file
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.rules.book import RuleBook
from bihuan.rules.errors import InputError
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers

NAME = "water-sources"


class Zones(LoopFacts):
    """Facts that know how many zones of each level a site touches."""

    touched: dict[str, Any]

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known = {"street": community(), "name": key} | self.touched
        _, _, name = kind.partition(".")
        if name and known.get(name) is None:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


def answered(core: int | None, wider: int | None, discharges: bool, opinion: str) -> str | None:
    """Why the approval of a permission is refused; None when it is not."""
    known = Zones(registers(), book(), facts().now, "seed")
    known.touched = {"core_zones": core, "wider_zones": wider, "discharges": discharges}
    declared, unit = programme(NAME), registers().organisations.at(START.date()).units("department")[0].id
    role = {"drinking_water_officer": all_roles()["drinking_water_officer"]}
    officer = Actor("user:officer", frozenset(role), local=role)
    said = {"kind": "permission", "number": "1", "channel": "web", "subject": "ZP-1", "unit": unit}
    if opinion:
        said["fields"] = {"opinion": opinion}
    opened = decide(declared, Case(id=new_id()), Command("open", handler(unit), START, said), known)
    assert not isinstance(opened, Refusal), opened
    case = fold(opened[0].case, opened)
    until = (START + timedelta(days=100)).isoformat()
    told = decide(declared, case, Command("approve", officer, START + timedelta(days=1), {"until": until}), known)
    return told.code if isinstance(told, Refusal) else None


@pytest.mark.parametrize(
    ("core", "wider", "discharges", "opinion", "refused"),
    [
        (0, 0, True, "", None), (1, 0, False, "X1", "in_core_zone"), (2, 3, True, "X1", "in_core_zone"),
        (0, 1, True, "X1", "discharges_in_wider_zone"), (0, 1, False, "", "wider_zone_needs_opinion"),
        (0, 1, False, "X1", None), (None, 0, False, "X1", "in_core_zone"),
    ],
)  # fmt: skip
def test_nothing_that_touches_level_one_or_discharges_in_level_two_is_approved(
    core: int | None, wider: int | None, discharges: bool, opinion: str, refused: str | None
) -> None:
    assert answered(core, wider, discharges, opinion) == refused


def test_its_watches_and_its_page_are_in_use() -> None:
    known = current_catalogue()
    mine = {name for name, watch in known.watches.items() if watch.programme == NAME}
    assert mine == {
        "assessment_due_soon", "assessment_missed", "core_zone_over_permit", "drill_due_soon", "drill_missed",
        "hazard_due_soon", "hazard_overdue", "patrol_missed", "wider_zone_over_discharge",
    }  # fmt: skip
    assert set(views_of(NAME)) == {"overview", "rounds"}


def letter(name: str) -> DeclaredLetter:
    """A letter of the programme."""
    file = folder_of(NAME) / "letters" / f"{name}.yaml"
    return DeclaredLetter(load_letter(file), file, NAME)


def test_its_letters_say_article_remedy_and_term() -> None:
    permit = {"permit": "ZP-1", "title": "某项目", "officer": "王某"}
    hazard = {"hazard": "H-1", "title": "排口", "due": "2026-05-01"}
    old = {"number_of_case": "WS-1", "permit": "ZP-1", "title": "某项目"}
    missed = {"number_of_case": "WS-2", "source": "S-1", "title": "某水源地", "due": "2026-05-01"}
    asked = [("permission_granted", permit), ("permission_granted", permit | {"opinion": "X1"}),
             ("permission_refused", permit | {"ground": "in_core_zone"}), ("clearing_due", hazard),
             ("encroachment_request", old), ("encroachment_request", old | {"permitted": "2020-05-01"}),
             ("upkeep_due", missed)]  # fmt: skip
    told = letters_of_play(
        (letter(name), {"facts": said, "dated": "2026-06-01", "addressee": ["某单位"]}) for name, said in asked
    )
    assert not told["refused"], told["refused"]
    assert [len(each["remedy"]) for each in told["letters"]] == [1, 1, 2, 0, 0, 0, 0]
    assert len({each["sha256"] for each in told["letters"]}) == 7


CARDS = ["hj774_source", "two_mountain_index"]


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_scored_with_entered_weights_alone(name: str, tmp_path: Path) -> None:
    folder = folder_of(NAME) / "tables"
    card = RuleBook.from_folder(folder).scorecard(name, date(2026, 6, 1))
    ids, file = [item.id for item in card.items], tmp_path / "evidence.csv"
    file.write_text("item,value\n" + "".join(f"{each},3/4\n" for each in ids), encoding="utf-8")
    with pytest.raises(InputError, match="权重尚未录入") as told:
        score_file(card, file)
    assert "weight" in str(told.value.remedy)
    first = 100 - 5 * (len(ids) - 1)
    weights = [first, *[5] * (len(ids) - 1)]
    rows = "".join(f"{each},3/4,{weight}\n" for each, weight in zip(ids, weights, strict=True))
    file.write_text("item,value,weight\n" + rows, encoding="utf-8")
    assert score_file(card, file).facts["total"] == 75
    file.write_text("item,value,weight\n" + rows.replace(f",{first}\n", f",{first + 1}\n", 1), encoding="utf-8")
    with pytest.raises(InputError, match="权重之和"):
        score_file(card, file)
