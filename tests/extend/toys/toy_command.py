"""A command of somebody else: `bihuan greet NAME`."""

from typing import Any

from bihuan.extend import CliCommand


def commands() -> tuple[CliCommand, ...]:
    """One command."""
    return (CliCommand("greet", "Greet somebody · 问候", _app),)


def _app() -> Any:
    import typer

    from bihuan.console.output import JsonOption, finish

    app = typer.Typer()

    @app.command("greet")
    def greet(name: str, as_json: JsonOption = False) -> None:
        """Greet somebody. 问候"""
        finish({"ok": True, "greeted": name}, as_json=as_json, text=f"你好，{name} · Hello {name}")

    return app
