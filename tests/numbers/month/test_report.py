"""A month as people get it: the report, why a number is so, and the commands that print them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from bihuan.cli import cases as case_commands
from bihuan.cli import indicators as month_commands
from bihuan.console.output import Failure
from bihuan.ledger import store as ledger
from bihuan.loop.models import CaseRow
from bihuan.numbers.closing import close_month
from bihuan.numbers.periods import Month, PeriodError
from bihuan.numbers.report import month_report, why_number
from bihuan.registers.models import User
from tests.loop.district import ARBITER, Command, facts
from tests.numbers.month.world import World
from tests.shipped import load_shipped

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
MONTH = Month.parse("2026-10")


@pytest.fixture
def district(world: World) -> None:
    """The model district in the database, with its log-ins, beside the world's cases."""
    load_shipped(users=True)
    ledger.sequence_leaves(100_000)
    with connection.cursor() as cursor:  # what is not committed is not seen by who keeps statistics otherwise
        cursor.execute("ANALYZE loop_event, loop_case, ledger_entry")


def run(app: Any, *words: str) -> dict[str, Any]:
    """The JSON object of the last line of a command that succeeds."""
    result = CliRunner().invoke(app, [*words, "--json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told


def test_a_report_is_live_until_the_month_is_closed(world: World) -> None:
    from bihuan.loop.store import Order, append

    now = facts(datetime(2027, 1, 4, tzinfo=UTC))
    assert month_report(MONTH, facts=now).status == "open"
    for row in CaseRow.objects.exclude(pending=[]):
        for key in row.pending:
            if key.startswith("exclusion:"):
                data = {"indicator": key.removeprefix("exclusion:"), "reason": "不成立"}
                append([Order(Command("refuse_exclusion", ARBITER, now.now, data), row.id)], facts=world.facts)
    close_month(MONTH, by="user:leader", facts=now)
    closed = month_report(MONTH, facts=now)
    assert closed.status == "closed"
    assert month_report(MONTH, facts=now, live=True).status == "open"
    told = closed.to_json("unit")
    assert told["status"] == "closed"
    assert set(told["indicators"]) >= {"response_rate", "resolution_rate", "satisfaction_rate"}
    assert any(name["zh"].endswith("办事处") for name in told["names"].values())
    assert closed.to_json()["indicators"]["volume"]["values"]["*"]["population"] == 3_133_469


def test_why_a_number_names_its_cases(world: World) -> None:
    told = why_number("resolution_rate@2026-10", facts=facts(), limit=1000)
    assert len(told["cases"]["numerator"]) == told["number"]["numerator"]
    assert len(told["cases"]["denominator"]) == told["number"]["denominator"]
    assert len(told["cases"]["excluded"]) == sum(told["number"]["exclusions"].values())
    part = why_number("resolution_rate@2026-10/category/housing", facts=facts(), limit=1000)
    assert set(part["cases"]["denominator"]) < set(told["cases"]["denominator"])
    assert len(part["cases"]["denominator"]) == part["number"]["denominator"]
    assert part["definition"]["citation"]


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("resolution_rate", "names no month"),
        ("resolution_rate@2026-13", "not a period"),
        ("happiness@2026-10", "no indicator 'happiness'"),
        ("resolution_rate@2026-10/street/x", "no dimension"),
        ("resolution_rate@2026-10/unit/nobody", "no unit 'nobody'"),
    ],
)
def test_a_wrong_reference_says_what_is_known(world: World, reference: str, what: str) -> None:
    with pytest.raises(PeriodError, match=what):
        why_number(reference, facts=facts())


@pytest.mark.usefixtures("district")
def test_the_commands_print_one_object(world: World) -> None:
    told = run(month_commands.app, "indicators", "--period", "2026-10", "--by", "area")
    assert told["by"] == "area"
    assert len(told["indicators"]["volume"]["values"]) > 5
    ranking = run(month_commands.app, "rank", "--period", "2026-10")
    assert (ranking["programme"], len(ranking["lines"])) == ("hotline", 29)
    number = run(case_commands.app, "why", "on_time_rate@2026-10")
    assert number["number"]["denominator"] > 0
    listed = run(case_commands.app, "case", "list", "--state", "in_progress", "--limit", "5")["cases"]
    assert 0 < len(listed) <= 5
    shown = run(case_commands.app, "case", "show", listed[0]["number"])
    assert shown["case"]["state"] == "in_progress"
    why = run(case_commands.app, "why", listed[0]["number"])["why"]
    assert why["deadline"]["rule"]["citation"]
    assert why["holder"]["events"]


@pytest.mark.usefixtures("district")
def test_acting_on_the_command_line_is_decided_like_everywhere(world: World) -> None:
    row = CaseRow.objects.filter(state="in_progress").order_by("number")[0]
    with pytest.raises(Failure) as no:
        run(
            case_commands.app, "case", "act", row.number, "verify", "--as", "operator", "--data", '{"result": "solved"}'
        )
    assert no.value.fields["code"] == "not_from_this_state"
    done = run(case_commands.app, "case", "act", row.number, "urge", "--as", "operator")
    assert [e["kind"] for e in done["events"]] == ["urged"]
    assert done["events"][0]["actor"] == f"user:{User.objects.get(username='operator').pk}"
    with pytest.raises(Failure, match="no active log-in"):
        run(case_commands.app, "case", "act", row.number, "urge", "--as", "nobody")
    with pytest.raises(Failure, match="not JSON"):
        run(case_commands.app, "case", "act", row.number, "urge", "--as", "operator", "--data", "{reason")
    stranger = User.objects.exclude(unit=None).filter(username="handler")[0].username
    with pytest.raises(Failure, match="no case"):
        run(case_commands.app, "case", "show", row.number, "--as", stranger)


@pytest.mark.usefixtures("district")
def test_a_month_that_goes_on_cannot_be_closed(world: World) -> None:
    with pytest.raises(Failure, match="has not ended"):
        run(month_commands.app, "close-month", "2099-01")
    with pytest.raises(Failure, match="is not closed"):
        run(month_commands.app, "close-month", "2026-10", "--check")
