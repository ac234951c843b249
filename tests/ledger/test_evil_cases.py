"""An evil hand in the tables of the loop: every alteration of a case past its events is named; the exit is not 0."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from bihuan.ledger import store
from bihuan.ledger.checks import VerificationReport
from bihuan.ledger.erasure import erase_case
from bihuan.loop.kernel.model import Case, Command
from bihuan.loop.store import Order, append
from bihuan.loop.store.refolding import check_cases
from tests.ledger.district import execute
from tests.ledger.test_audit_command import call, cases, running
from tests.loop.district import OPERATOR, facts
from tests.loop.district import START as OPENED

__all__ = ["cases", "running"]  # fixtures
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def changed(column: str) -> Callable[[Case], None]:
    return lambda case: execute(f"UPDATE loop_case SET {column} WHERE id = %s", [case.id])


def insert_row(case: Case) -> None:
    execute(
        "INSERT INTO loop_case SELECT (jsonb_populate_record(c, jsonb_build_object("
        "'id', gen_random_uuid(), 'number', 'x'))).* FROM loop_case c WHERE id = %s",
        [case.id],
    )


def remove_row(case: Case) -> None:
    execute("DELETE FROM loop_case WHERE id = %s", [case.id])


def close_everywhere(case: Case) -> None:
    """Close it in columns and fold alike, as somebody who knows the code would."""
    execute(
        "UPDATE loop_case SET state = 'closed', outcome = 'closed', ended_at = now(), "
        'fold = fold || \'{"state": "closed", "outcome": "closed"}\' WHERE id = %s',
        [case.id],
    )


def swap_versions(case: Case) -> None:
    execute("ALTER TABLE loop_event DISABLE TRIGGER append_only")
    for old, new in ((1, -1), (2, 1), (-1, 2)):
        execute("UPDATE loop_event SET version = %s WHERE case_id = %s AND version = %s", [new, case.id, old])


def drop_last_event(case: Case) -> None:
    execute("ALTER TABLE loop_event DISABLE TRIGGER append_only")
    execute("DELETE FROM loop_event WHERE case_id = %s AND version = 2", [case.id])


def drop_words(case: Case) -> None:
    execute(
        "DELETE FROM loop_event_private WHERE event_id = "
        "(SELECT id FROM loop_event WHERE case_id = %s AND version = 1)",
        [case.id],
    )


def change_words(case: Case) -> None:
    execute(
        'UPDATE loop_event_private SET body = body || \'{"text": "一切正常"}\' '
        "WHERE event_id = (SELECT id FROM loop_event WHERE case_id = %s AND version = 1)",
        [case.id],
    )


ALTERATIONS: list[tuple[str, Callable[[Case], None], str]] = [
    ("state", changed("state = 'closed'"), "its row says state 'closed', its events say 'dispatched'"),
    ("ended", changed("ended_at = now()"), "its row says ended_at .*, its events say None"),
    ("everywhere", close_everywhere, "its stored fold differs from its events at outcome"),
    ("title", changed("title = '一切正常'"), "its row says title other words, its events say other words"),
    ("title gone", changed("title = ''"), "its row says title nothing"),
    ("category", changed("category = 'none'"), "its row says category"),
    ("area", changed("area = '110108002'"), "its row says area"),
    ("holder", changed("holder_id = 'unit:x'"), "its row says holder_id"),
    ("lead", changed("lead = 'unit:x'"), "its row says lead"),
    ("deadline", changed("deadline = deadline + interval '9 days'"), "its row says deadline"),
    ("missed", changed("missed = NOT missed"), "its row says missed"),
    ("restricted", changed("restricted = 'secret'"), "its row says restricted 'secret', its events say None"),
    ("reporters", changed("reporters = 7"), "its row says reporters 7, its events say 1"),
    ("number", changed("number = '9'"), "its row says number '9'"),
    ("opened", changed("opened_at = opened_at + interval '1 day'"), "its row says opened_at"),
    ("district", changed("district_id = '999999'"), "its row says district_id '999999'"),
    ("tick", changed("tick_at = NULL"), "its row says tick_at None"),
    ("version", changed("version = 3"), "its row says version 3, its events say 2"),
    ("head", changed("head = decode(repeat('00', 32), 'hex')"), "its row says head 0000000000000000"),
    ("fold", changed("fold = jsonb_set(fold, '{urgency}', '\"emergency\"')"), "its stored fold differs .* at urgency"),
    ("fold cut", changed("fold = fold - 'restricted'"), "its stored fold differs from its events at restricted"),
    ("insert row", insert_row, "it has no event at all; the row was inserted past the kernel"),
    ("remove row", remove_row, "it has 2 events but no row; the row was removed"),
    ("swap versions", swap_versions, "its events cannot be folded|its row says|content was altered"),
    ("drop last event", drop_last_event, "is gone from the event table"),
    ("drop words", drop_words, "its private record is gone, and no signed statement of erasure covers it"),
    ("change words", change_words, "its private record was altered"),
    (
        "clock due",
        lambda case: execute("UPDATE loop_clock SET due = due + interval '9 days' WHERE case_id = %s", [case.id]),
        "its row of clock .* is not what its events say",
    ),
    ("clock gone", lambda case: execute("DELETE FROM loop_clock WHERE case_id = %s", [case.id]), "its row of clock"),
    (
        "clock alone",
        lambda case: execute("UPDATE loop_clock SET case_id = gen_random_uuid() WHERE case_id = %s", [case.id]),
        "clock .* stands without a case",
    ),
]


@pytest.mark.parametrize(("alter", "expected"), [a[1:] for a in ALTERATIONS], ids=[a[0] for a in ALTERATIONS])
def test_every_alteration_is_named_with_its_case(
    cases: list[Case], alter: Callable[[Case], None], expected: str
) -> None:
    case = cases[3]
    alter(case)
    answer = call("verify", ok=False)
    named = [finding for finding in answer["findings"] if re.search(expected, finding)]
    assert named, answer["findings"]
    assert all(re.search(r"case |log index", finding) for finding in named)
    words = [finding for finding in answer["findings"] if "电梯" in finding or "一切正常" in finding]
    assert not words, "an audit repeats nobody's words"


def test_untouched_cases_hold_in_chunks(cases: list[Case]) -> None:
    told: list[Any] = []
    report = VerificationReport()
    check_cases(report, progress=lambda done, total: told.append((done, total)), chunk=7)
    assert (report.ok, report.cases) == (True, len(cases)), report.findings
    assert told[-1] == (len(cases), len(cases))
    assert len(told) == -(-len(cases) // 7)


def test_the_number_of_statements_grows_with_chunks_not_with_cases(
    cases: list[Case], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        check_cases(VerificationReport())


def test_erased_cases_hold_when_their_title_is_gone_too(cases: list[Case]) -> None:
    with transaction.atomic():
        erase_case(cases[3].id, by="user:1", ground="request")
    assert "its row says title other words, its events say nothing" in call("verify", ok=False)["findings"][0]
    execute("UPDATE loop_case SET title = '' WHERE id = %s", [cases[3].id])
    store.sequence_leaves()
    answer = call("verify")
    assert (answer["erased"], answer["cases"]) == (1, len(cases))


def test_a_case_that_moves_on_meanwhile_is_no_finding(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the events and the row another transaction commits: the chunk is read again before anything is said."""
    from bihuan.loop.store import refolding

    true, moved = refolding._query, []

    def query(statement: str, *parameters: Any) -> Any:
        rows = true(statement, *parameters)
        if "FROM loop_event ev LEFT JOIN loop_event_private" in statement and not moved:
            moved.append(1)
            append([Order(Command("note", OPERATOR, OPENED, {}, {"text": "x"}), cases[0].id)], facts=facts())
        return rows

    monkeypatch.setattr(refolding, "_query", query)
    report = VerificationReport()
    check_cases(report)
    assert moved
    assert report.ok, report.findings
    assert connection.in_atomic_block
