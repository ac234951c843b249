"""`bihuan doctor`: look at everything that commonly goes wrong and say what to do."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import typer

from bihuan.cli.bootstrap import private_server, start_django
from bihuan.cli.output import Failure, JsonOption, finish

if TYPE_CHECKING:
    from bihuan.server.checks import Finding

app = typer.Typer()
SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check disk, keys, database, migrations, calendar, clock, static files and queue. 体检

    Exit code 1 when a finding is an error. Nothing is changed, except that a stopped private PostgreSQL is started.
    """
    findings = _findings()
    ok = all(finding.level != "error" for finding in findings)
    lines = [f"{SIGNS[f.level]} {f.check}: {f.message}" + (f"\n    → {f.remedy}" if f.remedy else "") for f in findings]
    result = {"ok": ok, "findings": [finding.as_dict() for finding in findings]}
    finish(result, as_json=as_json, text="\n".join(lines))


def _findings() -> list[Finding]:
    start_django(database=False)
    from bihuan.server import checks
    from bihuan.server.home import current_home

    home = current_home()
    found = checks.run(checks.WITHOUT_DATABASE, home)
    if not home.secrets_file.exists() and private_server() is not None:
        return found
    try:
        start_django()
    except Failure as error:
        return [*found, checks.Finding("database", "error", error.message, error.remedy)]
    return [
        *found,
        *checks.run(checks.WITH_DATABASE, home),
        _calendar(),
        _ledger(),
        _programmes(),
        _stuck(),
        _invented(),
    ]


SEQUENCED_SECONDS = 60


def _ledger() -> Finding:
    """The sequencer keeps up: what was promised is in the tree within a minute."""
    from bihuan.ledger import store
    from bihuan.server.checks import Finding

    since = store.oldest_waiting()
    waits = (dt.datetime.now(dt.UTC) - since).total_seconds() if since else 0.0
    if waits > SEQUENCED_SECONDS:
        message = f"{store.waiting()} events wait for the log, the oldest for {waits:.0f} s"
        return Finding("ledger", "warning", message, "start `bihuan worker`, or look at its log")
    return Finding("ledger", "ok", "the log holds every event of more than a minute ago")


def _programmes() -> Finding:
    """Every programme folder is in use; one with a fault is set aside and named, the others go on."""
    from bihuan.loop.programmes import set_aside
    from bihuan.loop.store.standing import set_edited_aside
    from bihuan.server.checks import Finding

    set_edited_aside()
    aside = set_aside()
    if aside:
        told = "; ".join(f"{folder.name}: {error.problems[0]}" for folder, error in aside.items())
        return Finding("programmes", "error", f"{len(aside)} set aside: {told}", "see `bihuan programme check`")
    return Finding("programmes", "ok", "every declared programme is in use")


def _stuck() -> Finding:
    """Nothing that a background loop or a list could not handle has been set aside."""
    from bihuan.loop import stuck
    from bihuan.loop.store import current_facts
    from bihuan.registers.pure.errors import RegisterError
    from bihuan.server.checks import Finding

    try:
        current_facts()  # names the district to this connection
    except RegisterError:
        return Finding("stuck", "ok", "no district is loaded")
    found = stuck.all_stuck()
    if not found:
        return Finding("stuck", "ok", "no case or event is set aside")
    first = found[0]
    message = f"{len(found)} set aside; the oldest: {first.loop} {first.number or first.subject}: {first.reason}"
    return Finding("stuck", "error", message, "see /desk/stuck/; what is mended is taken up again by itself")


SHOWN = 20


def _invented() -> Finding:
    """No account of a demonstration's invented people is active; in production such accounts open nothing."""
    from bihuan.registers.models import User
    from bihuan.server.checks import Finding

    names = list(User.objects.filter(demo=True, is_active=True).order_by("username").values_list("username", flat=True))
    if not names:
        return Finding("demo_accounts", "ok", "no account of a demonstration")
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    message = f"{len(names)} accounts of invented people: {', '.join(names[:SHOWN])}{more}"
    remedy = "where real people work, load them under names of their own and end these (is_active=no in the users file)"
    return Finding("demo_accounts", "warning", message, remedy)


def _calendar() -> Finding:
    """The official calendar of the district covers the days on which the next deadlines fall."""
    from bihuan.registers.live import current_registers
    from bihuan.registers.pure.errors import RegisterError
    from bihuan.server.checks import Finding

    try:
        last = current_registers().calendar.last_covered
    except RegisterError as error:
        return Finding("calendar", "warning", str(error), "load a district and its calendar with `bihuan load`")
    if last < dt.datetime.now(dt.UTC).date() + dt.timedelta(days=45):
        remedy = "load next year's schedule when the State Council publishes it: `bihuan load calendars FILE`"
        return Finding("calendar", "warning", f"working days are official to {last} only", remedy)
    return Finding("calendar", "ok", f"working days are official to {last}")
