"""The cockpit lists what was written into the data folder, in the reader's language, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from bihuan.server.keeping import Rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(loaded: None, db: None, built: None) -> Callable[[str], Client]:
    """A client signed in as a demonstration user."""

    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(
            get_user_model().objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    return sign_in


def parts(line: str) -> list[object]:
    """A line with its number as a fact."""
    before, after = line.split("1,204")
    return [part for part in (before, {"fact": "opened"}, after) if part]


@pytest.fixture
def written(db: None) -> None:
    shelf = Rows("briefings")
    fact = {
        "id": "opened", "shown": {"zh": "1,204", "en": "1,204"}, "value": 1204,
        "definition": {"zh": "受理", "en": "opened"},
        "query": "loop_case", "link": "", "cases": ["H-0", "H-1"],
    }  # fmt: skip
    texts = {
        language: {
            "title": title,
            "sections": [{"title": "S", "lines": [{"text": line, "parts": parts(line), "reworded": False}]}],
        }
        for language, title, line in (("zh", "周报", "受理 1,204 件。"), ("en", "Weekly", "1,204 were opened."))
    }
    body = {"kind": "weekly", "period": "2026-W45", "facts": [fact], "texts": texts}
    shelf.write("weekly-2026-W45.json", json.dumps(body).encode())
    shelf.write("weekly-2026-W45.en.docx", b"PK document")
    shelf.write("other.json", b"{}")


def test_leaders_read_briefings_others_do_not(written, as_: Callable[[str], Client]) -> None:
    leader = as_("leader")
    english = {"accept-language": "en"}
    listed = leader.get("/cockpit/briefings/", headers=english).content.decode()
    assert "Weekly" in listed
    assert "other" not in listed
    page = leader.get("/cockpit/briefings/weekly-2026-W45/", headers=english).content.decode()
    link = "/cockpit/briefings/weekly-2026-W45/opened/"
    assert f'<a href="{link}" title="opened">1,204</a> were opened.' in page
    behind = leader.get(link, headers=english).content.decode()
    assert "loop_case" not in behind, "table names stay in the file; pages give definition and cases"
    assert "H-0" not in behind, "only cases that there are, and that this person may open"
    assert leader.get("/cockpit/briefings/weekly-2026-W45/other/").status_code == 404
    assert "loop_case" not in page
    answer = leader.get("/cockpit/briefings/weekly-2026-W45/document/", headers=english)
    assert b"".join(answer.streaming_content) == b"PK document"
    assert leader.get("/cockpit/briefings/weekly-2026-W46/").status_code == 404
    assert leader.get("/cockpit/briefings/other/").status_code == 404
    assert as_("handler").get("/cockpit/briefings/").status_code == 403
