"""Photographs: weighed before they travel, kept across an error elsewhere, small as thumbnails; pages compressed."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bihuan.loop.models import MediaRow
from bihuan.loop.store import get_case
from tests.faces import cases
from tests.faces.browser import Visitor
from tests.loop.test_pictures import jpeg, scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]


def test_what_is_too_large_is_said_before_it_travels(visitor: Come, tmp_path: Path) -> None:
    heavy = tmp_path / "heavy.jpg"
    heavy.write_bytes(b"\xff\xd8\xff" + os.urandom(21_000_000))
    resident = visitor(language="en")
    resident.go("/report/")
    sent: list[str] = []
    resident.page.on("request", lambda request: sent.append(request.method))
    resident.page.set_input_files("#photos", str(heavy))
    assert "heavy.jpg has 21.0 MB" in resident.text()
    resident.page.fill("#text", "The lamp in the yard is broken")
    resident.page.click("form[data-report] button.primary")
    assert "POST" not in sent
    assert resident.page.url.endswith("/report/")


def test_an_error_elsewhere_keeps_the_chosen_photograph(visitor: Come, tmp_path: Path) -> None:
    photo = tmp_path / "lamp.jpg"
    photo.write_bytes(jpeg(scene(3)))
    resident = visitor(width=390, language="en")
    resident.go("/report/")
    page = resident.page
    page.fill("#text", "The lamp in the yard is broken")
    page.set_input_files("#photos", str(photo))
    page.click("form[data-report] button.primary")
    assert page.locator("[data-error-summary]").count() == 1
    kept = page.locator("input[name=kept_photo]")
    assert kept.count() == 1
    width = page.locator(".evidence img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert width == 320
    page.click("form[action$='/setlang/'] button")
    page.wait_for_load_state()
    assert page.locator("input[name=kept_photo]").count() == 1, "a language switch keeps it too"
    page.select_option("#area", "110108011")
    page.click("form[data-report] button.primary")
    page.wait_for_url("**/received/")
    assert list(MediaRow.objects.values_list("case_id", flat=True)).count(None) == 0
    assert MediaRow.objects.count() == 1
    stranger = visitor()
    key = MediaRow.objects.get().pk
    assert stranger.page.request.get(f"{stranger.base}/report/kept/{key}/").status == 404


def test_pages_are_compressed_and_differ_in_length(visitor: Come) -> None:
    resident = visitor()
    answers = [
        resident.page.request.get(resident.base + "/report/", headers={"accept-encoding": "gzip"}) for _ in range(4)
    ]
    assert {answer.headers.get("content-encoding") for answer in answers} == {"gzip"}
    assert len({answer.headers["content-length"] for answer in answers}) > 1, "padding against guessing by length"
    assert len(gzip.compress(answers[0].body())) < len(answers[0].body()) / 2


def test_a_new_case_by_staff_keeps_its_photograph_across_an_error(visitor: Come, tmp_path: Path) -> None:
    photo = tmp_path / "litter.jpg"
    photo.write_bytes(jpeg(scene(5)))
    inspector = visitor("inspector", "en")
    page = inspector.page
    inspector.go("/programmes/street-scene/finding/new/")
    page.fill("[name=text]", "Litter beside the bus stop")
    page.fill("[name=area]", "no such place")
    page.set_input_files("[name=photo]", str(photo))
    page.click("main button.primary")
    assert page.locator("[data-error-summary]").count() == 1
    assert page.locator("input[name=kept-photo]").is_checked()
    assert page.locator(".evidence img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    page.click("form[action$='/setlang/'] button")
    page.wait_for_load_state()
    assert page.locator("input[name=kept-photo]").count() == 1, "a language switch keeps it too"
    page.fill("[name=area]", "110108011")
    page.click("main button.primary")
    page.wait_for_load_state()
    assert page.locator("[data-error-summary]").count() == 0
    (row,) = MediaRow.objects.all()
    assert row.case_id is not None
    assert visitor().page.request.get(f"{inspector.base}/report/kept/{row.pk}/").status == 404
    assert inspector.complaints == []


def test_evidence_keeps_its_photograph_when_another_field_is_wrong(visitor: Come, tmp_path: Path) -> None:
    photo = tmp_path / "done.jpg"
    photo.write_bytes(jpeg(scene(6)))
    case, _code = cases.opened()
    case = cases.then(case, "operator", "dispatch", unit="street-110108011")
    case = cases.then(case, "handler", "accept")
    unit = visitor("handler", "en")
    unit.go(f"/cases/{case.number}/")
    unit.page.evaluate("document.querySelectorAll('[required]').forEach(e => e.required = false)")
    unit.act("add_evidence", file=str(photo))  # no kind of evidence is chosen
    form = unit.page.locator("#act-add_evidence")
    assert form.locator("input[name=kept-file]").is_checked()
    assert MediaRow.objects.get().case_id is None, "it proves nothing yet"
    unit.act("add_evidence", type="photo")
    unit.page.wait_for_url(f"**/cases/{case.number}/")
    row = MediaRow.objects.get()
    after = get_case(case.number)
    assert after is not None
    assert [item["sha256"] for item in after.evidence] == [row.sha256]
    assert str(row.case_id) == str(case.id)
    unit.page.evaluate("document.querySelectorAll('[required]').forEach(e => e.required = false)")
    unit.act("add_evidence", file=str(photo), type="photo")  # the very same picture: refused, and not kept
    assert unit.page.locator("input[name=kept-file]").count() == 0
    assert MediaRow.objects.count() == 1
