"""`bihuan`: the commands that rooms have added, each loaded only when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from bihuan.extend import COMMANDS, CliCommand


class LazyGroup(TyperGroup):
    """Lists the commands that rooms have added; imports a command's module only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [command.name for command in COMMANDS.all()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A light stand-in with the line of help; enough for listing.

        Source: docs/adr/0236 (commands come through the one door and are imported when they run)
        """
        found = _command(cmd_name)
        return None if found is None else TyperCommand(cmd_name, callback=None, help=found.help, short_help=found.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _stand_in, rest = super().resolve_command(ctx, args)
        return (name, None if name is None else load_command(name), rest)


def _command(name: str) -> CliCommand | None:
    return next((command for command in COMMANDS.all() if command.name == name), None)


def load_command(name: str) -> Any:
    """The real command: the one called `name` in its app, or that whole app when it is the group.

    Raises:
        KeyError: nobody has added a command of that name.

    Source: docs/adr/0236 (commands come through the one door and are imported when they run)
    """
    found = _command(name)
    if found is None:
        raise KeyError(name)
    app = found.app()
    # Rich takes half a second to load and reads `[/unit/KEY]` in a help text as its own markup.
    app.rich_markup_mode = None
    group = typer.main.get_group(app)
    group.name = name
    return group.commands.get(name, group)


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from bihuan import __version__

        typer.echo(f"bihuan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Version 版本"),
    ] = False,
) -> None:
    """Bihuan 闭环: every promise of a district's work report as a loop that closes."""


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process: 0 when done, 1 for a fault, 2 for a wrong call, 130 when interrupted.

    Every fault, on every command, becomes one sentence with its remedy, and with `--json` one object.

    Args:
        words: What was typed after `bihuan`; default: the arguments of this process.

    Source: docs/topics/operations.md, "Commands" (exit codes; every fault one sentence with its remedy)
    """
    from bihuan.cli import ending

    os.umask(0o077)  # what any command writes is its owner's alone
    given = list(sys.argv[1:] if words is None else words)
    if sys.stderr.isatty() and given[:1] not in (["serve"], ["worker"]):
        os.environ.setdefault("BIHUAN_LOG_LEVEL", "WARNING")  # somebody reads this terminal
    sys.exit(ending.run(lambda: app(given, prog_name="bihuan", standalone_mode=False), as_json="--json" in given))
