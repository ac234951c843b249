"""The command line, `bihuan …`: one module per group of commands, loaded only when one of its commands runs.

A module here parses arguments, calls the rooms below and prints the result through `console.output`; nothing else.
No rule, no SQL and no state may live here: page, API and command line call the same functions.
`bihuan --help` must stay quick, so this file imports no room and no Django.
"""

from bihuan.cli.main import app, main

__all__ = ["app", "main"]
