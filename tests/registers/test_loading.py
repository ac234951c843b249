"""Bulk loading: what is wrong is rejected by line and column, the rest is applied once and only once."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bihuan.registers import live
from bihuan.registers.derive_calendars import FOLDER as CALENDARS
from bihuan.registers.loading import load_district, load_register
from bihuan.registers.models import CalendarEdition, Deputy, District, Grant, Organisation, OrganisationSpan, User
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.sheets import read_table
from bihuan.registers.pure.snapshot import Registers
from bihuan.registers.pure.tables import COLUMNS, organisation_of

HERE = "110108"
DAY = date(2026, 5, 6)

pytestmark = pytest.mark.django_db


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_district_is_loaded_once() -> None:
    facts, first = load_district("haidian")
    assert facts.code == HERE
    assert {outcome.register: outcome.created for outcome in first} == {
        "district": 1,
        "areas": 708,
        "organisations": 761,
        "duties": 126,
        "users": 17,
        "deputies": 3,
    }
    assert not any(outcome.rejects for outcome in first)
    revision = District.objects.get(pk=HERE).revision
    _, second = load_district("haidian")
    assert sum(outcome.created + outcome.changed for outcome in second) == 0
    assert District.objects.get(pk=HERE).revision == revision


@pytest.mark.usefixtures("haidian")
def test_the_database_answers_as_the_folder_does() -> None:
    from_folder, from_database = Registers.from_folder("haidian"), live.read_snapshot(HERE)
    assert from_database.version == from_folder.version
    asked = ("utilities.heating.cold", "110108011001", DAY)
    assert from_database.duty(*asked) == from_folder.duty(*asked)


def test_a_contradictory_folder_is_refused_whole(tmp_path: Path) -> None:
    source = Registers.from_folder("haidian")
    assert source
    for name in ("district.yaml", "areas.csv", "organisations.csv"):
        shipped = Path(CALENDARS).parents[1] / "districts" / "haidian" / name
        (tmp_path / name).write_bytes(shipped.read_bytes())
    write(tmp_path, "duties.csv", "category,area,lead\nroads,*,nobody\n")
    with pytest.raises(RegisterError, match="unknown unit"):
        load_district(tmp_path)
    assert not District.objects.exists()


ORGANISATIONS = """\
code,name_zh,name_en,kind,parent,valid_from,successors
good,好,Good,department,district,,
kind,错,Wrong kind,ministry,district,,
nameless,,No name,department,district,,
orphan,孤,Orphan,department,nowhere,,
follower,随,Follower of the orphan,department,orphan,,
dated,日,Bad date,department,district,2026-13-01,
wide,宽,Too wide,department,district,,,surplus
good,好,Twice,department,district,,
"""


@pytest.mark.usefixtures("haidian")
def test_wrong_rows_are_named_and_the_rest_applied(tmp_path: Path) -> None:
    path = write(tmp_path, "units.csv", ORGANISATIONS)
    outcome = load_register("organisations", path, HERE)
    assert (outcome.read, outcome.created, len(outcome.rejects)) == (8, 1, 7)
    assert Organisation.objects.filter(code="good").exists()
    where = {reject.as_dict()["where"] for reject in outcome.rejects}
    assert where == {
        "units.csv:3 kind",
        "units.csv:4 name_zh",
        "units.csv:5 parent",
        "units.csv:6 parent",
        "units.csv:7 valid_from",
        "units.csv:8",
        "units.csv:9",
    }
    texts = [reject.as_dict() for reject in outcome.rejects]
    assert all(text["remedy"] and text["rule"] for text in texts)
    assert any("'nowhere'" in text["what"] for text in texts)


@pytest.mark.usefixtures("haidian")
def test_a_rejects_file_is_corrected_and_loaded_again(tmp_path: Path) -> None:
    outcome = load_register("organisations", write(tmp_path, "units.csv", ORGANISATIONS), HERE)
    rejects = tmp_path / "rejects.csv"
    outcome.write_rejects(rejects)
    with rejects.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["#where"] == "units.csv:3 kind"
    assert "surplus" in [row["#surplus"] for row in rows]
    rejects.write_text(rejects.read_text(encoding="utf-8").replace("ministry", "department"), encoding="utf-8")
    again = load_register("organisations", rejects, HERE)
    codes = set(Organisation.objects.filter(code__in=["kind", "wide", "orphan"]).values_list("code", flat=True))
    assert (again.created, codes) == (2, {"kind", "wide"})


@pytest.mark.usefixtures("haidian")
@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("x.csv", b"", "nothing in it"),
        ("x.csv", b"code,name_zh\n", "missing column name_en, kind"),
        ("x.csv", b"code,name_zh,name_en,kind,colour\n", "unknown column colour"),
        ("x.csv", b"code,name_zh,name_en,kind,kind\n", "column kind stands twice"),
        ("x.csv", "code,name_zh\n".encode("utf-16"), "x.csv:1: missing column name_en, kind"),
        ("x.csv.gz", gzip.compress(b"code,name_zh,name_en,kind\n" * 999)[:-20], "ends too early"),
        ("x.xlsx", b"PK\x03\x04 broken", "damaged"),
        ("x.yaml", b"rows: 3\n", "not a list"),
        ("x.yaml", b"- {code: a, colour: red}\n", "unknown field colour"),
        ("x.yaml", b"- {code: a\n", "x.yaml:2"),
        ("x.pdf", b"%PDF", "not a format I can read"),
    ],
)
def test_an_unusable_file_changes_nothing(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    before = Organisation.objects.count()
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RegisterError, match=complaint):
        load_register("organisations", path, HERE)
    assert Organisation.objects.count() == before


HEAD = "code,name_zh,name_en,kind,parent\n"


@pytest.mark.usefixtures("haidian")
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_and_packing_is_read(tmp_path: Path, encoding: str) -> None:
    text = (
        "# 各单位名称以编办文件为准，如有变动，请及时更新\n"
        + HEAD
        + "fresh,新设的街道服务中心,New,department,district\n"
    )
    path = tmp_path / "units.csv.gz"
    path.write_bytes(gzip.compress(text.encode(encoding)))
    outcome = load_register("organisations", path, HERE)
    assert (outcome.created, outcome.rejects) == (1, [])
    assert OrganisationSpan.objects.get(organisation__code="fresh").name_zh == "新设的街道服务中心"


@pytest.mark.usefixtures("haidian")
def test_a_line_that_cannot_be_read_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    lines = [HEAD.encode(), "a,甲,A,department,district\n".encode(), b"b,\xff\xfe,B,department,district\n", b"\n"]
    lines += [b'c,"C,C,department,district\n', b"d,D,D,department\n"]
    path.write_bytes(b"".join(lines))
    outcome = load_register("organisations", path, HERE)
    told = [reject.as_dict() for reject in outcome.rejects]
    assert (outcome.read, outcome.created) == (4, 2)
    assert [each["where"] for each in told] == ["units.csv:3 name_zh", "units.csv:5"]
    assert all(each["rule"] and each["remedy"] for each in told)


@pytest.mark.usefixtures("haidian")
def test_rejects_run_no_formula_and_come_back_as_they_were(tmp_path: Path) -> None:
    name = '=HYPERLINK(""x"")'
    path = write(tmp_path, "units.csv", HEAD + f'x,"{name}",-2+3,ministry,district\n')
    rejects = tmp_path / "rejects.csv"
    load_register("organisations", path, HERE).write_rejects(rejects)
    text = rejects.read_text(encoding="utf-8-sig")
    assert "\"'=HYPERLINK" in text
    assert ",'-2+3," in text
    rejects.write_text(text.replace("ministry", "department"), encoding="utf-8")
    assert load_register("organisations", rejects, HERE).created == 1
    span = OrganisationSpan.objects.get(organisation__code="x")
    assert (span.name_zh, span.name_en) == ('=HYPERLINK("x")', "-2+3")


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z]{1,8}", fullmatch=True),
            st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="#\\"), min_size=1),
            st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_csv_xlsx_and_yaml_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, str, date | None, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("same")
    header = ["code", "name_zh", "name_en", "kind", "valid_from", "district_fallback", "areas"]
    rows: list[list[Any]] = [[code, name, name, "department", day, flag, "11;12"] for code, name, day, flag in entries]
    with (folder / "t.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *([("" if c is None else c) for c in row] for row in rows)])
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for number, row in enumerate((header, *rows), start=1):
        for column, cell in enumerate(list(row), start=1):
            target = sheet.cell(number, column, cell)
            if isinstance(cell, str):
                target.data_type = "s"  # a text that begins with = is no formula here
    book.save(folder / "t.xlsx")
    listed = [
        {k: v.isoformat() if isinstance(v, date) else v for k, v in zip(header[:-1], row, strict=False)}
        | {"areas": ["11", "12"]}
        for row in rows
    ]
    (folder / "t.yaml").write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
    columns = COLUMNS["organisations"]
    csv_says, xlsx_says, yaml_says = (
        [organisation_of(row, HERE) for row in read_table(folder / f"t.{kind}", *columns)]
        for kind in ("csv", "xlsx", "yaml")
    )
    assert csv_says == xlsx_says == yaml_says


@pytest.mark.usefixtures("haidian")
def test_a_duty_is_handed_over_by_ending_the_old_row(tmp_path: Path) -> None:
    clash = write(tmp_path, "clash.csv", "category,area,lead,valid_from\nhealth,*,education,2026-07-01\n")
    outcome = load_register("duties", clash, HERE)
    assert [reject.as_dict()["where"] for reject in outcome.rejects] == ["clash.csv:2 valid_from"]
    assert "second lead" in outcome.rejects[0].error.what
    handover = write(
        tmp_path,
        "handover.csv",
        "category,area,lead,valid_from,valid_to\nhealth,*,health,,2026-07-01\nhealth,*,education,2026-07-01,\n",
    )
    outcome = load_register("duties", handover, HERE)
    assert (outcome.created, outcome.changed, outcome.rejects) == (1, 1, [])
    registers = live.current_registers()
    names = [
        registers.unit(registers.duty("health.hospital.attitude", None, day).lead, day)
        for day in (DAY, date(2026, 7, 1))
    ]
    assert [unit and unit.code for unit in names] == ["health", "education"]


USERS = """\
username,name,roles,unit,scope_kind,scope,language,password
nina,吴娜,handler;unit_head,street-110108011,unit,street-110108011,en,a-long-password
nina,吴娜,inspector,street-110108011,area,110108012,en,
omar,欧马,operator,hotline-centre,,,,
ghost,鬼,operator,nowhere,,,,
role,角,emperor,,,,,
scope,域,handler,,unit,nowhere,,
two,二,operator,hotline-centre,,,,
two,三,operator,hotline-centre,,,,
"""


@pytest.mark.usefixtures("haidian")
def test_users_get_exactly_the_grants_of_the_file(tmp_path: Path) -> None:
    outcome = load_register("users", write(tmp_path, "users.csv", USERS), HERE)
    assert (outcome.read, outcome.created, len(outcome.rejects)) == (8, 4, 4)
    assert sorted(reject.as_dict()["where"] for reject in outcome.rejects) == [
        "users.csv:5 unit",
        "users.csv:6 roles",
        "users.csv:7 scope",
        "users.csv:9 name",
    ]
    nina = User.objects.get(username="nina")
    assert nina.check_password("a-long-password")
    assert not User.objects.get(username="omar").has_usable_password()
    grants = set(Grant.objects.filter(user=nina).values_list("role", "scope_kind"))
    assert grants == {("handler", "unit"), ("unit_head", "unit"), ("inspector", "area")}
    fewer = "\n".join(USERS.splitlines()[:2]).replace("handler;unit_head", "handler")
    assert load_register("users", write(tmp_path, "users.csv", fewer), HERE).changed == 1
    assert set(Grant.objects.filter(user=nina).values_list("role", flat=True)) == {"handler"}
    assert load_register("users", tmp_path / "users.csv", HERE).unchanged == 1


@pytest.mark.usefixtures("haidian")
def test_every_change_of_roles_is_a_security_line(tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    def told(text: str) -> list[tuple[str, list[str], list[str]]]:
        with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
            load_register("users", write(tmp_path, "users.csv", text), HERE)
        return [(each["user"], each["held"], each["holds"]) for each in lines if each["event"] == "role_changed"]

    head = "username,name,roles,scope_kind,scope,is_active\n"
    area = "inspector@area:110108012"
    granted = told(head + "zoe,吴娜,inspector,area,110108012,yes\n")
    zoe = str(User.objects.get(username="zoe").pk)
    assert granted == [(zoe, [], [area])]
    assert told(head + "zoe,吴珊,inspector,area,110108012,yes\n") == [], "a name is no right"
    assert told(head + "zoe,吴珊,operator,area,110108012,yes\n") == [(zoe, [area], ["operator@area:110108012"])]
    assert told(head + "zoe,吴珊,operator,area,110108012,no\n") == [(zoe, ["operator@area:110108012"], [])]


@pytest.mark.usefixtures("haidian")
def test_production_takes_no_password_from_a_file(tmp_path: Path, settings: Any) -> None:
    settings.BIHUAN_ENV = "production"
    outcome = load_register("users", write(tmp_path, "users.csv", USERS), HERE)
    assert "users.csv:2 password" in {reject.as_dict()["where"] for reject in outcome.rejects}
    rejects = tmp_path / "rejects.csv"
    outcome.write_rejects(rejects)
    assert "a-long-password" not in rejects.read_text(encoding="utf-8")
    assert "a-long-password" not in json.dumps(outcome.as_dict())


@pytest.mark.usefixtures("haidian")
def test_deputies_may_be_people_or_units(tmp_path: Path) -> None:
    load_register("users", write(tmp_path, "users.csv", USERS), HERE)
    lines = ("unit,deputy,when", "market,user:omar,nights", "market,user:nobody,nights", "market,emergency,days_off")
    outcome = load_register("deputies", write(tmp_path, "d.csv", "\n".join(lines)), HERE)
    assert (outcome.created, [r.as_dict()["where"] for r in outcome.rejects]) == (2, ["d.csv:3 deputy"])
    omar = User.objects.get(username="omar")
    assert Deputy.objects.filter(deputy=f"user:{omar.pk}").exists()
    night = datetime(2026, 5, 6, 14, 0, tzinfo=UTC)  # 22:00 in the district
    registers = live.current_registers()
    market = registers.unit("market", DAY)
    assert market
    assert registers.acts_for(f"user:{omar.pk}", None, night) == {market.id}
    assert load_register("deputies", tmp_path / "d.csv", HERE).unchanged == 2


@pytest.mark.usefixtures("haidian")
def test_a_new_year_is_covered_once_it_is_loaded(tmp_path: Path) -> None:
    assert not live.current_registers().calendar.covers(date(2027, 1, 4))
    text = (CALENDARS / "2026.yaml").read_text(encoding="utf-8").replace("2026", "2027")
    path = write(tmp_path, "2027.yaml", text)
    assert load_register("calendars", path, HERE).created == 1
    calendar = live.current_registers().calendar
    assert calendar.covers(date(2027, 1, 4))
    assert calendar.edition != Registers.from_folder("haidian").calendar.edition
    assert load_register("calendars", path, HERE).unchanged == 1
    changed = write(tmp_path, "2027.yaml", text.replace("2027-01-04", "2027-01-10"))
    with pytest.raises(RegisterError, match="other content"):
        load_register("calendars", changed, HERE)
    write(tmp_path, "2027.yaml", text.replace("2027-01-04", "2027-01-10").replace("CN-2027.1", "CN-2027.2"))
    assert load_register("calendars", changed, HERE).created == 1
    assert live.current_registers().calendar.is_workday(date(2027, 1, 10))
    assert CalendarEdition.objects.count() == 2


@pytest.mark.usefixtures("haidian")
def test_another_process_sees_a_change_after_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = live.current_registers()
    assert live.current_registers() is before
    District.objects.filter(pk=HERE).update(revision=10**6)
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.0)
    after = live.current_registers()
    assert after is not before
    assert after.version == before.version
    assert live.current_registers() is after


def test_without_a_district_the_remedy_is_named() -> None:
    with pytest.raises(RegisterError, match="no district is loaded") as caught:
        live.current_registers()
    assert "bihuan load district" in caught.value.remedy
    with pytest.raises(RegisterError, match="110108 is not loaded"):
        load_register("areas", Path("x.csv"), HERE)
