"""Sealed fields end when their time is over and not before; a city's own wrong type takes nothing else down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bihuan.registers.live import forget_snapshots
from bihuan.registers.models import District
from bihuan.server.home import current_home
from bihuan.subjects import asking, catalogue, doctoring, retention, writing
from bihuan.subjects.fence import system
from bihuan.subjects.pure.cells import Row
from tests.subjects.makers import DAY, HERE, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


@pytest.fixture
def district(db: None) -> None:
    names = {"name_zh": "海淀区", "name_en": "Haidian", "zone": "Asia/Shanghai", "calendar": "CN"}
    District.objects.get_or_create(pk=HERE, defaults=names)
    forget_snapshots()


def worker(key: str, **values: Any) -> Row:
    return Row(1, key, None, None, {"number": key, "kind": "inspector", **values}, {"name": "王小明"})


def sealed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM subject_sealed")
        return int(cursor.fetchone()[0])


def test_sealed_fields_go_with_the_years_after_the_end(app_role: None) -> None:
    kind = catalogue.subject_type("worker")
    write(kind, [worker("works"), worker("left-lately", left="2026-01-01"), worker("left-long-ago", left="2019-01-01"),
                 worker("gone-lately")._replace(valid_from=date(2018, 1, 1)),
                 worker("gone-long-ago")._replace(valid_from=date(2018, 1, 1))])  # fmt: skip
    act = writing.Authorship(HERE, "system:test", "a test")
    writing.end_subjects(kind, ["gone-lately"], act, DAY)
    writing.end_subjects(kind, ["gone-long-ago"], act, date(2019, 1, 1))
    who = system("test", "a test")
    found = {held.key: held for held in asking.find(HERE, kind, asking.Viewpoint(DAY), who)}
    assert retention.sweep(today=date(2026, 11, 30)) == 2, "who left, and who was taken off the list, in 2019"
    assert asking.open_sealed(HERE, kind, found["left-long-ago"], who) == {}
    assert asking.open_sealed(HERE, kind, found["left-lately"], who) == {"name": "王小明"}
    assert retention.sweep(today=date(2026, 11, 30)) == 0
    assert retention.sweep(today=date(2028, 3, 1)) == 2


def test_a_retention_of_years_ends_on_the_same_day() -> None:
    assert retention._years_before(date(2028, 2, 29), 3) == date(2025, 2, 28)
    assert retention._years_before(date(2026, 11, 30), 2) == date(2024, 11, 30)


@pytest.fixture
def wrong() -> Iterator[Path]:
    folder = current_home().path / "programmes" / "mine" / "subjects"
    folder.mkdir(parents=True)
    (folder / "bad.yaml").write_text("id: bad\n", encoding="utf-8")
    yield folder / "bad.yaml"
    (folder / "bad.yaml").unlink()
    folder.rmdir()
    folder.parent.rmdir()
    catalogue.forget()


def test_a_wrong_type_of_the_city_is_left_out_and_named(wrong: Path) -> None:
    catalogue.forget()
    assert "enterprise" in catalogue.subject_types()
    assert "bad" not in catalogue.subject_types()
    found = doctoring.types()
    assert found.level == "error"
    assert "bad.yaml" in found.message
    wrong.write_text("id: enterprise\n", encoding="utf-8")
    catalogue.forget()
    assert catalogue.set_aside()
