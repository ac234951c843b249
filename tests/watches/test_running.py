"""Watches over subjects: what holds becomes one case, once; gone, changed, corrected and silenced ones are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests.watches.toys import AT, end, look, permit, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toys")]


def cases() -> list[tuple[str, str, str]]:
    """Subject, state and kinds of events of every case."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.fold->>'subject', c.state, string_agg(e.kind, ',' ORDER BY e.version) FROM loop_case c "
            "JOIN loop_event e ON e.case_id = c.id GROUP BY c.id ORDER BY 1, c.number"
        )
        return cursor.fetchall()


def counts(run: Any, name: str) -> dict[str, int]:
    """What one watch did."""
    found = next(each for each in run.looks if each.watch.name == name)
    assert found.fault is None, found.fault
    return {word: count for word, count in found.counts.items() if count and word not in ("looked", "known", "holds")}


def test_a_date_that_comes_opens_one_case(toys: None) -> None:
    permit("p1", valid_to="2026-12-31")
    permit("p2", valid_to="2027-01-01")
    first = look(AT, "toy-expires")
    assert counts(first, "toy-expires") == {"opened": 1}
    assert cases() == [("toy-permit/p1", "received", "opened")]
    assert counts(look(AT + timedelta(hours=1), "toy-expires"), "toy-expires") == {}
    assert counts(look(AT + timedelta(days=1), "toy-expires"), "toy-expires") == {"opened": 1}
    assert len(cases()) == 2


def test_a_renewed_date_clears_and_the_case_says_so() -> None:
    permit("p1", valid_to="2026-12-31")
    look(AT, "toy-expires")
    permit("p1", date(2026, 12, 5), valid_to="2031-01-01")
    assert counts(look(AT + timedelta(days=5), "toy-expires"), "toy-expires") == {"cleared": 1}
    assert cases() == [("toy-permit/p1", "received", "opened,observed")]


def test_a_correction_retracts_and_the_case_says_so() -> None:
    permit("p1", valid_to="2026-12-31")
    look(AT, "toy-expires")
    permit("p1", valid_to="2031-01-01")  # from the same day on: it never was otherwise
    assert counts(look(AT + timedelta(days=5), "toy-expires"), "toy-expires") == {"retracted": 1}
    with connection.cursor() as cursor:
        cursor.execute("SELECT data->>'what' FROM loop_event WHERE kind = 'observed'")
        assert cursor.fetchall() == [("retracted",)]


def test_another_date_is_the_same_incident() -> None:
    permit("p1", valid_to="2026-12-31")
    look(AT, "toy-expires")
    permit("p1", valid_to="2026-12-20")
    assert counts(look(AT + timedelta(days=1), "toy-expires"), "toy-expires") == {"changed": 1}
    assert len(cases()) == 1


def test_what_comes_back_is_no_second_case() -> None:
    permit("p1", valid_to="2026-12-31")
    look(AT, "toy-expires")
    permit("p1", date(2026, 12, 3), valid_to="2031-01-01")
    look(AT + timedelta(days=3), "toy-expires")
    permit("p1", date(2026, 12, 5), valid_to="2026-12-31")
    assert counts(look(AT + timedelta(days=6), "toy-expires"), "toy-expires") == {"returned": 1}
    assert cases() == [("toy-permit/p1", "received", "opened,observed,observed")]


def test_who_has_ended_is_not_watched() -> None:
    permit("p1", valid_to="2026-12-31")
    end("p1", date(2026, 11, 1))
    assert counts(look(AT, "toy-expires"), "toy-expires") == {}


def test_overdue_counts_working_days_and_what_was_done() -> None:
    permit("late", due="2026-11-23")  # five working days later: 30 November, at its end
    permit("not yet", due="2026-11-24")
    permit("done", due="2026-11-01", done="2026-11-20")
    found = look(AT, "toy-overdue")
    assert [each.found.subject for look_ in found.looks for each in look_.opened] == ["late"]


def test_what_is_missing_and_since_when() -> None:
    permit("p1", plan="")
    permit("p2")
    rows("toy-visit", date(2026, 9, 2), [("v1", {"permit": "p1", "on": "2026-09-02"})])
    rows("toy-visit", date(2026, 9, 1), [("v2", {"permit": "p2", "on": "2026-09-01"})])
    found = look(AT, "toy-missing", "toy-unvisited")
    opened = [(each.found.subject, each.found.incident) for look_ in found.looks for each in look_.opened]
    assert opened == [("p1", "2026-01-01"), ("p2", "2026-09-01")]


def test_a_threshold_is_exact_and_has_hysteresis() -> None:
    permit("p1", load="100.000000001")
    permit("p2", load="100")
    permit("p3", date(2026, 1, 1), load="120")
    permit("p3", date(2026, 6, 1), load="95")  # between both bounds: it was above and is not back
    permit("p4", date(2026, 1, 1), load="80")
    permit("p4", date(2026, 6, 1), load="95")  # never was above
    permit("p5", load="7", limit="6.5")
    found = look(AT, "toy-load", "toy-limit")
    opened = [(each.found.subject, each.found.incident) for look_ in found.looks for each in look_.opened]
    assert sorted(opened) == [("p1", "2026-01-01"), ("p3", "2026-01-01"), ("p5", "2026-01-01")]
    permit("p3", date(2026, 12, 2), load="89.9")
    assert counts(look(AT + timedelta(days=2), "toy-load"), "toy-load") == {"cleared": 1}


def test_a_silence_ends_and_then_the_watch_speaks() -> None:
    from bihuan.watches.catalogue import current_catalogue
    from bihuan.watches.silences import silence
    from tests.watches.toys import HERE

    permit("p1", valid_to="2026-12-31")
    permit("p2", valid_to="2026-12-31")
    watch = current_catalogue().get("toy-expires")
    silence(watch, HERE, "p1", AT + timedelta(days=3), "换证在办", "user:test", AT - timedelta(days=1))
    assert counts(look(AT, "toy-expires"), "toy-expires") == {"opened": 1, "silenced": 1}
    assert counts(look(AT + timedelta(days=4), "toy-expires"), "toy-expires") == {"opened": 1}


def test_a_refused_case_is_set_aside_and_opened_once_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.loop import stuck
    from bihuan.server.home import current_home
    from tests.watches.toys import forget, watch_text

    file = current_home().path / "programmes" / "toywatch" / "watches" / "toy-expires.yaml"
    wrong = watch_text("{expires: {field: valid_to, within: 30 days}}", acts="opens: {case: finding, urgency: soon}")
    file.write_text(wrong, encoding="utf-8")
    forget()
    permit("p1", valid_to="2026-12-31")
    assert counts(look(AT, "toy-expires"), "toy-expires") == {"refused": 1}
    assert [each.loop for each in stuck.all_stuck()] == ["watches"]
    file.write_text(watch_text("{expires: {field: valid_to, within: 30 days}}"), encoding="utf-8")
    forget()
    monkeypatch.setattr(stuck, "resting", lambda *_: (set(), set()))
    assert counts(look(AT, "toy-expires"), "toy-expires") == {"opened": 1}
    assert (len(cases()), stuck.all_stuck()) == (1, [])


def test_where_narrows_and_reminders_open_nothing() -> None:
    from bihuan.server.home import current_home
    from tests.watches.toys import forget, watch_text

    folder = current_home().path / "programmes" / "toywatch" / "watches"
    text = watch_text(
        "{expires: {field: valid_to, within: 30 days}}", over="{subject: toy-permit, where: {status: [valid, old]}}",
        acts="reminds: {unit: {field: holder}, say: {zh: 换证, en: Renew}}",
    )  # fmt: skip
    (folder / "toy-reminds.yaml").write_text(text, encoding="utf-8")
    forget()
    permit("p1", valid_to="2026-12-31", holder="street-110108011")
    permit("p2", valid_to="2026-12-31", holder="street-110108012", status="gone")
    assert counts(look(AT, "toy-reminds"), "toy-reminds") == {"reminded": 1}
    assert cases() == []


def test_a_dry_run_does_nothing() -> None:
    permit("p1", valid_to="2026-12-31")
    assert counts(look(AT, "toy-expires", dry=True), "toy-expires") == {"opened": 1}
    assert cases() == []
    assert datetime.now(UTC)
