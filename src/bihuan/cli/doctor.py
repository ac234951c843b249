"""`bihuan doctor`: look at everything that commonly goes wrong and say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bihuan.console.bootstrap import private_server, start_django
from bihuan.console.output import Failure, JsonOption, finish

if TYPE_CHECKING:
    from bihuan.server.checks import CheckFinding

app = typer.Typer()
SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check disk, keys, database, migrations, calendar, clock, static files and queue. 体检

    Exit code 1 when a finding is an error. Nothing is changed, except that a stopped private PostgreSQL is started.

    See docs/topics/operations.md, "Watching".
    """
    findings = _findings()
    ok = all(finding.level != "error" for finding in findings)
    lines = [f"{SIGNS[f.level]} {f.check}: {f.message}" + (f"\n    → {f.remedy}" if f.remedy else "") for f in findings]
    result = {"ok": ok, "findings": [finding.as_dict() for finding in findings]}
    finish(result, as_json=as_json, text="\n".join(lines))


def _findings() -> list[CheckFinding]:
    start_django(database=False)
    from bihuan.server import checks
    from bihuan.server.home import current_home

    home = current_home()
    found = checks.run_checks(checks.WITHOUT_DATABASE, home)
    if not home.secrets_file.exists() and private_server() is not None:
        return found
    try:
        start_django()
    except Failure as error:
        return [*found, checks.CheckFinding("database", "error", error.message, error.remedy)]
    return [
        *found,
        *checks.run_checks(checks.WITH_DATABASE, home),
        *checks.run_added(),
    ]
