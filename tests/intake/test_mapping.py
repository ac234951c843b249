"""Mappings: dates and zones made exact, words made codes, wrong headers and wrong YAML answered with the place."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.intake.mapping import load_mapping, preset, presets
from bihuan.intake.propose import propose_mapping
from bihuan.readers.dates import FORMS, Zone, parse_moment
from bihuan.readers.faults import FileError
from tests.intake.helpers import mapping, records
from tests.readers.helpers import write

BOSTON = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_hour_that_happens_twice() -> None:
    night = datetime(2011, 11, 6, 1, 30)
    assert Zone(BOSTON, ambiguous="earlier").utc(night) == utc("2011-11-06T05:30")
    assert Zone(BOSTON, ambiguous="later").utc(night) == utc("2011-11-06T06:30")
    assert Zone(BOSTON, ambiguous="reject").utc(night) == "ambiguous_time"


def test_the_hour_that_never_happens() -> None:
    night = datetime(2011, 3, 13, 2, 30)
    assert Zone(BOSTON, nonexistent="reject").utc(night) == "nonexistent_time"
    moved = Zone(BOSTON, nonexistent="forward").utc(night)
    assert isinstance(moved, datetime)
    assert moved.astimezone(BOSTON).strftime("%H:%M") == "03:30"


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from(["America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]),
)
def test_a_local_time_that_exists_survives_the_way_to_utc_and_back(local: datetime, name: str) -> None:
    found = Zone(ZoneInfo(name), nonexistent="reject").utc(local)
    if isinstance(found, datetime):
        assert found.astimezone(ZoneInfo(name)).replace(tzinfo=None) == local


@pytest.mark.parametrize(
    ("form", "text", "want"),
    [
        ("iso", "2011-07-01 01:32:33", "2011-07-01T01:32:33"),
        ("iso", "2011-07-01", "2011-07-01T00:00"),
        ("ymd", "2019/2/8 9:05:00", "2019-02-08T09:05"),
        ("ymd", "2019年2月8日", "2019-02-08T00:00"),
        ("ymd", "2019年2月8日 13时05分", "2019-02-08T13:05"),
        ("mdy", "07/01/2011 12:05:00 AM", "2011-07-01T00:05"),
        ("mdy", "07/01/2011 12:05 PM", "2011-07-01T12:05"),
        ("dmy", "1.7.2011 23:59", "2011-07-01T23:59"),
        ("epoch", 1309483953, "2011-07-01T01:32:33"),
        ("excel", 43524.475752314815, "2019-02-28T11:25:05"),
    ],
)
def test_date_forms(form: str, text: object, want: str) -> None:
    assert parse_moment(text, form, Zone(ZoneInfo("UTC"))) == utc(want)  # type: ignore[arg-type]  # parametrised


@pytest.mark.parametrize(
    "text", ["2019-02-30", "2019/13/1", "31/12/2019", "yesterday", "2019-1-1 25:00", "1/1/2019 13:00 PM", "inf", ""]
)
@pytest.mark.parametrize("form", sorted(FORMS))
def test_impossible_dates_are_no_dates(form: str, text: str) -> None:
    if form in ("mdy", "dmy") and text in ("31/12/2019",):
        return
    assert parse_moment(text, form, Zone(ZoneInfo("UTC"))) == "not_a_date"  # type: ignore[arg-type]  # parametrised


def test_rows_are_refused_one_by_one_with_field_rule_and_remedy(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "id,opened,title,closed,lon,lat,how\n"
        "1,2026-01-02,ok,2026-01-03,116.3,39.9,call\n"
        "2,2026-02-30,bad date,,,,call\n"
        "3,2026-01-05,backwards,2026-01-01,,,call\n"
        "4,2026-01-05,nowhere,,39.9,116.3,call\n"
        "5,2026-01-05,word,,,,pigeon\n"
        "6,2099-01-05,future,,,,call\n"
        "7,,no date,,,,call\n"
        "8,2026-01-05,half a place,,116.3,x,call\n",
    )
    by = mapping(
        columns={"id": "id", "opened": "opened", "title": "title", "closed": "closed", "longitude": "lon",
                 "latitude": "lat", "channel": "how"},
        values={"channel": {"call": "phone"}},
    )  # fmt: skip
    good, faults = records(path, by)
    assert [(r.id, r.report.channel, r.report.place) for r in good] == [("1", "phone", (116_300_000, 39_900_000))]
    assert [(f.line, f.code, f.field) for f in faults] == [
        (3, "not_a_date", "opened"),
        (4, "before_opened", "closed"),
        (5, "no_such_place", "lat"),
        (6, "unknown_value", "how"),
        (7, "out_of_time", "opened"),
        (8, "missing", "opened"),
        (9, "not_a_number", "lat"),
    ]
    assert faults[0].sentence("a.csv") == (
        "a.csv:3 opened: '2026-02-30' is not a date; rule: dates are YYYY-MM-DD[ HH:MM[:SS]] (ISO 8601); "
        "remedy: correct the date or declare its form in the mapping"
    )
    assert "规则" in faults[0].sentence("a.csv", "zh")


def test_records_do_not_depend_on_the_batch_size(tmp_path: Path) -> None:
    lines = "".join(f"{i},2026-01-{i % 31 + 1:02d},title {i}\n" for i in range(300))
    path = write(tmp_path / "a.csv", "id,opened,title\n" + lines)
    assert records(path, mapping(), 7) == records(path, mapping(), 1000)


def test_fingerprints_tell_reported_from_afterwards(tmp_path: Path) -> None:
    columns = {"id": "id", "opened": "opened", "title": "title", "closed": "closed"}
    head = "id,opened,title,closed\n"
    prints = []
    for row in ("1,2026-01-02,a,", "1,2026-01-02,a,2026-01-05", "1,2026-01-02,b,"):
        good, _ = records(write(tmp_path / "a.csv", head + row + "\n"), mapping(columns=columns))
        prints.append(good[0].fingerprint)
    assert prints[0][:8] == prints[1][:8] != prints[2][:8]
    assert prints[0][8:] == prints[2][8:] != prints[1][8:]


def test_a_row_without_id_is_known_by_its_content(tmp_path: Path) -> None:
    by = mapping(required=["opened", "title"])
    good, _ = records(write(tmp_path / "a.csv", "id,opened,title\n,2026-01-02,a\n,2026-01-02,b\n"), by)
    assert len({r.id for r in good}) == 2
    assert all(r.id.startswith("content-") for r in good)


def test_a_wrong_header_names_missing_found_and_near() -> None:
    with pytest.raises(FileError) as error:
        preset("boston").match("x.csv", ["case_enquiry_ID ", "open_date", "case_titel"])
    text = str(error.value)
    assert "open_dt" in text
    assert "case_titel" in text
    assert "case_title ≈ case_titel" in text
    assert "case_enquiry_id is missing" not in text  # case and spaces do not matter


def test_open_rows_ignore_a_closing_column_that_means_last_update(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "service_request_id,status,service_name,requested_datetime,updated_datetime\n"
        "1,open,Pothole,2026-01-02T08:00:00+08:00,2026-01-03T08:00:00+08:00\n"
        "2,closed,Pothole,2026-01-02T08:00:00+08:00,2026-01-03T08:00:00+08:00\n"
        "3,closed,Pothole,2026-01-02T08:00:00+08:00,\n",
    )
    good, faults = records(path, preset("open311-csv"))
    assert [r.history.closed_at if r.history else "" for r in good] == [None, utc("2026-01-03T00:00")]
    assert [(f.code, f.line) for f in faults] == [("missing", 4)]


@pytest.mark.parametrize("name", presets())
def test_presets_load(name: str) -> None:
    assert preset(name).id == name


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        ("zone: Mars/Olympus", 4, "no IANA zone"),
        ("colums: {}", 4, "not a known field"),
        ("dates: american", 4, "is not allowed"),
        ("required: [due]", 1, "no column"),
        ("duplicates: {column: a, pattern: 'x'}", 4, "exactly one group"),
    ],
)
def test_a_wrong_mapping_is_answered_with_its_line(tmp_path: Path, change: str, line: int, words: str) -> None:
    text = f"id: x\nname: {{zh: 甲, en: A}}\nsource: x\n{change}\ncolumns:\n  opened: o\n  title: t\n"
    with pytest.raises(FileError) as error:
        load_mapping(write(tmp_path / "m.yaml", text))
    assert error.value.fault.line == line
    assert words in str(error.value)


def test_the_wizard_proposes_a_mapping_that_imports(tmp_path: Path) -> None:
    lines = "".join(
        f"WO-{i},2026/1/{i % 28 + 1} 8:00:00,路灯不亮{i},网站,116.{i % 90 + 10},39.{i % 90 + 10}\n" for i in range(50)
    )
    path = write(tmp_path / "工单.csv", "工单编号,受理时间,诉求内容,来源,经度,纬度\n" + lines)
    proposal = propose_mapping(path)
    by = load_mapping(write(tmp_path / "m.yaml", proposal))
    want = {"id": "工单编号", "opened": "受理时间", "text": "诉求内容", "channel": "来源"}
    assert by.columns == {**want, "longitude": "经度", "latitude": "纬度"}
    assert by.form("opened") == "ymd"
    good, faults = records(path, by)
    assert len(good) == 50
    assert not faults
    assert {r.report.channel for r in good} == {"web"}


def test_the_wizard_is_not_fooled_by_a_name_whose_values_have_the_wrong_shape(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "date,number,text\nsoon,1,a\nlater,1,b\n")
    proposal = propose_mapping(path)
    assert "opened: ???" in proposal
    assert 'id: "number"' not in proposal
