"""A programme declares its page: a toy view is found and filled, kinds are a closed catalogue, faults are told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bihuan.declare.problems import DeclarationError
from bihuan.faces.panels import catalogue
from bihuan.faces.panels.catalogue import panel_kinds, read_view
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import acting_as
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.registers.live import current_registers
from bihuan.registers.models import Grant, User
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import Row
from tests.faces import cases
from tests.subjects.makers import HERE, credit_code
from tests.subjects.makers import write as write_rows_of

NAME = "name: {zh: 某, en: Some}"
VIEW = f"""
{NAME}
about: {{zh: 试验, en: a trial}}
panels:
  - {{kind: cases, {NAME}, case: request}}
  - {{kind: subjects, {NAME}, type: site, map: true, columns: [number, name]}}
  - {{kind: watches, {NAME}}}
"""


def written(folder: Path, text: str) -> Path:
    """A view in a programme's folder."""
    file = folder / "views" / "toy.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_every_shipped_view_is_whole() -> None:
    for name in all_programmes():
        catalogue.check_views(name, folder_of(name))


def test_every_kind_of_panel_is_in_the_documentation() -> None:
    said = Path(__file__).parents[2].joinpath("docs/topics/views.md").read_text(encoding="utf-8")
    assert [kind for kind in panel_kinds() if f"| `{kind}` |" not in said] == []


@pytest.mark.parametrize(
    ("panel", "what"),
    [
        ("{kind: cake}", "there is no panel of kind 'cake'"),
        ("{kind: cases, %s, case: nothing}", "hotline has no case 'nothing'"),
        ("{kind: cases, %s, states: [closed]}", "'closed' is no open state"),
        ("{kind: subjects, %s, type: cake}", "there is no type 'cake'"),
        ("{kind: subjects, %s, type: site, where: {floor_area: '1'}}", "site is not found by 'floor_area'"),
        ("{kind: subjects, %s, type: site, columns: [colour]}", "site has no open field 'colour'"),
        ("{kind: subjects, %s, type: site, states: [gone]}", "site has no state 'gone'"),
        ("{kind: subjects, %s, type: visit-cap, columns: [left], limit: 90}", "90 rows with derived values"),
        ("{kind: series, %s, series: cake}", "there is no series 'cake'"),
        ("{kind: method, %s, method: cake, inputs: [{type: site, columns: {a: number}}]}", "there is no method 'cake'"),
        ("{kind: method, %s, method: risk-register, inputs: [{type: site, columns: {cake: number}}]}",
         "risk-register takes 2 inputs"),
        ("{kind: orders, %s, orders: [cake]}", "hotline has no order 'cake'"),
        ("{kind: cases, %s, colour: red}", "colour"),
        ("{kind: strip, %s, series: cake, bands: [{%s, colour: good}]}", "there is no series 'cake'"),
        ("{kind: strip, %s, series: aqi-day, bands: [{%s, colour: pink}]}", "no colour 'pink'"),
        ("{kind: strip, %s, series: aqi-day, bands: [{%s, colour: good, below: 5}]}", "bands rise"),
        ("{kind: method, %s, method: place-ranking, inputs: [{series: aqi-day, columns: {place: colour}}]}",
         "no open field 'colour'"),
    ],
)  # fmt: skip
def test_what_a_panel_names_must_exist(tmp_path: Path, panel: str, what: str) -> None:
    text = f"{NAME}\nabout: {{zh: 试, en: t}}\npanels:\n  - {panel.replace('%s', NAME)}\n"
    with pytest.raises(DeclarationError, match=what):
        read_view("hotline", written(tmp_path, text))


@pytest.fixture
def town(loaded: None, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A toy view of the hotline, one open case and two sites."""
    written(tmp_path, VIEW)
    written(tmp_path, VIEW).with_name("heads.yaml").write_text(f"roles: [leader]{VIEW}", encoding="utf-8")
    real = catalogue.folder_of
    monkeypatch.setattr(catalogue, "folder_of", lambda name: tmp_path if name == "hotline" else real(name))
    mine, _code = cases.opened("三号楼路灯不亮")
    rows = [
        Row(1, f"S{n}", None, None, {"number": f"S{n}", "name": f"{n}号", "position": [116300000 + n, 39950000]}, None)
        for n in (1, 2)
    ]  # fmt: skip
    write_rows_of(subject_type("site"), rows)
    return mine.number


def visitor(role: str, programme: str = "") -> Client:
    """Somebody with one role in the district, or with one that a programme declares, in that programme."""
    user = User.objects.create_user(f"view-{role}", name=role, district_id=HERE)
    kind, scope = ("programme", programme) if programme else ("district", HERE)
    Grant.objects.create(district_id=HERE, user=user, role=role, scope_kind=kind, scope=scope)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.slow
def test_a_view_is_found_from_its_programme_and_filled(town: str, built: None) -> None:
    client = visitor("operator")
    page: Any = client.get("/programmes/hotline/")
    assert "/programmes/hotline/page/toy/" in page.content.decode()
    assert "/programmes/hotline/page/heads/" not in page.content.decode()
    for language, words in (("zh-hans", "编号"), ("en", "Number")):
        told: Any = client.get("/programmes/hotline/page/toy/", headers={"accept-language": language})
        text = told.content.decode()
        assert told.status_code == 200
        assert words in text
        assert town in text
        assert text.count('<circle class="dot-') >= 2
        assert "/subjects/site/S1/" in text


@pytest.mark.slow
def test_the_page_of_every_shipped_programme_says_what_it_declares(loaded: None, db: None, built: None) -> None:
    for name, programme in all_programmes().items():
        for language, said in (("zh-hans", programme.name.zh), ("en", programme.name.en)):
            page: Any = Client().get(f"/programmes/{name}/", headers={"accept-language": language})
            assert page.status_code == 200, name
            assert said in unescape(page.content.decode())


@pytest.mark.slow
def test_a_view_for_other_roles_is_closed(town: str, built: None) -> None:
    assert visitor("operator").get("/programmes/hotline/page/heads/").status_code == 403
    assert visitor("leader").get("/programmes/hotline/page/heads/").status_code == 200
    assert visitor("inspector").get("/programmes/hotline/page/none/").status_code == 404
    assert Client().get("/programmes/hotline/page/toy/").status_code == 302


@pytest.mark.slow
def test_every_shipped_view_opens_with_nothing_there(loaded: None, db: None, built: None) -> None:
    client = visitor("district_admin")
    for name in all_programmes():
        for view in catalogue.views_of(name).values():
            if view.declared.roles:
                continue
            told: Any = client.get(f"/programmes/{name}/page/{view.name}/")
            assert told.status_code == 200, (name, view.name)
            assert "无法显示" not in told.content.decode(), (name, view.name)


PAGE_OF = f"""
{NAME}
about: {{zh: 试验, en: a trial}}
of: enterprise
panels:
  - {{kind: subjects, {NAME}, type: inspection-visit, where: {{enterprise: =of}}, columns: [number, day]}}
"""
BOARD = f"""
{NAME}
about: {{zh: 试验, en: a trial}}
dated: true
panels:
  - {{kind: board, {NAME}, type: inspection-visit, row: enterprise, date: day, parts: departments, months: 3}}
"""


@pytest.mark.slow
def test_a_board_shows_merged_visits_and_a_page_is_of_one(loaded: None, db: None, built: None, tmp_path: Path) -> None:
    firms = [credit_code(n) for n in (1, 2)]
    named = [{"credit_code": key, "name": f"某公司{n}"} for n, key in enumerate(firms)]
    visits = [
        {"number": f"V{n}", "enterprise": firms[n > 1], "day": date(2026, 3, 5 + n).isoformat(), "code": "000001",
         "departments": "fire" if n else "fire;market", "lead_department": "fire", "kind": "routine"}
        for n in range(3)
    ]  # fmt: skip
    for kind, key, rows in (("enterprise", "credit_code", named), ("inspection-visit", "number", visits)):
        write_rows_of(subject_type(kind), [Row(1, row[key], date(2026, 1, 1), None, row, None) for row in rows])
    here = World(acting_as("visitor"), current_registers(), datetime(2026, 3, 1, 4, tzinfo=UTC))
    ((board, panel),) = read_view("joint-inspection", written(tmp_path, BOARD)).panels
    shown = board.show(here, "joint-inspection", panel)
    assert list(shown.heads)[1:-1] == ["2026-02", "2026-03", "2026-04"]
    assert [[cell.text for cell in row[1:]] for row in shown.rows] == [
        ["", "05, 06（合并 2）", "", "2"], ["", "07", "", "1"],
    ]  # fmt: skip
    assert [row[0].text for row in shown.rows] == ["某公司0", "某公司1"], "a firm is called by its name"
    client, address = visitor("operator"), "/programmes/joint-inspection/page/firm/"
    page: Any = client.get(address, {"of": firms[0]})
    assert ("V0" in page.content.decode(), "V2" in page.content.decode()) == (True, False)
    assert "某公司0" in page.content.decode()
    assert 'name="of"' in client.get(address).content.decode()
    assert "page/firm/?of=" in client.get(f"/subjects/enterprise/{firms[0]}/").content.decode()


CAPS = f"""
{NAME}
about: {{zh: 试验, en: a trial}}
panels:
  - {{kind: subjects, {NAME}, type: visit-cap, columns: [enterprise, most, left]}}
"""


@pytest.mark.slow
def test_a_column_may_be_a_derived_value_and_a_link_is_told_by_name(
    loaded: None, db: None, built: None, tmp_path: Path
) -> None:
    firm, other = credit_code(1), credit_code(2)
    cap = {"number": "C1", "enterprise": firm, "year": 2026, "most": 3, "announced": "2026-01-01"}
    visit = {
        "number": "V1", "enterprise": firm, "day": "2026-02-01", "code": "000001", "departments": "fire", "cap": "C1",
        "lead_department": "fire", "kind": "routine", "approved": "2026-01-20",
    }  # fmt: skip
    caps = [cap, cap | {"number": "C2", "enterprise": other, "most": 1}]
    named = [{"credit_code": firm, "name": "某公司"}]
    for kind, key, rows in (
        ("enterprise", "credit_code", named), ("visit-cap", "number", caps), ("inspection-visit", "number", [visit]),
    ):  # fmt: skip
        write_rows_of(subject_type(kind), [Row(1, row[key], date(2026, 1, 1), None, row, None) for row in rows])
    here = World(acting_as("visitor"), current_registers(), datetime(2026, 3, 1, 4, tzinfo=UTC))
    ((kind_of, panel),) = read_view("joint-inspection", written(tmp_path, CAPS)).panels
    shown = kind_of.show(here, "joint-inspection", panel)
    assert [[cell.text for cell in row] for row in shown.rows] == [["某公司", "3", "2"], [other, "1", "1"]]
    assert [row[0].url for row in shown.rows] == [f"/subjects/enterprise/{firm}/", ""], "who is not known has no page"


def test_a_page_of_one_names_a_type_that_there_is(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="there is no type 'cake'"):
        read_view("hotline", written(tmp_path, PAGE_OF.replace("of: enterprise", "of: cake")))
