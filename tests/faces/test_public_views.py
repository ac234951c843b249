"""Views for anybody: declared so, shown as to a stranger whoever looks, with no link to a page for staff."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import resolve

from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.programmes import all_programmes
from bihuan.registers.live import forget_snapshots
from tests.api.callers import caller
from tests.boxes.test_course import load
from tests.shipped import load_shipped

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
OPEN = "/programmes/deliberation/open/"


@pytest.fixture
def issues(db: None) -> Iterator[None]:
    """An issue with two options, a promise, and a vote."""
    forget_snapshots()
    load_shipped()
    load("estate", E1={"name": "学知里", "street": "110108001"})
    load("owner", A={})
    load("part", P1={"estate": "E1", "owner": "A", "area": "80.00"})
    load("vote-item", V1={"estate": "E1", "issue": "I1", "title": "消防泵", "matter": "use_fund",
                          "vote_from": "2026-01-01", "vote_until": "2026-01-09"})  # fmt: skip
    said = {"estate": "E1", "street": "110108001", "kind": "fund", "raised": "2026-01-01", "vote": "V1"}
    load("issue", I1={"title": "更换水泵", **said}, I2={"title": "别的议题", **said})
    load("issue-option", O1={"issue": "I1", "text": "只修不换", "cost": "12000.00", "paid_from": "fund"},
         O2={"issue": "I2", "text": "另一议题的方案", "cost": "1.00", "paid_from": "fund"})  # fmt: skip
    yield
    forget_snapshots()


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_anybody_reads_issues_and_the_options_with_their_cost(issues: None) -> None:
    listed = read(Client(), f"{OPEN}residents/")
    assert "更换水泵" in listed
    assert f"{OPEN}talk/?of=I1" in listed, "an issue leads to its own public page"
    page = read(Client(), f"{OPEN}talk/?of=I1")
    assert "只修不换" in page
    assert "12,000.00" in page or "12000.00" in page
    assert "另一议题的方案" not in page
    assert "/boxes/owners-vote/V1/" in page


@pytest.mark.parametrize("role", [None, "district_admin"])
def test_no_link_of_a_public_view_leads_to_a_page_for_staff(issues: None, role: str | None) -> None:
    client = Client()
    if role:
        client.force_login(caller(role, None).user, backend="django.contrib.auth.backends.ModelBackend")
    for name in (name for name, view in views_of("deliberation").items() if view.declared.public):
        page = read(client, f"{OPEN}{name}/?of=I1")
        main = page.partition("<main")[2].partition("</main>")[0]
        for address in re.findall(r'href="(/[^"#?]*)', main):
            assert getattr(resolve(address).func, "rooms", None) is None, (name, address)


def test_a_view_that_is_not_public_is_nowhere(issues: None) -> None:
    for name in ("overview", "issue", "nothing"):
        assert Client().get(f"{OPEN}{name}/").status_code == 404
    assert Client().get("/programmes/nothing/open/residents/").status_code == 404
    page = read(Client(), "/programmes/deliberation/")
    assert f"{OPEN}residents/" in page
    assert "/programmes/deliberation/page/" not in page


def test_no_public_view_names_roles(db: None) -> None:
    public = [view for key in all_programmes() for view in views_of(key).values() if view.declared.public]
    assert public
    assert all(not view.declared.roles for view in public), "what some may see is nothing for everybody"
