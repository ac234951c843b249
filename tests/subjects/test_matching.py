"""Who is who, and how good a register is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bihuan.registers.live import forget_snapshots
from bihuan.registers.models import District
from bihuan.subjects import catalogue, matching, quality
from bihuan.subjects.pure.cells import Row
from tests.subjects.makers import ANYBODY, DAY, HERE, credit_code, write

pytestmark = pytest.mark.django_db
ONE, TWO, THREE = (credit_code(number) for number in (1, 2, 3))
NUMBER, OTHER = "110108000000016", "110108000000024"


@pytest.fixture(autouse=True)
def register(db: None) -> None:
    names = {"name_zh": "海淀区", "name_en": "Haidian", "zone": "Asia/Shanghai", "calendar": "CN"}
    District.objects.get_or_create(pk=HERE, defaults=names)
    forget_snapshots()
    write(catalogue.subject_type("enterprise"), [
        enterprise(ONE, name="甲公司", registration_number=NUMBER, founded="2020-01-01"),
        enterprise(TWO, name="乙 公司（北京）", founded="2021-01-01", ended="2020-01-01"),
        enterprise(THREE, name="丙公司"),
        enterprise(credit_code(4), name="丙公司", registration_number=OTHER),
        enterprise(credit_code(5), name="丁公司", registration_number=OTHER),
    ])  # fmt: skip


def enterprise(key: str, **values: Any) -> Row:
    return Row(1, key, None, None, {"credit_code": key, **values}, None)


@pytest.mark.parametrize(
    ("values", "answer", "key", "rule"),
    [
        ({"credit_code": ONE, "name": "别的名字"}, "same", ONE, "credit_code"),
        ({"registration_number": NUMBER}, "same", ONE, "registration_number"),
        ({"credit_code": ONE, "registration_number": NUMBER}, "same", ONE, "credit_code"),
        ({"credit_code": TWO, "registration_number": NUMBER}, "ambiguous", "", "credit_code,registration_number"),
        ({"registration_number": OTHER}, "ambiguous", "", "registration_number"),
        ({"name": "甲公司"}, "proposed", ONE, "name"),
        ({"name": "乙公司(北京)"}, "proposed", TWO, "name"),
        ({"name": "丙公司"}, "ambiguous", "", "name"),
        ({"credit_code": credit_code(99), "name": "甲公司"}, "unknown", "", "name"),
        ({"name": "戊公司"}, "unknown", "", ""),
        ({}, "unknown", "", ""),
    ],
)
def test_an_identifier_joins_and_a_name_only_proposes(values: dict[str, str], answer: str, key: str, rule: str) -> None:
    kind = catalogue.subject_type("enterprise")
    (found,) = matching.match_rows(kind, [(7, values)], HERE, DAY, ANYBODY)
    assert (found.line, found.answer, found.key, found.rule) == (7, answer, key, rule)


def test_a_file_is_matched_row_by_row(tmp_path: Any) -> None:
    file, out = tmp_path / "other.csv", tmp_path / "out.csv"
    file.write_text(f"名称,注册号\n甲公司,{NUMBER}\n丙公司,x\n", encoding="utf-8")
    counts = matching.match_file(catalogue.subject_type("enterprise"), file, out, DAY, ANYBODY)
    assert counts == {"same": 1, "ambiguous": 1}
    assert out.read_text(encoding="utf-8").splitlines()[1] == f"2,same,{ONE},registration_number,{ONE}"


def test_every_kind_of_defect_is_counted() -> None:
    kind = catalogue.subject_type("enterprise")
    found = quality.measure(HERE, kind, DAY, ANYBODY)
    counts = {(each.kind, each.field): each.count for each in found.defects}
    assert found.total == 5
    assert counts["missing", "name"] == 0
    assert counts["missing", "founded"] == 3
    assert counts["shared", "registration_number"] == 2
    assert counts["backwards", "founded,ended"] == 1
    assert counts["stale", ""] == 0
    later = quality.measure(HERE, kind, date(2200, 1, 1), ANYBODY)
    assert {(each.kind, each.field): each.count for each in later.defects}["stale", ""] == 5
    site = catalogue.subject_type("site")
    write(site, [Row(1, "s", None, None, {"number": "s", "holder": ONE}, None),
                 Row(2, "t", None, None, {"number": "t", "holder": "nobody"}, None)])  # fmt: skip
    measured = quality.measure(HERE, site, DAY, ANYBODY).defects
    (dangling,) = [each for each in measured if (each.kind, each.field) == ("dangling", "holder")]
    assert dangling.keys == ("t",)
    assert found.as_dict()["per_ten_thousand"]["consistent"] == 8_000
