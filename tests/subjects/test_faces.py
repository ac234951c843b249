"""Pages and programs see the same subjects: a toy type of a programme is on page, API, features and files at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from bihuan.registers.live import forget_snapshots
from bihuan.registers.models import District, User
from bihuan.server.home import current_home
from bihuan.subjects import catalogue
from tests.api.callers import Caller, caller
from tests.subjects.makers import DAY, HERE, TOY, row, write

pytestmark = pytest.mark.django_db
PLACED = TOY.replace("key: number", "key: number\ngeometry: spot").replace(
    "  colour:", "  spot: {type: place, name: {zh: 位置, en: Spot}}\n  colour:"
)


@pytest.fixture
def toy(db: None) -> Iterator[Any]:
    """The city's own folder gains one file."""
    District.objects.get_or_create(
        pk=HERE, defaults={"name_zh": "海淀区", "name_en": "Haidian", "zone": "Asia/Shanghai", "calendar": "CN"}
    )
    forget_snapshots()
    file = current_home().path / "programmes" / "toys" / "subjects" / "toy.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(PLACED, encoding="utf-8")
    catalogue.forget()
    kind = catalogue.subject_type("toy")
    write(kind, [row("t1", colour="red", spot=[116300000, 39950000]), row("t2", colour="blue", mother="t1")])
    write(kind.link_type("beside"), [row("t1|t2")._replace(values={"from": "t1", "to": "t2"})])
    yield kind
    file.unlink()
    file.parent.rmdir()
    file.parent.parent.rmdir()
    catalogue.forget()


def browser(role: str = "analyst") -> Client:
    client = Client()
    user = caller(role).user
    assert isinstance(user, User)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def fetched(who: Caller, path: str, **query: Any) -> Any:
    answer = who.get(path, **{"at": DAY.isoformat(), **query})
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_a_type_of_one_file_is_on_every_page_in_both_languages(toy: Any) -> None:
    client = browser()
    for language, name, colour in (("zh-hans", "玩具", "颜色"), ("en", "Toy", "Colour")):
        client.cookies["django_language"] = language
        assert name in client.get("/subjects/").content.decode()
        page = client.get("/subjects/toy/", {"at": DAY.isoformat(), "colour": "red"}).content.decode()
        assert colour in page
        assert "t1" in page
        assert "t2" not in page
        one = client.get("/subjects/toy/t1/", {"at": DAY.isoformat()}).content.decode()
        assert "a test" in one, "the source of a value"
        assert 'href="/subjects/toy/t2/"' in one, "the link"
    assert client.get("/subjects/dragon/").status_code == 404
    assert client.get("/subjects/toy/", {"at": "soon"}).status_code == 404


def test_files_hold_what_the_list_shows(toy: Any) -> None:
    client = browser()
    csv = client.get("/subjects/toy.csv", {"at": DAY.isoformat()}).content.decode("utf-8-sig").splitlines()
    assert csv[0].startswith("number,spot,colour")
    assert len(csv) == 3
    places = client.get("/subjects/toy.geojson", {"at": DAY.isoformat()}).json()
    assert places["features"][0]["geometry"] == {"type": "Point", "coordinates": [116.3, 39.95]}


def test_programs_ask_the_same(toy: Any) -> None:
    who = caller("analyst")
    assert "toy" in [each["id"] for each in fetched(who, "/subjects")]
    listed = fetched(who, "/subjects/toy", **{"colour^": "bl"})
    assert [each["key"] for each in listed["subjects"]] == ["t2"]
    assert listed["total"] == 1
    assert fetched(who, "/subjects/toy", limit=1)["next"] == "t1"
    one = fetched(who, "/subjects/toy/t1")
    assert (one["values"]["colour"], one["source"]) == ("red", "a test")
    assert len(fetched(who, "/subjects/toy/t1/history")["versions"]) == 1
    assert [each["values"]["to"] for each in fetched(who, "/subjects/toy:beside")["subjects"]] == ["t2"]
    assert who.get("/subjects/toy/t1", at="2025-01-01").status_code == 404
    assert who.get("/subjects/toy", at="x").status_code == 422


def test_what_is_fenced_is_closed_to_other_roles_on_page_and_api(toy: Any) -> None:
    worker = catalogue.subject_type("worker")
    write(worker, [row("w1", kind="inspector")])
    asked = {"at": DAY.isoformat(), "purpose": "assign work"}
    assert browser("analyst").get("/subjects/worker/", asked).status_code == 403
    assert caller("analyst").get("/subjects/worker", **asked).status_code == 403
    assert caller("operator").get("/subjects/worker", at=DAY.isoformat()).status_code == 403, "no purpose"
    assert [each["key"] for each in fetched(caller("operator"), "/subjects/worker", **asked)["subjects"]] == ["w1"]
    assert "w1" in browser("operator").get("/subjects/worker/", asked).content.decode()
