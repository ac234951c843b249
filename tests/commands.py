"""A command of the command line called in the test's own process, on the test's database."""

from __future__ import annotations

import json
from typing import Any

import typer
from typer.testing import CliRunner

from bihuan.faults import Fault


def answer_of(app: typer.Typer, *words: str) -> dict[str, Any]:
    """The JSON answer of a command; a refusal gives its message and remedy.

    Args:
        app: The group the command belongs to.
        words: What is typed after the group's name, without `--json`.
    """
    done = CliRunner().invoke(app, [*words, "--json"])
    if isinstance(done.exception, Fault):
        return {"ok": False, "error": done.exception.message, "remedy": done.exception.remedy}
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
