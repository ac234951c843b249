"""The reference page of the command line, written by docs/generate.py out of the commands themselves."""

from __future__ import annotations

import re
from typing import Any

from bihuan.cli.main import load_command
from bihuan.extend import COMMANDS


def commands(note: str) -> str:
    """Every command with its arguments and options."""
    lines = [note, "# Command line 命令行\n",
             "`--json` makes a command print one JSON object as its last line; "
             "the exit code is 0 only when it did what it was asked.\n"]  # fmt: skip
    for command in COMMANDS.all():
        lines.append(f"## `bihuan {command.name}`\n\n{command.help}\n")
        lines += _described(f"bihuan {command.name}", load_command(command.name))
    return "\n".join(lines)


def _described(path: str, command: Any) -> list[str]:
    inner = getattr(command, "commands", None)
    if not inner:
        return _parameters(command)
    lines: list[str] = []
    for name, each in inner.items():
        lines += [f"### `{path} {name}`\n\n{first_paragraph(each.help)}\n", *_described(f"{path} {name}", each)]
    return lines


def _parameters(command: Any) -> list[str]:
    shown = [p for p in command.params if p.name not in ("help", "as_json") and not getattr(p, "hidden", False)]
    if not shown:
        return []
    rows = [f"| `{_written(p)}` | {first_paragraph(getattr(p, 'help', None))} |" for p in shown]
    return ["| | |", "|---|---|", *rows, ""]


def _written(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper() + ("…" if parameter.nargs == -1 else "")
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def first_paragraph(text: str | None) -> str:
    """The first paragraph on one line, safe inside a table."""
    return re.sub(r"\s+", " ", (text or "").split("\n\n")[0]).strip().replace("|", "\\|")
