"""Signs: anybody reads what a sign names, its code leads back, a report begins at its place; what is gone has none."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.declare.problems import DeclarationError
from bihuan.faces.signs import find_faults, read_sign, sign_over
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import Row
from bihuan.subjects.writing import Authorship, write_rows
from tests.subjects.makers import HERE

NAME = "name: {zh: 某, en: Some}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("over: cake\nshows: [a]", "there is no type 'cake'"),
        ("over: river-sign\nshows: [colour]", "no open field 'colour'"),
        ("over: river-sign\nshows: [river]\nplace: colour", "no open field 'colour'"),
        ("over: petition\nshows: [number]", "stands behind a fence"),
        ("over: river-sign\nshows: []", "at least 1 item"),
    ],
)
def test_what_a_sign_names_must_exist_and_be_public(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "signs" / "toy.yaml"
    file.parent.mkdir()
    file.write_text(f"{NAME}\n{text}\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=what):
        read_sign("hotline", file)


def test_every_shipped_sign_is_whole() -> None:
    assert find_faults().level == "ok", find_faults()
    found = sign_over("river-sign")
    assert found is not None
    assert found.name == "board"
    assert sign_over("venue") is None


@pytest.mark.slow
def test_anybody_reads_a_sign_and_reports_from_there(loaded: None, db: None) -> None:
    today = timezone.localdate()
    row: dict[str, Any] = {
        "number": "SG1", "name": "清河第一段公示牌", "post": "V1", "river": "清河第一段", "level": "village",
        "chief": "某某（社区级河长）", "phone": "010-55500001", "street": "110108011",
        "position": [116_312_345, 39_990_001], "keeper": "water-affairs",
    }  # fmt: skip
    write_rows(
        subject_type("river-sign"),
        [Row(1, "SG1", date(2020, 1, 1), None, row, None)],
        Authorship(HERE, "system:test", "t"),
        today,
    )
    client = Client()
    page = client.get("/signs/river-chief/board/SG1/")
    text = page.content.decode()
    assert page.status_code == 200
    for said in ("清河第一段", "010-55500001", "某某（社区级河长）", "data:image/svg+xml;base64,"):
        assert said in text
    assert "water-affairs" not in text, "what the sign does not name is not shown"
    begun = client.get(
        "/report/",
        {"address": "清河第一段公示牌", "area": "110108011", "lon": "116.312345", "lat": "39.990001", "text": "x"},
    )
    form = begun.content.decode()
    assert 'value="清河第一段公示牌"' in form
    assert 'name="lon" value="116.312345"' in form
    assert ">x</textarea>" not in form, "an address begins the place only"
    assert "lon=116.312345&amp;lat=39.990001" in text
    assert client.get("/signs/river-chief/board/SG9/").status_code == 404
    assert client.get("/signs/river-chief/none/SG1/").status_code == 404
    gone = row | {"removed": "2021-01-01"}
    write_rows(
        subject_type("river-sign"),
        [Row(1, "SG1", date(2021, 1, 1), None, gone, None)],
        Authorship(HERE, "system:test", "t"),
        today,
    )
    assert client.get("/signs/river-chief/board/SG1/").status_code == 404, "removed"
