"""A draft before it is issued: counted, costed, with its unknowns, and who gains and loses; nothing is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bihuan.declare.source import Document
from bihuan.entitlements.catalogue import file_of, policy_named
from bihuan.entitlements.foreseeing import foresee
from bihuan.entitlements.models import GrantListRow
from bihuan.entitlements.pure.declared import PolicyFile, read_policy
from bihuan.faces.parts.assets import MANIFEST
from bihuan.registers.isolation import in_district
from tests.entitlements.test_delivery import DAY, LINE, POLICY, firms
from tests.faces.test_views import visitor
from tests.subjects.makers import HERE

__all__ = ["firms"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAGE = f"/policies/{POLICY}/draft/"


def changed(folder: Path, *pairs: tuple[str, str]) -> PolicyFile:
    """The policy in use with other words."""
    return read_policy(Document(written(folder, *pairs)))


def written(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = file_of(POLICY).read_text("utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "draft.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_draft_is_counted_with_its_unknowns_and_who_moves(firms: list[str], tmp_path: Path) -> None:
    used = policy_named(POLICY)
    with in_district(HERE):
        same = foresee(used, used, HERE, DAY, "policy-delivery")
        assert (dict(same.counts), same.gains, same.losses) == ({"yes": 2, "no": 1, "unknown": 1}, [], [])
        assert same.most is not None
        assert same.most == same.fen * 3 // 2, "one more firm of the same amount may come"
        assert same.missing == [("employees", 1)]
        file = changed(tmp_path, *tighter())
        told = foresee(file, used, HERE, DAY, "policy-delivery", ("street",))
        assert dict(told.counts) == {"yes": 1, "no": 2, "unknown": 1}
        assert [each.key for each in told.losses] == [firms[1]]
        assert (told.losses[0].before, told.losses[0].after, told.gains) == (same.fen // 2, 0, [])
        assert sum(fen for _, fen in told.by["street"].values()) == told.fen
        before = foresee(used, used, HERE, date(2025, 12, 31), "policy-delivery")
        assert sum(before.counts.values()) == 0, "nobody was registered on the last day of last year"


def tighter() -> list[tuple[str, str]]:
    """Only firms of fewer than twenty."""
    return [("at_most: 50", "less_than: 20")]


@pytest.mark.skipif(not MANIFEST.exists(), reason="the front end is not built")
def test_the_page_tells_it_to_whom_it_concerns_and_keeps_nothing(firms: list[str], tmp_path: Path) -> None:
    officer, other = visitor("policy_officer", "policy-delivery"), visitor("season_manager", "performances")
    assert other.get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code == 302
    assert LINE in officer.get(PAGE).content.decode(), "the edition in use stands there to be changed"
    text = written(tmp_path, *tighter()).read_text("utf-8")
    page: Any = officer.post(PAGE, {"text": text, "at": DAY.isoformat()})
    told = page.content.decode()
    assert page.status_code == 200
    assert firms[1] in told
    assert firms[0] not in told, "who gets the same is not shown"
    wrong: Any = officer.post(PAGE, {"text": text.replace("field: employees", "field: colour"), "at": DAY.isoformat()})
    assert wrong.status_code == 422
    assert "colour" in wrong.content.decode()
    assert officer.post(PAGE, {"text": "[", "at": DAY.isoformat()}).status_code == 422
    assert officer.post(PAGE, {"text": text, "at": "yesterday"}).status_code == 422
    with in_district(HERE):
        assert not GrantListRow.objects.exists()
