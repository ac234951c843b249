"""How a command ends: each kind of exception becomes an exit code and one sentence with its remedy."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from typer._click.exceptions import ClickException

from bihuan.console import output
from bihuan.faults import Fault

DONE, FAULT, WRONG_CALL, INTERRUPTED = 0, 1, 2, 130

OF_THE_SYSTEM = {
    errno.ENOENT: "check the path",
    errno.EISDIR: "name a file, not a folder",
    errno.ENOTDIR: "name a folder, not a file",
    errno.EACCES: "give this user the right to it, or choose another place",
    errno.EPERM: "give this user the right to it, or choose another place",
    errno.EROFS: "choose a place that can be written",
    errno.ENOSPC: "free some space on that disk, then run the command again",
    errno.EDQUOT: "free some space on that disk, then run the command again",
    errno.EADDRINUSE: "choose another port, or end what listens there",
}
"""What to do about an error of the operating system, by its number (errno(3))."""


def run(call: Callable[[], object], *, as_json: bool) -> int:
    """Run a command to its end; returns the exit code. What went wrong has been said by then.

    Args:
        call: The command; returns an exit code, or anything else for success.
        as_json: Say what went wrong as one JSON object too.

    Source: CONTRIBUTING (an error says what is wrong, where, which rule, and what to do; none is swallowed);
    docs/topics/operations.md, "Commands".
    """
    try:
        code = call()
    except (KeyboardInterrupt, typer.Abort):
        output.report_fault(Fault("interrupted", "run the command again when you want it done"), as_json=as_json)
        return INTERRUPTED
    except ClickException as error:
        _explain_call(error, as_json=as_json)
        return error.exit_code
    except BrokenPipeError:
        _silence()  # whoever read the output has gone, for example `head`
        return FAULT
    except Exception as error:  # noqa: BLE001 - the last door: nobody meets a traceback
        output.report_fault(fault_of(error), as_json=as_json)
        return FAULT
    return code if isinstance(code, int) else DONE


def fault_of(error: Exception) -> Fault:
    """What a person is told about an exception, with what to do.

    A `Fault` says it itself. Errors of the operating system and of the database are told in their own words. What is
    left is a fault of this program: its traceback goes to a file that the sentence names.

    Source: CONTRIBUTING (an error says what is wrong, where, which rule, and what to do; none is swallowed);
    docs/topics/operations.md, "Commands".
    """
    if isinstance(error, Fault):
        if notes := getattr(error, "__notes__", ()):
            error.fields.setdefault("details", str(_keep("\n".join(notes))))
        return error
    if isinstance(error, OSError) and error.errno is not None:
        return _of_the_system(error)
    if isinstance(error, UnicodeDecodeError):
        return Fault(
            f"the file is not {error.encoding.upper()} text (byte {error.start})", "save it as UTF-8, then try again"
        )
    return _of_the_database(error) or _unexpected(error)


def _of_the_system(error: OSError) -> Fault:
    where = f"{error.filename}: " if error.filename else ""
    remedy = OF_THE_SYSTEM.get(error.errno or 0, "see what the system says about that place")
    return Fault(f"{where}{error.strerror}", remedy)


def _of_the_database(error: Exception) -> Fault | None:
    if "django" not in sys.modules:
        return None
    from django.db import DatabaseError, InterfaceError, OperationalError

    if isinstance(error, (OperationalError, InterfaceError)):
        return Fault(f"the database does not answer: {_first_line(error)}", "run `bihuan doctor`")
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, DatabaseError) and state in ("42P01", "42703"):  # PostgreSQL: undefined table, column
        return Fault("the tables are not those of this version", "run `bihuan migrate`")
    return None


def _unexpected(error: Exception) -> Fault:
    file = _keep("".join(traceback.format_exception(error)))
    message = f"a fault of this program: {type(error).__name__}: {_first_line(error)}"
    return Fault(message, f"report it with {file}", details=str(file))


def _keep(text: str) -> Path:
    """Write what a maintainer needs, and a person does not, into a file only its owner can read."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="bihuan-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as kept:
        kept.write(text)
    return Path(kept.name)


def _explain_call(error: Any, *, as_json: bool) -> None:
    """The command line itself was wrong: the usage for people, one object for programs."""
    if not as_json:
        error.show()
        return
    path = error.ctx.command_path if getattr(error, "ctx", None) is not None else "bihuan"
    output.report_fault(Fault(error.format_message(), f"`{path} --help` shows how it is called"), as_json=True)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")


def _silence() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
