"""How every command speaks.

Results go to standard output (with `--json` one object as the last line), everything else to standard error.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, TextIO

import typer

from bihuan.faults import Fault

JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object as the last line. 以 JSON 输出"),
]


class Failure(Fault):
    """An expected failure of a command: what is wrong and where, the remedy, and fields for the JSON answer."""


def fail(message: str, remedy: str = "", **fields: Any) -> NoReturn:
    """End the command with exit code 1, this message and its remedy.

    Source: docs/topics/operations.md, "Commands" (every fault one sentence with its remedy; `--json` the last line)
    """
    raise Failure(message, remedy, **fields)


def finish(result: Mapping[str, Any], *, as_json: bool, text: str = "") -> None:
    """Print the result of a command: `text` for people, and with `as_json` the object as the last line.

    A result holding `"ok": False` ends the command with exit code 1 after printing.

    Source: docs/topics/operations.md, "Commands" (every fault one sentence with its remedy; `--json` the last line)
    """
    if as_json:
        say(as_line(result))
    elif text:
        say(text.rstrip("\n"))
    if result.get("ok") is False:
        raise typer.Exit(1)


def say(text: str) -> None:
    """A line on standard output.

    Source: docs/topics/operations.md, "Commands" (every fault one sentence with its remedy; `--json` the last line)
    """
    _write(sys.stdout, text)


def _write(stream: TextIO, text: str) -> None:
    """Write a line at once; bytes of a file that were no text (lone surrogates) are shown as escapes."""
    stream.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
    stream.flush()


def as_line(result: Mapping[str, Any]) -> str:
    """One line of JSON as RFC 8259 has it: a number that is none (NaN, ∞) is null."""
    try:
        return json.dumps(result, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(result), ensure_ascii=False, default=str, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def note(text: str) -> None:
    """A line about progress, on standard error, so that standard output stays parseable.

    Source: docs/topics/operations.md, "Commands" (every fault one sentence with its remedy; `--json` the last line)
    """
    _write(sys.stderr, text)


def report_fault(fault: Fault, *, as_json: bool) -> None:
    """Print a fault for people on standard error and, when asked, as one JSON object on standard output.

    Source: docs/topics/operations.md, "Commands" (every fault one sentence with its remedy; `--json` the last line)
    """
    note(f"bihuan: {fault.message}" + (f"\n  → {fault.remedy}" if fault.remedy else ""))
    if as_json:
        body = {"ok": False, "error": fault.message, "remedy": fault.remedy, **fault.fields}
        say(as_line(body))
