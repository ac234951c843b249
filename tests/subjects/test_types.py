"""Types of subjects: those that are shipped, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.declare.types import field_type
from bihuan.declare.types.organisation_code import check_character
from bihuan.declare.types.registration_number import check_digit
from bihuan.subjects import catalogue
from bihuan.subjects.pure.types import read_type, state_of, unknown_targets
from tests.subjects.makers import TOY, declared

SHARED = ("enterprise", "site", "facility", "project", "document", "worker", "device", "vehicle")


def test_the_shared_types_are_declared_in_order_and_lead_only_to_each_other() -> None:
    types = catalogue.subject_types()
    assert tuple(types)[: len(SHARED)] == SHARED
    for kind in types.values():
        assert kind.title_field in kind.fields
        assert kind.shown[0] == kind.key
        assert all(rule.name.zh and rule.name.en for rule in kind.fields.values())


def test_what_names_a_person_is_sealed_and_fenced() -> None:
    worker = catalogue.subject_type("worker")
    assert set(worker.sealed_fields) == {"name", "citizen_id", "phone"}
    assert worker.fence.startswith("worker/")
    assert catalogue.subject_type("worker:interest").fence.startswith("worker:interest/")


def test_a_link_is_a_type_with_two_ends() -> None:
    owner = catalogue.subject_type("enterprise:owner")
    assert tuple(owner.fields) == ("from", "to", "share")
    assert owner.found_by == ("from", "to")
    with pytest.raises(catalogue.UnknownType, match="no link 'mother'"):
        catalogue.subject_type("enterprise:mother")
    with pytest.raises(catalogue.UnknownType, match="no type of subjects 'dragon'"):
        catalogue.subject_type("dragon")


@pytest.mark.parametrize(
    ("was", "now", "line", "said"),
    [
        ("key: number", "key: serial", 6, "'serial' is no field"),
        ("type: code, find: true", "type: kolor, find: true", 9, "there is no field type 'kolor'"),
        ("owner: {type: text, personal", "owner: {type: text, find: true, personal", 14, "sealed and to be found by"),
        ("since: begun", "since: size", 20, "'size' is no date"),
        ("key: number\n", "key: owner\n", 6, "the key is sealed"),
        ("type: text, secret: true", "type: citizen_id", 15, "a citizen's number is personal"),
        ("{type: subject, to: toy,", "{type: code, to: toy,", 13, "leads to a subject"),
        ("type: number", "type: choice", 10, "has no choices"),
        ("personal: true", "persona1: true", 14, "not a known field"),
    ],
)
def test_a_wrong_declaration_names_file_line_field_rule_and_remedy(
    tmp_path: Path, was: str, now: str, line: int, said: str
) -> None:
    with pytest.raises(DeclarationError) as error:
        declared(tmp_path, TOY.replace(was, now, 1))
    found = [problem for problem in error.value.problems if said in problem.what]
    assert [problem.line for problem in found] == [line], error.value
    assert all(problem.field and problem.rule and problem.remedy for problem in error.value.problems)


def test_a_link_to_nowhere_is_named(tmp_path: Path) -> None:
    file = tmp_path / "toy.yaml"
    file.write_text(TOY.replace("beside: {to: toy", "beside: {to: doll"), encoding="utf-8")
    document = Document(file)
    (problem,) = unknown_targets({"toy": (read_type(document), document)})
    assert (problem.field, problem.line) == ("links.beside.to", 17)


def test_the_types_of_a_programme_are_checked_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "toys"
    (folder / "subjects").mkdir(parents=True)
    file = folder / "subjects" / "toy.yaml"
    file.write_text(TOY, encoding="utf-8")
    assert catalogue.check_folder(folder) == ["toy"]
    file.write_text(TOY.replace("to: toy", "to: doll"), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"toys/subjects/toy.yaml:13: .*no type 'doll'"):
        catalogue.check_folder(folder)
    file.write_text(TOY.replace("id: toy", "id: site"), encoding="utf-8")
    with pytest.raises(DeclarationError, match="'site' is declared in"):
        catalogue.check_folder(folder)
    assert catalogue.check_folder(tmp_path) == []


@pytest.mark.parametrize(
    ("begun", "ended", "state"),
    [(None, None, None), ("2026-03-01", None, "here"), ("2026-03-02", None, None), ("2026-01-01", "2026-03-01", "gone"),
     ("2026-01-01", "2026-03-02", "here")],
)  # fmt: skip
def test_a_state_follows_from_dates(tmp_path: Path, begun: str | None, ended: str | None, state: str | None) -> None:
    values = {name: day for name, day in (("begun", begun), ("ended", ended)) if day}
    found = state_of(declared(tmp_path), values, "2026-03-01")
    assert (found.id if found else None) == state


@pytest.mark.parametrize(
    ("begun", "size", "state"),
    [("2026-02-20", 9, "fresh"), ("2026-02-20", 8, "stale"), ("2026-02-20", None, "stale"), (None, 9, "stale"),
     ("2026-03-02", 9, "stale"), ("2026-03-01", 0, "fresh")],
)  # fmt: skip
def test_a_proof_lasts_so_many_days(tmp_path: Path, begun: str | None, size: int | None, state: str) -> None:
    states = TOY[: TOY.index("states:")] + (
        "states:\n  - {id: fresh, since: begun, lasts: size, name: {zh: 有效, en: Fresh}}\n"
        "  - {id: stale, name: {zh: 失效, en: Stale}}\n"
    )
    values = {name: value for name, value in (("begun", begun), ("size", size)) if value is not None}
    found = state_of(declared(tmp_path, states), values, "2026-03-01")
    assert found is not None
    assert found.id == state


@pytest.mark.parametrize("lasts", ["colour", "no_such"])
def test_what_lasts_is_a_number_of_days(tmp_path: Path, lasts: str) -> None:
    states = TOY.replace("since: begun, until: ended", f"since: begun, lasts: {lasts}")
    with pytest.raises(DeclarationError, match="is no number of days"):
        declared(tmp_path, states)


def test_a_purpose_declared_anew_is_another_fence(tmp_path: Path) -> None:
    first = declared(tmp_path, TOY + "purpose: {programmes: [census]}\n")
    second = declared(tmp_path, TOY + "purpose: {programmes: [census, control]}\n")
    renamed = declared(tmp_path, TOY + "purpose: {programmes: [census], why: {zh: 普查, en: census}}\n")
    assert first.fence != second.fence
    assert first.fence == renamed.fence


def test_published_identifiers_fit_their_check_characters() -> None:
    # GB 11714-1997 names D2143569-X; the other is the example of GS 15-2006.
    assert check_character("D2143569") == "X"
    assert check_digit("11010800000001") == "6"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("organisation_code", "D2143569X", "D21435691"),
        ("registration_number", "110108000000016", "110108000000017"),
        ("area_code", "110108001", "990108"),
    ],
)
def test_an_identifier_is_checked(name: str, good: str, bad: str) -> None:
    from bihuan.declare.fieldtype import NOBODY, Plain

    kind = field_type(name)
    assert kind.check(good, Plain(name), NOBODY) is None
    assert kind.check(bad, Plain(name), NOBODY) is not None
