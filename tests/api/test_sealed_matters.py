"""Role × address where a matter is sealed: petitions, ballots before the close, grants, how strict inspectors are.

What is expected is written by hand from the design, not read from the declarations.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bihuan.boxes.catalogue import box_named
from bihuan.boxes.opening import open_box
from bihuan.boxes.putting import SealedEnvelope, put_in
from bihuan.faces.parts.assets import MANIFEST
from bihuan.registers.live import current_registers, forget_snapshots
from tests.api.callers import Caller, caller
from tests.api.rights import ROLES
from tests.boxes.test_course import load
from tests.shipped import load_shipped

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(not MANIFEST.exists(), reason="the front end is not built"),
]
SECRET = "IDXCANARY77"
OFFICER = "petition_officer"
FIGURES = frozenset({"inspector", "unit_head", "leader", "analyst"})
"""Who opens the page of inspectors' figures; an inspector sees the own one alone."""
READERS = frozenset({OFFICER, "analyst", "leader"})
"""Who opens the pages of petitions."""


@pytest.fixture
def matters(db: None) -> Iterator[None]:
    """A petition with its index, a vote that is open with one ballot, a grant, visits of two inspectors."""
    forget_snapshots()
    load_shipped()
    load("petition", P1={"person": SECRET, "organ": "urban-management", "received": "2026-01-05"})
    load("estate", E1={"name": "苑", "street": "110108001"})
    load("owner", A={}, B={})
    load("part", P1={"estate": "E1", "owner": "A", "area": "80.00"}, P2={"estate": "E1", "owner": "B", "area": "80.00"})
    today = current_registers().calendar.local_date(datetime.now(UTC))
    load("vote-item", V1={"estate": "E1", "title": "消防泵", "matter": "use_fund", "vote_from": str(today),
                          "vote_until": str(today + timedelta(days=2))})  # fmt: skip
    put_in(box_named("owners-vote"), "V1", [SealedEnvelope("A", "page", {"vote": "against"})], datetime.now(UTC))
    yield
    forget_snapshots()


def people() -> list[tuple[str | None, Caller]]:
    """Nobody, every role of the house, and the officer of petitions."""
    found: list[tuple[str | None, Caller]] = [(role, caller(role)) for role in (None, *ROLES)]
    return [*found, (OFFICER, caller(OFFICER, scope=("programme", "petitions")))]


def browser(who: Caller) -> Client:
    client = Client(raise_request_exception=False)
    if who.user is not None:
        client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def told(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else str(answer.content.decode())


def test_before_the_close_a_ballot_is_nowhere_whatever_the_role(matters: None) -> None:
    cells = 0
    for role, who in people():
        pages = [browser(who).get(address) for address in (
            "/boxes/", "/boxes/owners-vote/V1/", "/boxes/owners-vote/V1/vote/", "/boxes/owners-vote/V1.json",
            "/subjects/ballot/", "/subjects/ballot.csv", "/subjects/vote-item/V1/",
            "/programmes/deliberation/page/overview/", "/programmes/deliberation/open/residents/")]  # fmt: skip
        pages += [who.get("/boxes/owners-vote/V1"), who.get("/subjects/ballot")]
        for answer in pages:
            cells += 1
            text = told(answer)
            assert answer.status_code < 500, role
            assert "against" not in text, (role, answer.request["PATH_INFO"])
            assert ">反对<" not in text, (role, answer.request["PATH_INFO"])
        assert browser(who).get("/boxes/owners-vote/V1.json").status_code == 404
    assert cells == 11 * (len(ROLES) + 2)
    open_box(box_named("owners-vote"), "V1", datetime.now(UTC) + timedelta(days=4))
    assert ">反对<" in told(Client().get("/boxes/owners-vote/V1/")), "afterwards it stands there for everybody"


def test_petitions_are_read_on_their_programmes_pages_alone(matters: None) -> None:
    """The register is closed to every role: it is read for its programme, on the pages of that."""
    for role, who in people():
        client = browser(who)
        for view in ("overview", "causes"):
            answer = client.get(f"/programmes/petitions/page/{view}/")
            assert (answer.status_code == 200) == (role in READERS), (role, view, answer.status_code)
        seen = {address for address in ("/subjects/petition/P1/", "/subjects/petition/", "/subjects/petition.csv")
                if SECRET in told(client.get(address))}  # fmt: skip
        seen |= {
            address for address in ("/subjects/petition/P1", "/subjects/petition") if SECRET in told(who.get(address))
        }
        assert not seen, (role, seen)
        assert client.get("/subjects/petition/P1/").status_code == (302 if role is None else 403), role


def test_figures_of_inspectors_are_for_the_head_and_the_own_for_each(matters: None) -> None:
    for role, who in people():
        answer = browser(who).get("/programmes/work-safety/page/calibration/")
        assert (answer.status_code == 200) == (role in FIGURES), (role, answer.status_code)


def test_what_a_firm_was_granted_is_no_page_for_strangers(matters: None) -> None:
    for role, who in people():
        client = browser(who)
        for address in ("/subjects/policy-grant/", "/subjects/policy-grant.csv"):
            answer = client.get(address)
            staff = role not in (None, "resident", "integrator")
            assert (answer.status_code == 200) == staff, (role, address, answer.status_code)
