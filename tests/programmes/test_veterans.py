"""Services for veterans: a renewal rests on clauses, letters on articles; the fence keeps out the rest."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bihuan.declare.fence import RULE, blocked_reason
from bihuan.declare.problems import DeclarationError
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.entitlements.catalogue import all_policies, kinds_for, policies_aside
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.loop.programmes import folder_of
from bihuan.methods.parts.clauses import ClauseSet
from bihuan.programmes.veterans.sample import FILE, SMUGGLED, SOUND_ALIKE
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.subjects.catalogue import read_types, subject_type
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers
from tests.programmes.test_black_water import Waters, letter_of

NAME = "veterans"
BENEFITS = {"veteran-aid": "aid", "veteran-training": "training", "family-allowance": "family"}


def decided(benefit: str, answer: str | None, grant: str = "VG1") -> str | None:
    """Why the renewal of a benefit is refused for which the clauses say this; None when it is not."""
    known = Waters(registers(), book(), facts().now, "seed")
    base = {"benefit": benefit, "person": "VP1", "ends": START.date().isoformat(), "street": community()}
    known.said = base | ({benefit.replace("-", "_"): answer} if answer else {})
    units = registers().organisations.at(START.date()).units("department")
    opening = {"kind": "renewal", "number": "1", "channel": "web", "subject": "VG1",
               "fields": {"grant": grant, "changed": "none"}}  # fmt: skip
    opened = decide(programme(NAME), Case(id=new_id()), Command("open", handler(units[0].id), START, opening), known)
    assert not isinstance(opened, Refusal), opened
    role = {"veteran_reviewer": all_roles()["veteran_reviewer"]}
    reviewer = Actor("user:reviewer", frozenset(role), units[1].id, frozenset({units[1].id}), local=role)
    ends = (START + timedelta(days=365)).isoformat()
    told = decide(
        programme(NAME), fold(opened[0].case, opened), Command("approve", reviewer, START, {"until": ends}), known
    )  # fmt: skip
    return told.code if isinstance(told, Refusal) else None


@pytest.mark.parametrize("benefit", BENEFITS)
def test_a_renewal_needs_a_yes_of_its_own_clauses(benefit: str) -> None:
    rule = f"not_entitled_{BENEFITS[benefit]}"
    said = [decided(benefit, answer) for answer in ("yes", "no", "unknown", None)]
    assert said == [None, rule, rule, rule], "unknown lets nobody through, and is no no"
    assert decided(benefit, "yes", grant="VG2") == "another_grant"


@pytest.mark.parametrize(
    ("policy", "person", "answer"),
    [
        ("veteran-aid", {"kind": "veteran", "income": "2999", "resident": "1"}, ("yes", [])),
        ("veteran-aid", {"kind": "veteran", "income": "3000", "resident": "1"}, ("no", [])),
        ("veteran-aid", {"kind": "veteran", "resident": "1"}, ("unknown", ["income"])),
        ("veteran-aid", {"kind": "family"}, ("no", [])),
        ("veteran-training", {"kind": "veteran", "retired": "2015-01-01", "employed": "0"}, ("yes", [])),
        ("veteran-training", {"kind": "veteran", "retired": "2014-12-31"}, ("no", [])),
        ("veteran-training", {"kind": "veteran", "retired": "2020-09-01"}, ("unknown", ["employed"])),
        ("family-allowance", {"kind": "martyr", "resident": "1"}, ("yes", [])),
        ("family-allowance", {"resident": "0"}, ("no", [])),
    ],
)
def test_clauses_are_data_of_this_folder_and_say_yes_no_or_unknown(
    policy: str, person: dict[str, str], answer: tuple[str, list[str]]
) -> None:
    assert not [each for each in policies_aside() if NAME in str(each.file)]
    declared = all_policies()[policy]
    assert set(declared.fields) <= set(kinds_for(subject_type("veteran")))
    assert ClauseSet(declared.clauses, START.date().isoformat()).ask_one(person)[policy] == answer


def test_a_person_is_sealed_and_all_that_hangs_on_one_is_for_this_programme() -> None:
    person = subject_type("veteran")
    assert {name for name, field in person.fields.items() if field.personal} == {"name", "contact"}
    for kind in ("veteran", "veteran-grant", "veteran-card", "august-visit"):
        purpose = subject_type(kind).purpose
        assert purpose is not None
        assert purpose.programmes == ("veterans",) or list(purpose.programmes) == ["veterans"]


def test_its_watches_and_pages_are_in_use() -> None:
    mine = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert mine == {
        "grant_ending", "grant_double", "grant_unfounded", "station_five", "august_unvisited", "card_ending",
    }  # fmt: skip
    assert set(views_of(NAME)) == {"overview", "together"}


def test_a_folder_with_a_blocked_field_is_refused(tmp_path: Path) -> None:
    """The whole folder of the programme with one file more: the register that it would add is not read."""
    shutil.copytree(folder_of(NAME) / "subjects", tmp_path / "subjects")
    file = tmp_path / "subjects" / "veteran-note.yaml"
    file.write_text(FILE.format(*SOUND_ALIKE), encoding="utf-8")
    assert "veteran-note" in read_types((tmp_path / "subjects").glob("*.yaml"))
    file.write_text(FILE.format(*SMUGGLED), encoding="utf-8")
    with pytest.raises(DeclarationError, match=SMUGGLED[0]) as error:
        read_types((tmp_path / "subjects").glob("*.yaml"))
    assert {(each.rule, each.line) for each in error.value.problems} == {(RULE, 8)}


@pytest.mark.parametrize(
    ("name", "zh", "blocked"),
    [
        ("unit_designation", "部队番号", True), ("reserve_roster", "预备役名册", True), ("strength", "兵力", True),
        ("barracks", "营区位置", True), ("military_family", "军属", False), ("veteran_card", "优待证", False),
        ("service_station", "服务站", False), ("education_event", "国防教育活动", False),
        ("posts", "岗位（编制）", False),
    ],
)  # fmt: skip
def test_services_are_held_and_military_facts_are_not(name: str, zh: str, blocked: bool) -> None:
    assert bool(blocked_reason(name, zh, name.replace("_", " "))) == blocked


def test_its_letters_say_what_they_rest_on_and_decisions_what_one_may_do() -> None:
    said: dict[str, dict[str, Any]] = {
        "entitlement_ends": {"grant": "VG1", "benefit": "veteran-aid", "ends": "2026-07-01"},
        "renewal_decided": {"grant": "VG1", "benefit": "veteran-aid", "until": "2027-07-01", "officer": "审核人"},
        "renewal_refused": {"grant": "VG1", "ends": "2026-07-01", "reason": "收入超过条款", "officer": "审核人"},
        "family_answered": {"number_of_case": "20260601-1", "opened": "2026-06-01"},
        "station_order": {"station": "SS1", "title": "某服务站", "due": "2026-07-01"},
    }
    told = letters_of_play(
        (letter_of(NAME, name), {"facts": each, "dated": "2026-06-01", "addressee": ["某人"]})
        for name, each in said.items()
    )
    assert not told["refused"], told["refused"]
    dated = {each["kind"]: each["remedy_until"] for each in told["letters"]}
    assert dated["renewal-decided"] == dated["renewal-refused"] == "2026-07-31"
