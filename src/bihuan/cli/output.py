"""How every command speaks.

Results go to standard output (with `--json` one object as the last line), everything else to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

import typer

JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object as the last line. 以 JSON 输出"),
]


class Failure(Exception):
    """An expected failure: what is wrong and where, the remedy, and fields for the JSON answer."""

    def __init__(self, message: str, remedy: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.fields = fields


EXPECTED = (Failure,)


def fail(message: str, remedy: str = "", **fields: Any) -> NoReturn:
    """End the command with exit code 1, this message and its remedy."""
    raise Failure(message, remedy, **fields)


def finish(result: Mapping[str, Any], *, as_json: bool, text: str = "") -> None:
    """Print the result of a command: `text` for people, and with `as_json` the object as the last line.

    A result holding `"ok": False` ends the command with exit code 1 after printing.
    """
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")
    elif text:
        sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()
    if result.get("ok") is False:
        raise typer.Exit(1)


def note(text: str) -> None:
    """A line about progress, on standard error, so that standard output stays parseable."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def report_failure(error: Exception, *, as_json: bool) -> None:
    """Print an expected failure for people on standard error and, when asked, as JSON on standard output."""
    message = getattr(error, "message", str(error))
    remedy = getattr(error, "remedy", "")
    note(f"bihuan: {message}" + (f"\n  → {remedy}" if remedy else ""))
    if as_json:
        body = {
            "ok": False,
            "error": message,
            "remedy": remedy,
            **getattr(error, "fields", {}),
        }
        sys.stdout.write(json.dumps(body, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()
