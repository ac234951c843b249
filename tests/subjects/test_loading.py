"""Files of subjects: any format, any order of columns, rejects with line and remedy, whole lists, a look before."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from django.db import connection

from bihuan.registers.live import forget_snapshots
from bihuan.registers.models import District
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.exporting import write_file
from bihuan.subjects.loading import Loaded, LoadRefused, load_file
from bihuan.subjects.pure.types import SubjectType
from tests.subjects.makers import ANYBODY, DAY, HERE, credit_code, declared

pytestmark = pytest.mark.django_db
ONE, TWO, THREE = (credit_code(number) for number in (1, 2, 3))
HEADER = "名称,credit_code,Sub-district code,capital,unknown"


@pytest.fixture(autouse=True)
def district(db: None) -> None:
    District.objects.get_or_create(
        pk=HERE, defaults={"name_zh": "海淀区", "name_en": "Haidian", "zone": "Asia/Shanghai", "calendar": "CN"}
    )
    forget_snapshots()


def load(file: Path, kind: str | SubjectType = "enterprise", day: date = DAY, **options: object) -> Loaded:
    found = subject_type(kind) if isinstance(kind, str) else kind
    return load_file(found, file, "system:test", day=day, **options)  # type: ignore[arg-type]


def csv(folder: Path, *lines: str, header: str = HEADER, name: str = "list.csv") -> Path:
    file = folder / name
    file.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return file


def test_a_list_is_loaded_once_whatever_the_order_of_its_columns(tmp_path: Path) -> None:
    loaded = load(csv(tmp_path, f"甲公司,{ONE},110108001,1000,x", f"乙公司,{TWO},110108002,,"))
    assert loaded.written.counts == {"created": 2}
    assert loaded.ignored == ["unknown"]
    other = csv(tmp_path, f"{TWO},110108002,乙公司", f"{ONE},110108001,甲公司", header="统一社会信用代码,street,name")
    assert load(other).written.counts == {"unchanged": 2}, "fewer columns say less and take nothing away"
    held = asking.get(HERE, subject_type("enterprise"), ONE, DAY, ANYBODY)
    assert held is not None
    assert held.values == {"name": "甲公司", "credit_code": ONE, "street": "110108001", "capital": "1000.00"}


def test_wrong_rows_are_rejected_with_line_and_remedy_and_the_rest_is_applied(tmp_path: Path) -> None:
    out = tmp_path / "wrong.csv"
    bad = ONE[:-1] + ("0" if ONE[-1] != "0" else "1")
    file = csv(tmp_path, f"甲,{bad},1,,", f"乙,{TWO},1,,", ",,1,,", f"丙,{THREE},1,much,", f"乙,{TWO},2,,")
    loaded = load(file, rejects=out, language="zh")
    assert loaded.written.counts == {"created": 1}
    assert [(each.line, each.field) for each in loaded.rejects] == [
        (2, "credit_code"), (4, "credit_code"), (5, "capital"), (6, "credit_code"),
    ]  # fmt: skip
    assert (loaded.rows, loaded.rejected) == (5, 4)
    text = out.read_text(encoding="utf-8")
    assert "校验码不符" in text
    assert "与第3行重复" in text


def test_a_whole_list_ends_what_is_missing_but_not_what_it_could_not_read(tmp_path: Path) -> None:
    load(csv(tmp_path, f"甲,{ONE},1,,", f"乙,{TWO},1,,", f"丙,{THREE},1,,"))
    later = date(2026, 6, 1)
    file = csv(tmp_path, f"甲,{ONE},1,,", f"乙,{TWO},1,much,")
    looked = load(file, day=later, complete=True, apply=False)
    assert looked.written.counts == {"unchanged": 1, "ended": 1}
    assert [(d.key, d.verdict) for d in looked.written.differences] == [(THREE, "ended")]
    kind = subject_type("enterprise")
    assert asking.count(HERE, kind, asking.Viewpoint(later), ANYBODY) == 3, "looking changes nothing"
    assert load(file, day=later, complete=True).written.counts == {"unchanged": 1, "ended": 1}
    assert asking.count(HERE, kind, asking.Viewpoint(later), ANYBODY) == 2
    assert asking.count(HERE, kind, asking.Viewpoint(DAY), ANYBODY) == 3, "they did exist"
    assert load(file, day=later, complete=True).written.counts == {"unchanged": 1}


def test_nothing_is_ended_while_a_key_cannot_be_read(tmp_path: Path) -> None:
    load(csv(tmp_path, f"甲,{ONE},1,,", f"乙,{TWO},1,,"))
    loaded = load(csv(tmp_path, f"甲,{ONE},1,,", "乙,91110108,1,,"), day=date(2026, 6, 1), complete=True)
    assert loaded.written.held
    assert loaded.written.counts == {"unchanged": 1}


def test_a_file_without_the_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match="lacks credit_code"):
        load(csv(tmp_path, "甲", header="name"))


def _xlsx(file: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["编号", "名称", "类型", "启用日期"], ["s1", "站一", "shop", date(2026, 1, 5)]):
        book.active.append(line)
    book.save(file)


def _jsonl(file: Path) -> None:
    file.write_text('{"number": "s1", "name": "站一", "kind": "shop", "opened": "2026-01-05"}\n', encoding="utf-8")


def _parquet(file: Path) -> None:
    table = {"number": ["s1"], "name": ["站一"], "kind": ["shop"], "opened": [date(2026, 1, 5)]}
    pq.write_table(pa.table(table), file)


@pytest.mark.parametrize(("name", "make"), [("s.xlsx", _xlsx), ("s.jsonl", _jsonl), ("s.parquet", _parquet)])
def test_every_format_says_the_same(name: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / name)
    assert load(tmp_path / name, "site").written.counts == {"created": 1}
    held = asking.get(HERE, subject_type("site"), "s1", DAY, ANYBODY)
    assert held is not None
    assert held.values == {"number": "s1", "name": "站一", "kind": "shop", "opened": "2026-01-05"}


SQUARE = [[116.3, 39.9], [116.31, 39.9], [116.31, 39.91], [116.3, 39.9]]


def _geojson(file: Path) -> None:
    feature = {"type": "Feature", "properties": {"number": "s1", "name": "园", "kind": "zone"},
               "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}  # fmt: skip
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")


def _geopackage(file: Path, srs: int = 4326) -> None:
    with sqlite3.connect(file) as made:
        made.executescript(
            "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);"
            "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INT);"
            "CREATE TABLE zones (number TEXT, name TEXT, kind TEXT, geom BLOB);"
            "INSERT INTO gpkg_contents VALUES ('zones', 'features');"
        )
        made.execute("INSERT INTO gpkg_geometry_columns VALUES ('zones', 'geom', ?)", [srs])
        blob = b"GP\x00\x01" + struct.pack("<i", srs) + shapely.to_wkb(shapely.Polygon(SQUARE))
        made.execute("INSERT INTO zones VALUES ('s1', '园', 'zone', ?)", [blob])


@pytest.mark.parametrize(("name", "make"), [("s.geojson", _geojson), ("s.gpkg", _geopackage)])
def test_shapes_come_with_their_places(name: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / name)
    loaded = load(tmp_path / name, "site")
    assert loaded.written.counts == {"created": 1}, loaded.rejects
    held = asking.get(HERE, subject_type("site"), "s1", DAY, ANYBODY)
    assert held is not None
    assert held.values["shape"]["positions"][1] == [116310000, 39900000]
    out = tmp_path / "out.geojson"
    assert write_file(out, subject_type("site"), [held]) == 1
    assert json.loads(out.read_text())["features"][0]["geometry"] == {"type": "Polygon", "coordinates": [SQUARE]}


def test_a_geopackage_of_another_system_is_refused(tmp_path: Path) -> None:
    from bihuan.subjects.pure.geofiles import GeoFileError

    _geopackage(tmp_path / "s.gpkg", srs=3857)
    with pytest.raises(GeoFileError, match="EPSG:3857"):
        load(tmp_path / "s.gpkg", "site")


def test_places_of_another_system_are_converted(tmp_path: Path) -> None:
    from bihuan.insight.places.coordinates import from_wgs84

    lon, lat = from_wgs84(116.3, 39.95, "GCJ-02")
    load(csv(tmp_path, f'{ONE},"{lon:.6f}, {lat:.6f}"', header="credit_code,position"), coordinates="gcj02")
    held = asking.get(HERE, subject_type("enterprise"), ONE, DAY, ANYBODY)
    assert held is not None
    assert all(abs(a - b) <= 1 for a, b in zip(held.values["position"], [116_300_000, 39_950_000], strict=True))
    with pytest.raises(LoadRefused, match="no system 'Moon'"):
        load(csv(tmp_path, ONE, header="credit_code"), coordinates="Moon")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_is_exported_loads_without_a_change(form: str, tmp_path: Path) -> None:
    load(csv(tmp_path, f"甲公司,{ONE},110108001,1000,x", f"乙公司,{TWO},110108002,,"))
    kind = subject_type("enterprise")
    out = tmp_path / f"out.{form}"
    assert write_file(out, kind, asking.stream(HERE, kind, asking.Viewpoint(DAY), ANYBODY, batch=1)) == 2
    assert load(out).written.counts == {"unchanged": 2}


def test_sealed_fields_are_nowhere_in_the_clear(tmp_path: Path) -> None:
    kind = declared(tmp_path)
    file = csv(tmp_path, "a,red,王小明,芝麻", "b,red,,", header="number,colour,owner,code_word")
    assert load(file, kind).written.counts == {"created": 2}
    assert load(file, kind).written.counts == {"unchanged": 2}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM subject_sealed")
        assert cursor.fetchone() == (1,), "an unchanged row seals nothing anew"
        for table in ("subject_version", "subject_found", "subject_sealed", "subject_change", "ledger_statement"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ '王小明|芝麻'")
            assert cursor.fetchone() == (0,), table
    with pytest.raises(LoadRefused, match="lacks code_word"):
        load(csv(tmp_path, "a,王小明", header="number,owner"), kind)
    assert load(csv(tmp_path, "a,blue", header="number,colour"), kind).written.counts == {"changed": 1}
    held = asking.get(HERE, kind, "a", DAY, ANYBODY)
    assert held is not None
    looker = ANYBODY._replace(purpose="a test")
    assert asking.open_sealed(HERE, kind, held, looker) == {"owner": "王小明", "code_word": "芝麻"}


def test_links_are_loaded_like_subjects_with_what_they_carry(tmp_path: Path) -> None:
    file = csv(
        tmp_path, f"{ONE},{TWO},51.5,2026-01-01", f"{ONE},{THREE},0.1,2026-02-01", header="from,to,share,valid_from"
    )
    assert load(file, "enterprise:owner").written.counts == {"created": 2}
    held = asking.find(HERE, subject_type("enterprise:owner"), asking.Viewpoint(DAY, equal={"to": TWO}), ANYBODY)
    assert [(each.key, each.values["share"]) for each in held] == [(f"{ONE}|{TWO}", "51.5")]


def test_lists_are_found_by_field_by_beginning_and_page_by_page(tmp_path: Path) -> None:
    load(csv(tmp_path, *(f"公司{n},{credit_code(n)},11010800{n % 2},," for n in range(1, 8))))
    kind = subject_type("enterprise")
    assert asking.count(HERE, kind, asking.Viewpoint(DAY, equal={"street": "110108001"}), ANYBODY) == 4
    both = asking.Viewpoint(DAY, equal={"street": "110108001"}, begins={"name": "公司3"})
    assert [held.values["name"] for held in asking.find(HERE, kind, both, ANYBODY)] == ["公司3"]
    seen: list[str] = []
    after = ""
    while page := asking.find(HERE, kind, asking.Viewpoint(DAY, after=after, limit=3), ANYBODY):
        seen += [held.key for held in page]
        after = page[-1].key
    assert seen == sorted(credit_code(n) for n in range(1, 8))
    with pytest.raises(KeyError, match="not found by 'capital'"):
        asking.find(HERE, kind, asking.Viewpoint(DAY, equal={"capital": "1"}), ANYBODY)
