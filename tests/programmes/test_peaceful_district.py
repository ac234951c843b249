"""The peaceful district: light is proven by nights, what may not be held is refused, letters rest on articles."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from bihuan.declare.fence import RULE
from bihuan.declare.problems import DeclarationError
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.loop.programmes import folder_of
from bihuan.programmes.peaceful_district.sample import FILE, SMUGGLED, SOUND_ALIKE
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.subjects.catalogue import read_types
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers
from tests.programmes.test_black_water import Waters, letter_of

NAME = "peaceful-district"


def judged(lit: str | None, result: str = "passed") -> str | None:
    """Why looking again at a stretch is refused; None when it is not."""
    known = Waters(registers(), book(), facts().now, "seed")
    units = registers().organisations.at(START.date()).units("department")
    known.said = {"keeper": units[0].code, "name": "某路段", "lamps": "20", "mean": lit, "street": community()}
    declared, roles = programme(NAME), all_roles()
    officer = Actor("user:officer", frozenset({"peace_officer"}), local={"peace_officer": roles["peace_officer"]})
    said = {"kind": "light", "number": "1", "channel": "web", "subject": "LS1", "category": "peace.light"}
    events = list(_done(decide(declared, Case(id=new_id()), Command("open", officer, START, said), known)))
    steps: list[tuple[str, Actor, dict[str, Any]]] = [
        ("accept", handler(units[0].id), {}),
        ("add_evidence", handler(units[0].id), {"type": "photo", "sha256": "0" * 64, "media": str(new_id())}),
        ("submit", handler(units[0].id), {}),
    ]
    for name, actor, data in steps:
        events += _done(decide(declared, fold(events[0].case, events), Command(name, actor, START, data), known))
    inspector = Actor("user:inspector", frozenset({"inspector"}), units[3].id, frozenset({units[3].id}))
    told = decide(
        declared, fold(events[0].case, events), Command("verify", inspector, START, {"result": result}), known
    )
    return told.code if isinstance(told, Refusal) else None


def _done(told: Any) -> Any:
    assert not isinstance(told, Refusal), told
    return told


@pytest.mark.parametrize(
    ("lit", "refused"), [("94.99", "still_dark"), ("95", None), ("100", None), (None, None), ("0", "still_dark")]
)
def test_a_stretch_is_lit_when_two_nights_say_so(lit: str | None, refused: str | None) -> None:
    assert judged(lit) == refused
    assert judged(lit, "failed") is None


def test_its_watches_and_pages_are_in_use() -> None:
    mine = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert mine == {"stretch_dark", "dispute_returns", "gate_unkept", "visit_unmade"}
    assert set(views_of(NAME)) == {"neighbours", "overview"}


@pytest.mark.parametrize("words", [*SMUGGLED.values()], ids=list(SMUGGLED))
def test_a_folder_with_a_blocked_field_is_refused(words: tuple[str, str, str], tmp_path: Path) -> None:
    """The whole folder of the programme with one file more: the register that it would add is not read."""
    shutil.copytree(folder_of(NAME) / "subjects", tmp_path / "subjects")
    file = tmp_path / "subjects" / "neighbour-note.yaml"
    file.write_text(FILE.format(*SOUND_ALIKE["duplicate"]), encoding="utf-8")
    assert "neighbour-note" in read_types((tmp_path / "subjects").glob("*.yaml"))
    file.write_text(FILE.format(*words), encoding="utf-8")
    with pytest.raises(DeclarationError, match=words[0]) as error:
        read_types((tmp_path / "subjects").glob("*.yaml"))
    assert {(each.rule, each.line) for each in error.value.problems} == {(RULE, 8)}


def test_its_letters_say_what_they_rest_on() -> None:
    said = {
        "light_order": {"stretch": "LS1", "title": "某路段", "lamps": 20, "due": "2026-09-01"},
        "dispute_ways": {"dispute": "ab-noise", "told": "2026-06-01", "due": "2026-07-01"},
        "gate_reminder": {
            "shift": "GS1",
            "gate": "某校南门",
            "day": "2026-06-01",
            "begins": "07:20",
            "due": "2026-06-03",
        },
    }
    told = letters_of_play(
        (letter_of(NAME, name), {"facts": each, "dated": "2026-06-01", "addressee": ["某单位"]})
        for name, each in said.items()
    )
    assert not told["refused"], told["refused"]
    assert len(told["letters"]) == len(said)
