"""`bihuan watch …`: a run with reasons, the list, one watch, silences, the catalogue, what is wrong with a file."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.server.home import current_home
from tests.commands import answer_of
from tests.watches.toys import forget, permit, watch_text

BARE = "opens: {case: finding}"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toys")]


@pytest.fixture(autouse=True)
def _started(monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.console import bootstrap

    monkeypatch.setattr(bootstrap, "start_django", lambda *_: None)


def told(*words: str) -> dict[str, Any]:
    from bihuan.watches.command import app

    return answer_of(app, *words)


def test_a_run_says_why() -> None:
    permit("p1", valid_to="2026-12-31")
    permit("p2", load="200")
    answer = told(
        "run", "--at", "2026-12-01T09:00:00+08:00", "--explain", "--only", "toy-expires", "--only", "toy-load"
    )
    assert (answer["ok"], answer["opened"], len(answer["cases"])) == (True, 2, 2)
    first = next(each for each in answer["explained"] if each["watch"] == "toy-expires")
    assert (first["subject"], first["verdict"], first["case"]) == ("p1", "opened", answer["cases"][0]["case"])
    (fact,) = first["facts"]
    assert (fact["what"], fact["value"], fact["source"]) == ("toy-permit.valid_to", "2026-12-31", "a register")
    assert fact["since"] == "2026-01-01"
    assert fact["known"]
    again = told("run", "--at", "2026-12-01T10:00:00+08:00", "--explain")
    assert {each["verdict"] for each in again["explained"] if each["watch"] == "toy-expires"} == {"known"}


def test_the_list_and_one_watch() -> None:
    permit("p1", valid_to="2026-12-31")
    told("run", "--at", "2026-12-01")
    row = next(each for each in told("list")["watches"] if each["watch"] == "toy-expires")
    assert (row["open"], row["cases"], row["unknown"], row["right"]) == (1, 1, 1, None)
    shown = told("show", "toy-expires")
    assert [(each["subject"], each["state"]) for each in shown["incidents"]] == [("p1", "received")]
    made = told("silence", "toy-expires", "--until", "2099-01-01", "--reason", "x", "--subject", "p1")
    assert made["ok"] is False
    made = told("silence", "toy-expires", "--until", "2027-05-01", "--reason", "换证", "--subject", "p1")
    assert [each["reason"] for each in told("show", "toy-expires")["silences"]] == ["换证"]
    assert told("lift", made["id"])["watch"] == "toy-expires"
    assert told("show", "toy-expires")["silences"] == []
    assert "toy-load" in told("show", "nothing")["error"]
    assert {"expires", "overdue", "missing", "threshold"} <= {each["kind"] for each in told("kinds")["kinds"]}


@pytest.mark.parametrize(
    ("text", "field", "what"),
    [
        (watch_text("{expires: {field: validto, within: 30 days}}"), "when.expires.field", "no open field"),
        (watch_text("{expires: {field: load, within: 30 days}}"), "when.expires.field", "is of type decimal"),
        (watch_text("{expires: {field: valid_to}}"), "when.expires.within", "missing"),
        (watch_text("{expires: {field: valid_to, within: 1 day}, missing: {field: plan}}"), "when", "one kind of rule"),
        (watch_text("{missing: {field: plan}}", over="{subject: nothing}", acts=BARE), "when.missing.field", "nothing"),
        (watch_text("{missing: {field: plan}}", acts="opens: {case: other}"), "opens.case", "no case"),
        (watch_text("{missing: {field: plan}}", acts=f"{BARE[:-1]}, area: {{field: x}}}}"), "opens.area.field", "x"),
        (watch_text("{missing: {field: plan}}", acts=""), "(file)", "one of the two"),
        (watch_text("{threshold: {field: load, above: 5, back: 7}}"), "when.threshold", "harmless side"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_told_and_set_aside(text: str, field: str, what: str) -> None:
    from bihuan.watches.catalogue import current_catalogue

    file = current_home().path / "programmes" / "toywatch" / "watches" / "toy-faulty.yaml"
    file.write_text(text, encoding="utf-8")
    forget()
    found = current_catalogue()
    assert len([each for each in found.watches.values() if each.programme == "toywatch"]) == 6
    assert [(each.field, what in f"{each.what} {each.rule}") for each in found.problems] == [(field, True)]
    assert all(each.file.endswith("toy-faulty.yaml") and each.line >= 1 and each.remedy for each in found.problems)
