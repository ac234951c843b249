"""Rule tables inside the guard: compiled and asked when loaded; one faulty folder is set aside, the others go on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.loop import editions
from bihuan.loop.doctoring import programmes
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Command
from bihuan.loop.models import EditionRow
from bihuan.loop.programmes import all_programmes, folder_of, folders_aside, forget_folders, load_programme, rule_book
from bihuan.loop.store import Order, append, current
from tests.loop.district import START, community, facts, registers
from tests.loop.test_store import opening
from tests.programmes.test_declared_loops import INSPECTOR

NAME = "street_scene_remedy"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A city's own programme, a copy of a shipped one under its own names."""
    folder = tmp_path / "home" / "programmes" / "greening"
    shutil.copytree(folder_of("street-scene"), folder)
    for file in [folder / "programme.yaml", *(folder / "tables").glob("*.yaml")]:
        text = file.read_text(encoding="utf-8").replace("id: street-scene", "id: greening")
        text = text.replace("street_scene", "greening")
        file.unlink()
        (file.parent / file.name.replace("street_scene", "greening")).write_text(text, encoding="utf-8")
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path / "home"))
    forget_folders()
    current._looked.clear()
    yield folder
    forget_folders()
    current._looked.clear()


def spoil(folder: Path, old: str, new: str) -> Path:
    file = folder / "tables" / "greening_remedy.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    forget_folders()
    return file


PROBES = [
    ("rows:", "rows: [", "(file)", "not valid YAML"),
    ("within: 24h}", "witin: 24h}", "rows", "is missing"),
    ("table: greening_remedy", "table: another", "table", "holds table 'another', not table 'greening_remedy'"),
    ("urgency", "depth", "inputs.depth", "asks for 'depth', which no case can tell"),
    ("kind: code, values: [urgent, general]", "kind: flag", "", ""),
    ("within: 24h}", "within: soon}", "rows[1].within", "'soon' is not a duration"),
    ("within: 24h}", "within: 0h}", "rows[1].within", "is not a duration"),
    ("values: [urgent, general]", "values: [urgent, general, odd]", "rows", "No row answers"),
    ("  - {urgency: general, within: 3 working days}", "gaps: none known", "", ""),
]


@pytest.mark.parametrize(("old", "new", "field", "what"), PROBES, ids=[new for _, new, _, _ in PROBES])
def test_a_faulty_table_is_refused_with_file_line_field_and_remedy(
    city: Path, old: str, new: str, field: str, what: str
) -> None:
    assert load_programme(city).id == "greening"
    spoil(city, old, new)
    with pytest.raises(DeclarationError) as error:
        load_programme(city)
    problem = next(p for p in error.value.problems if what in p.what and field in p.field)
    assert problem.file == "greening/tables/greening_remedy.yaml"
    assert problem.line >= 1
    assert problem.rule
    assert problem.remedy
    assert city in folders_aside()
    assert "greening" not in all_programmes()
    assert {"hotline", "street-scene"} <= set(all_programmes())


def test_a_scorecard_of_another_name_is_refused(city: Path) -> None:
    file = city / "tables" / "greening_month.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("scorecard: greening_month", "scorecard: other"))
    with pytest.raises(DeclarationError, match="not scorecard 'greening_month'"):
        load_programme(city)


@pytest.mark.django_db
def test_one_faulty_city_folder_stops_nobody_else(city: Path) -> None:
    assert "greening" in all_programmes()
    spoil(city, "within: 24h}", "within: soon}")
    assert "soon" in str(folders_aside()[city])
    assert rule_book().of("hotline").table("hotline_clocks", facts().now.date()) is not None
    assert append([opening()], facts=facts())[0].case is not None
    told = programmes()
    assert (told.level, "greening" in told.message) == ("error", True)
    spoil(city, "within: soon}", "within: 24h}")
    assert folders_aside() == {}


@pytest.mark.django_db
def test_a_table_edited_in_place_is_noticed_and_a_further_edition_is_not(city: Path) -> None:
    assert "greening@2026-11" in editions.activate()
    recorded = EditionRow.objects.get(programme="greening")
    assert any(key.startswith("table:greening_remedy@2023") for key in recorded.tables)
    file = spoil(city, "within: 24h}", "within: 48h}")
    editions.activate()
    assert "edited in place" in str(folders_aside()[city])
    assert "greening" not in all_programmes()
    spoil(city, "within: 48h}", "within: 24h}")
    assert "greening" in all_programmes()
    text = file.read_text(encoding="utf-8")
    ended = text.replace("effective_from: 2013-01-01", "effective_from: 2013-01-01\neffective_to: 2027-01-31")
    assert ended != text
    later = text.replace("edition: 2023", "edition: 2027").replace("2013-01-01", "2027-02-01")
    file.write_text(f"{text}\n---\n{later}", encoding="utf-8")
    forget_folders()
    assert "before edition '2023'" in str(folders_aside()[city])
    file.write_text(f"{ended}\n---\n{later}", encoding="utf-8")
    forget_folders()
    assert editions.activate() == []
    assert folders_aside() == {}
    recorded.refresh_from_db()
    assert any(key.startswith("table:greening_remedy@2027") for key in recorded.tables)


@pytest.mark.django_db
def test_a_running_process_notices_the_edit_too(city: Path) -> None:
    editions.activate()
    spoil(city, "within: 24h}", "within: 48h}")
    current.rule_book()
    assert "edited in place" in str(folders_aside()[city])


def second(city: Path, name: str) -> Path:
    """Another programme of the city, with tables of the same names."""
    folder = city.parent / name
    shutil.copytree(city, folder)
    file = folder / "programme.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("id: greening", f"id: {name}"), encoding="utf-8")
    return folder


def test_two_programmes_use_one_table_id_without_touching_each_other(city: Path) -> None:
    folder = second(city, "lawns")
    spoil(folder, "within: 24h}", "within: 48h}")
    assert folders_aside() == {}
    day = facts().now.date()
    spans = [str(rule_book().of(p).table("greening_remedy", day).lookup(urgency="urgent").value) for p in
             ("greening", "lawns")]  # fmt: skip
    assert spans == ["24h", "48h"]
    spoil(folder, "within: 48h}", "within: soon}")
    assert set(folders_aside()) == {folder}
    assert "greening" in all_programmes()


@pytest.mark.django_db
def test_each_programmes_cases_are_given_their_own_tables_time(city: Path) -> None:
    spoil(second(city, "lawns"), "within: 24h}", "within: 48h}")
    known = LoopFacts(registers(), rule_book(), facts().now, "seed")
    spans = {}
    for name in ("greening", "lawns"):
        about = {"channel": "patrol", "category": "cleanliness.litter", "area": community(), "urgency": "urgent"}
        opened = Order(Command("open", INSPECTOR, START, about), programme=name, kind="finding")
        case = append([opened], facts=known)[0].case
        assert case is not None
        moved = append([Order(Command("dispatch", INSPECTOR, START), case.id)], facts=known)[0].case
        assert moved is not None
        spans[name] = moved.clocks["remedy"].why["within"]
    assert spans == {"greening": "24h", "lawns": "48h"}


def test_a_shared_rule_is_everybodys_until_a_programme_says_that_its_own_takes_its_place(city: Path) -> None:
    day = facts().now.date()
    shipped = rule_book().of("greening").table("residents", day, "110108")
    own = city / "tables" / "residents.yaml"
    text = Path(shipped.meta.file).read_text(encoding="utf-8").replace("3133469", "7")
    own.write_text(text, encoding="utf-8")
    forget_folders()
    problem = folders_aside()[city].problems[0]
    assert (problem.file, problem.field) == ("greening/tables/residents.yaml", "overrides")
    assert problem.line >= 1
    assert "name of a shared rule" in problem.what
    assert "overrides: true" in problem.remedy
    own.write_text(text.replace("gaps:", "overrides: true\ngaps:"), encoding="utf-8")
    forget_folders()
    assert folders_aside() == {}
    asked = {name: rule_book().of(name).table("residents", day, "110108") for name in ("greening", "hotline", "")}
    values = {name: str(table.lookup(area="110108").value) for name, table in asked.items()}
    assert values == {"greening": "7", "hotline": "3133469", "": "3133469"}
    remedy = city / "tables" / "greening_remedy.yaml"
    remedy.write_text(remedy.read_text(encoding="utf-8").replace("rows:", "overrides: true\nrows:"), encoding="utf-8")
    with pytest.raises(DeclarationError, match="there is none of that name"):
        load_programme(city)


@pytest.mark.django_db
def test_a_faulty_shared_folder_of_the_city_stops_nobody(city: Path) -> None:
    folder = city.parent / "shared"
    (folder / "tables").mkdir(parents=True)
    file = folder / "tables" / "holidays.yaml"
    text = (city / "tables" / "greening_remedy.yaml").read_text(encoding="utf-8").replace("greening_remedy", "extra")
    file.write_text(text, encoding="utf-8")
    forget_folders()
    assert rule_book().of("hotline").table("extra", facts().now.date()) is not None
    editions.activate()
    file.write_text(text.replace("within: 24h}", "within: 48h}"), encoding="utf-8")
    forget_folders()
    current.rule_book()
    assert "edited in place" in str(folders_aside()[folder])
    file.write_text("rows: [", encoding="utf-8")
    forget_folders()
    assert set(folders_aside()) == {folder}
    assert {"greening", "hotline"} <= set(all_programmes())
