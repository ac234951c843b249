"""The safe city: its card, who may look at a proof, when nothing is filed; pages and watches read one answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.loop.programmes import folder_of, rule_book
from bihuan.methods.declared.scoring import score_file
from bihuan.programmes.safe_city.sample import LASTS, LOOKED, MEASURES
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, facts, handler, programme, registers

NAME = "safe-city"
WATCHES = {"safe_stale", "safe_unproven", "safe_short", "safe_above", "safe_ending", "safe_veto"}


class Years(LoopFacts):
    """Facts that know a year, its organiser and how many vetoes are open."""

    organiser, vetoes = "", 0

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        known: dict[str, Any] = {"name": key, "edition": "2019", "organiser": self.organiser, "vetoes": self.vetoes}
        name = kind.partition(".")[2]
        if name and name not in known:
            return None
        return (known[name] if name else known), {"subject": f"{kind}/{key}"}


@pytest.mark.parametrize(
    ("vetoes", "own", "refused"), [(0, False, None), (1, False, "veto_open"), (0, True, "own_year")]
)
def test_nothing_is_filed_while_a_veto_is_open_nor_by_the_organiser(
    vetoes: int, own: bool, refused: str | None
) -> None:
    known = Years(registers(), book(), facts().now, "seed")
    one, two = (each for each in registers().organisations.at(START.date()).units("department")[:2])
    known.organiser, known.vetoes = one.code, vetoes
    role = {"safe_approver": all_roles()["safe_approver"]}
    unit = one if own else two
    officer = Actor("user:approver", frozenset(role), unit=unit.id, local=role)
    said = {"kind": "filing", "number": "1", "channel": "web", "subject": "Y1", "unit": one.id, "fields": {}}
    opened = decide(programme(NAME), Case(id=new_id()), Command("open", handler(one.id), START, said), known)
    assert not isinstance(opened, Refusal), opened
    until = (START + timedelta(days=100)).isoformat()
    case = fold(opened[0].case, opened)
    told = decide(
        programme(NAME), case, Command("approve", officer, START + timedelta(days=1), {"until": until}), known
    )
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_every_proof_and_every_gap_is_looked_at_by_another_unit() -> None:
    for name, kind in programme(NAME).cases.items():
        if kind.shape == "patrol":
            assert kind.verify is not None
            assert kind.verify.by == "safe_checker", name
            assert {"handler", "unit"} <= set(kind.verify.independent_of), name
            assert kind.evidence is not None
            assert kind.evidence.unique, "one picture closes one case"


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        ([], "88"),                                                          # what is counted has no value yet
        (["s01,,each,3"], "86.5"), (["s01,,each,9"], "86"), (["t02,,major_accident,1"], "0"), (["t03,,late,1"], "87.5"),
        (["s05,0.8,,"], "88"), (["s05,0.801,,"], "89"), (["s07,0.95,,"], "88.5"), (["s07,0.949,,"], "88"),
        (["v05,19/20,,"], "91"), (["v05,9/9,,"], "88"), (["e07,0/5,,"], "88"), (["s08,1,,"], "88.5"),
        (["s08,0.99,,"], "88"),
    ],
)  # fmt: skip
def test_the_card_follows_the_standard_at_its_bounds(rows: list[str], total: str, tmp_path: Path) -> None:
    file = tmp_path / "evidence.csv"
    file.write_text("item,value,code,count\n" + "\n".join(rows) + "\n", encoding="utf-8")
    outcome = score_file(rule_book().of(NAME).scorecard(NAME, date(2026, 3, 1)), file)
    assert not outcome.rejects, outcome.rejects
    assert Decimal(str(outcome.facts["total"])) == Decimal(total)


def test_the_card_has_sixty_items_and_six_sections() -> None:
    card = rule_book().of(NAME).scorecard(NAME, date(2026, 3, 1))
    assert len(card.items) == 60
    assert not card.meta.verified, "points of single items were not compared"
    sums: dict[str, Decimal] = {}
    for item in card.items:
        sums[item.section] = sums.get(item.section, Decimal(0)) + item.maximum
    assert {name: int(worth) for name, worth in sums.items()} == {
        "source": 18, "risk": 32, "supervision": 16, "support": 16, "rescue": 13, "state": 5,
    }  # fmt: skip
    assert {item.id for item in card.items if item.veto} == {"t02", "t03"}
    assert set(MEASURES) < {item.id for item in card.items}
    assert max(LOOKED) < LASTS


def test_watches_and_pages_ask_one_and_the_same_answer() -> None:
    watches = {name for name, each in current_catalogue().watches.items() if each.programme == NAME}
    assert watches == WATCHES
    assert set(views_of(NAME)) == {"overview", "proofs", "item"}
    asked = set()
    for path in sorted((folder_of(NAME) / "watches").glob("*.yaml")):
        when = yaml.safe_load(path.read_text(encoding="utf-8"))["when"]
        if "method" in when:
            asked.add(yaml.safe_dump(when["method"]["inputs"]))
    page = yaml.safe_load((folder_of(NAME) / "views" / "overview.yaml").read_text(encoding="utf-8"))
    panel = yaml.safe_dump(next(each for each in page["panels"] if each["kind"] == "method")["inputs"])
    for column in ("item", "proof", "finding", "thing"):
        panel = panel.replace(f"{column}: number", f"{column}: key")
    assert asked == {panel}


def test_its_letters_say_what_they_rest_on() -> None:
    folder = folder_of(NAME) / "letters"
    gap = {"number_of_case": "1", "item": "s01", "what": "规划", "worth": "2", "months": 12, "due": "2026-07-10"}
    veto = {"number_of_case": "2", "finding": "F1", "item": "t02", "code": "major_accident", "due": "2026-06-30"}
    filing = {"year": "Y1", "title": "本年度创建", "edition": "2019", "officer": "李四"}
    asked = [
        ("safe_gap", gap), ("safe_gap", gap | {"why": "证明过期"}), ("safe_veto", veto | {"record": "核查记录1"}),
        ("safe_veto", veto), ("safe_filing", filing), ("safe_filing", filing | {"remark": "附模拟评分"}),
    ]  # fmt: skip
    told = letters_of_play(
        (
            DeclaredLetter(load_letter(folder / f"{name}.yaml"), folder / f"{name}.yaml", NAME),
            {"facts": said, "dated": "2026-06-20", "addressee": ["某局"]},
        )
        for name, said in asked
    )
    assert not told["refused"], told["refused"]
    assert len({each["sha256"] for each in told["letters"]}) == 6
