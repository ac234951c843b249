"""A toy step in a district: the case page in both languages, the API, the command line and the exports know it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.test import Client

from tests.commands import answer_of
from tests.loop.test_toy_step import one_more_file

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def toy(tmp_path: Path) -> Iterator[None]:
    """The toy is a step of the loop."""
    with one_more_file(tmp_path):
        yield


@pytest.fixture
def district(db: None) -> Iterator[None]:
    """The model district with its log-ins."""
    from tests.faces.conftest import forget, load

    load()
    yield
    forget()


@pytest.fixture
def held(district: None) -> Any:
    """A case that its unit has signed for."""
    from tests.faces import cases

    case, _code = cases.opened()
    return cases.then(cases.then(case, "operator", "dispatch", unit="street-110108011"), "handler", "accept")


def signed_in(username: str, language: str) -> Client:
    from bihuan.registers.models import User

    client = Client()
    client.force_login(User.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


@pytest.mark.parametrize(
    ("language", "button", "field", "told"),
    [("zh-hans", "挂牌", "物件", "给lamp-7挂牌：损坏，由"), ("en", "Tag", "Thing", "Tagged lamp-7: broken, kept by")],
)
def test_the_case_page_asks_for_it_takes_it_and_tells_it(
    held: Any, language: str, button: str, field: str, told: str
) -> None:
    client = signed_in("handler", language)
    page = client.get(f"/cases/{held.number}/").content.decode()
    assert f"/cases/{held.number}/act/?command=tag" in page
    assert button in page
    assert field in page
    sent = {"command": "tag", "thing": "lamp-7", "condition": "broken", "text": "杆已歪"}
    answer = client.post(f"/cases/{held.number}/act/?command=tag", sent, follow=True)
    page = answer.content.decode()
    assert told in page
    assert "杆已歪" in page
    missing = client.post(f"/cases/{held.number}/act/?command=tag", {"command": "tag", "thing": "x"})
    assert missing.status_code == 422


def test_the_api_the_command_line_and_the_exports_know_it(held: Any, tmp_path: Path) -> None:
    from bihuan.cli.cases import app
    from bihuan.cli.programmes import app as programme_app
    from bihuan.extend import LakeCut
    from bihuan.lake import extract
    from bihuan.ledger import store
    from bihuan.loop.lake_tables import TABLES
    from bihuan.loop.store import current_facts
    from bihuan.registers.live import current_registers
    from tests.api.callers import caller

    unit = current_facts().unit("street-110108011", datetime.now(UTC))
    person = caller("handler", unit)
    offered = {a["command"]: a for a in person.get(f"/cases/{held.number}/actions").json()}
    assert [f["name"] for f in offered["tag"]["fields"]] == ["thing", "condition", "text"]
    wrong = person.post(f"/cases/{held.number}/commands/tag", {"data": {"thing": "x", "condition": "odd"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_condition")
    done = person.post(
        f"/cases/{held.number}/commands/tag", {"data": {"thing": "lamp-7", "condition": "sound"}, "text": "x"}
    )
    assert done.json()["events"][0]["kind"] == "tagged", done.json()
    told = person.get(f"/cases/{held.number}/events").json()[-1]
    assert (told["kind"], told["data"]["thing"], told["words"]) == ("tagged", "lamp-7", {"text": "x"})
    schema = jsonschema.Draft202012Validator(person.get("/schemas/events").json())
    schema.validate(told)

    shown = answer_of(app, "case", "show", held.number, "--as", "handler")
    assert "tag" in shown["actions"]
    assert shown["events"][-1]["data"]["condition"] == "sound"
    acted = answer_of(app, "case", "act", held.number, "tag", "--as", "handler", "--data",
                      json.dumps({"thing": "lamp-8", "condition": "broken"}))  # fmt: skip
    assert acted["events"][0]["data"]["thing"] == "lamp-8"
    kinds = [each["title"] for each in answer_of(programme_app, "schema", "--events")["oneOf"]]
    assert kinds[-1] == "tagged"

    while store.sequence_leaves():
        pass
    cut = LakeCut(current_registers().district.code, "Asia/Shanghai", 0, 1_000)
    rows = [row for block in extract.copy_rows(tmp_path, TABLES[0], cut) for row in block.to_pylist()]
    assert [row["kind"] for row in rows].count("tagged") == 2
