"""Outages told as outages: pages, API and health while the database or the worker is away; and what logs may hold."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client, RequestFactory

from bihuan.extend import Loop
from bihuan.server import background, beating, outage
from bihuan.server.home import current_home
from bihuan.server.postgres import APP, SETTINGS, server_of_home
from bihuan.server.secrets import lookup

CANARY = "canary-王小明-7f3a"


def _answer(path: str, error: Exception) -> Any:
    request = RequestFactory().get(path)
    try:
        raise error
    except type(error):
        return outage.server_error(request)


def test_a_database_that_is_away_is_a_503_with_the_time_to_come_back() -> None:
    from django.db import OperationalError

    page = _answer("/report/", OperationalError("connection refused"))
    assert (page.status_code, page["Retry-After"], page["Cache-Control"]) == (503, "5", "no-store")
    assert "尚未提交" in page.content.decode()
    assert "has not been submitted" in page.content.decode()
    problem = _answer("/api/v1/cases", OperationalError("connection refused"))
    assert (problem.status_code, problem["Content-Type"]) == (503, "application/problem+json")
    assert json.loads(problem.content)["remedy"]["en"].startswith("send the same request again")


def test_another_error_of_the_api_is_a_problem_document_too() -> None:
    problem = _answer("/api/v1/cases", KeyError("x"))
    assert (problem.status_code, problem["Content-Type"]) == (500, "application/problem+json")


@pytest.mark.django_db(transaction=True)
def test_the_api_answers_a_real_outage_as_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    answer = Client(raise_request_exception=False).get("/api/v1/cases", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert Client(raise_request_exception=False).get("/").status_code == 503
    monkeypatch.undo()


@pytest.mark.django_db
class TestSilence:
    def _beat(self, **ages: float) -> None:
        with connection.cursor() as cursor:
            for loop, age in ages.items():
                cursor.execute(
                    "INSERT INTO server_heartbeat VALUES (%s, 1, now() - %s, 60, 0)", [loop, timedelta(seconds=age)]
                )

    def test_without_any_worker_health_says_so_and_what_to_do(self, client: Client) -> None:
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        (silent,) = answer.json()["silent"]
        assert silent["since"] is None
        assert "bihuan worker" in silent["remedy"]["en"]
        assert client.get("/readyz").status_code == 200, "pages go on taking reports"

    def test_the_silent_loop_is_named_and_the_others_are_not(self, client: Client) -> None:
        self._beat(sequencer=61, ticks=59)
        (silent,) = client.get("/health/ready").json()["silent"]
        assert silent["loop"] == "sequencer"
        assert silent["since"]
        assert not beating.sequencer_alive()
        assert beating.alive("ticks")

    def test_all_is_well_when_all_are_heard(self, client: Client) -> None:
        self._beat(sequencer=1, ticks=2)
        assert client.get("/health/ready").json() == {"ok": True, "database": True, "silent": [], "stuck": []}

    def test_a_loop_that_fails_or_hangs_is_not_heard(self) -> None:
        pulse = beating.Pulse({"good": 60, "failing": 60, "hanging": 60})
        for loop in ("good", "failing"):
            pulse.begins(loop)
        pulse.rests("good")
        pulse.fails("failing")
        pulse.begins("hanging")
        for loop in ("good", "failing", "hanging"):
            pulse._last[loop] -= 100
        pulse.store()
        assert {s.loop: s.failures for s in beating.silences()} == {"failing": 1, "hanging": 0}


def test_no_loop_sleeps_through_the_minute_that_a_receipt_promises() -> None:
    class Stop:
        pauses: list[float] = []

        def is_set(self) -> bool:
            return len(self.pauses) >= 12

        def wait(self, pause: float) -> None:
            self.pauses.append(pause)

    stop = Stop()
    background.run_loop(Loop("sequencer", _broken, 1.0, "试", "probe"), stop)  # type: ignore[arg-type]
    assert max(stop.pauses) <= 2.0


def _broken() -> int:
    raise ValueError("away")


@pytest.mark.django_db
def test_words_reach_no_log_of_the_database_in_failing_or_slow_statements() -> None:
    """The canary stands in the statement's text, in a value that cannot be read, and in a constraint's detail."""
    private = server_of_home(current_home(), lookup(current_home()))
    with psycopg.connect(**private.conninfo(APP), autocommit=True) as session:
        session.execute("CREATE TEMP TABLE t (words text PRIMARY KEY)")
        session.execute(f"INSERT INTO t VALUES ('{CANARY}')")
        for failing in (
            f"SELECT '{CANARY}'::int", f"SELECT '{CANARY}'::jsonb", f"INSERT INTO t VALUES ('{CANARY}')",
            f"SELECT 1 / 0 AS \"{CANARY}\"", f"DO $$ BEGIN RAISE EXCEPTION '{CANARY}'; END $$",
            f"SELECT nothing FROM nowhere WHERE a = '{CANARY}'",
        ):  # fmt: skip
            with pytest.raises(psycopg.Error):
                session.execute(failing)
        session.execute(f"SELECT pg_sleep(2.2), '{CANARY}'")
        session.execute("SET statement_timeout = 100")
        with pytest.raises(psycopg.errors.QueryCanceled):
            session.execute(f"SELECT pg_sleep(9), '{CANARY}'")
    time.sleep(0.5)
    logs = [path for path in private.start_log.parent.iterdir() if path.is_file()]
    assert logs
    assert [path.name for path in logs if CANARY in path.read_text(errors="replace")] == []
    assert "log_min_duration_statement" in SETTINGS


def test_our_own_log_keeps_the_kind_of_error_and_not_the_value() -> None:
    from bihuan.server.logs import scrub

    text = f'psycopg.errors.InvalidTextRepresentation: invalid input syntax for type integer: "{CANARY}"\nLINE 1: ...'
    assert CANARY not in scrub(None, "", {"exception": text})["exception"]
