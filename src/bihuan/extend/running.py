"""What is added to what runs: tables, pages, commands, loops, checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SILENT_SECONDS = 60
"""Patience with a loop of which nothing else is said."""


@dataclass(frozen=True)
class App:
    """A Django app: tables, templates, translations, signals.

    Args:
        name: Its package, which is the extension's own or lies in it.
        order: Lower ones come first; of a template of two apps the first counts.
    """

    name: str
    order: int = 100


@dataclass(frozen=True)
class Middleware:
    """A class around every request.

    Args:
        path: Dotted, in the extension's own package.
        after: The middleware it stands directly behind, of Django or another library; empty: the outermost.
    """

    path: str
    after: str = ""


@dataclass(frozen=True)
class Page:
    """A page or a file by its address.

    Args:
        route: As Django's `path` has it, without a leading slash.
        view: Answers a request; or what `include` gives.
        name: For `reverse`; empty for none.
        programs: Whether only programs call it, and every address below it: errors are problem documents there.
    """

    route: str
    view: Callable[..., Any] | tuple[Any, ...]
    name: str = ""
    programs: bool = False


@dataclass(frozen=True)
class Link:
    """An entry of the staff's navigation.

    Args:
        page: Name of a page that takes no arguments.
        zh, en: What it is called.
        shown: Whether somebody has work there, by the `Actor` who looks.
        order: Lower ones stand first.
    """

    page: str
    zh: str
    en: str
    shown: Callable[[Any], bool]
    order: int = 100


@dataclass(frozen=True)
class Router:
    """A part of the API below `/api/v1/`.

    Args:
        name: Short, for messages about faults.
        router: A `ninja.Router`; an operation that declares no capability answers 403.
        prefix: Where it lies, such as `/toys`.
    """

    name: str
    router: Any
    prefix: str = ""


@dataclass(frozen=True)
class ErrorPage:
    """What is shown for an answer of one status.

    Args:
        status: 400, 403, 404, 500, or `csrf`.
        view: Takes the request, and what Django gives besides.
    """

    status: str
    view: Callable[..., Any]


@dataclass(frozen=True)
class CliCommand:
    """A command, `bihuan NAME`; a group of commands when its app holds none of that name.

    Args:
        name: What is typed.
        help: One line, English · 中文.
        app: Gives the Typer app, imported only when the command runs or its own help is asked for.
        order: Lower ones are listed first.
    """

    name: str
    help: str
    app: Callable[[], Any]
    order: int = 100


@dataclass(frozen=True)
class Loop:
    """Endless work beside the pages; see `bihuan.server.background`.

    Args:
        name: Short, for logs, metrics and heartbeats.
        run: Does one bounded batch and gives how many things it did.
        interval: Seconds between batches that find nothing to do.
        zh, en: What it is called before people.
        patience: Seconds one batch may take, or fail, before the loop is called silent.
    """

    name: str
    run: Callable[[], int]
    interval: float
    zh: str
    en: str
    patience: int = SILENT_SECONDS


@dataclass(frozen=True)
class Health:
    """What makes `/health/ready` red beside silent loops.

    Args:
        name: Short.
        lines: One line each of what stands still; none when all is well.
    """

    name: str
    lines: Callable[[], list[str]]


@dataclass(frozen=True)
class Check:
    """A line of `bihuan doctor`.

    Args:
        name: Short.
        find: Looks, with the database there; gives a `bihuan.server.checks.CheckFinding`.
        order: Lower ones are told first.
    """

    name: str
    find: Callable[[], Any]
    order: int = 100


@dataclass(frozen=True)
class Warm:
    """What is loaded before a server process answers its first request.

    Args:
        name: Short, for the log.
        load: Loads it; an error is logged and the part is loaded when somebody asks.
    """

    name: str
    load: Callable[[], object]


@dataclass(frozen=True)
class Detector:
    """Something that looks for a pattern, by itself or when asked, and opens or proposes; a person decides.

    Args:
        name: Short, for logs, metrics and heartbeats; shared with no loop.
        zh, en: What it looks for.
        opens_zh, opens_en: What it opens or proposes, and who decides.
        method: The module that works the answer out; its folder's `card.md` says how good it is, where there is one.
        look: Does one bounded batch in the worker and gives how many things it did; None: only when somebody asks.
        asked: The command by which a person asks it; empty: by none.
        interval: Seconds between batches that find nothing to do.
        patience: Seconds one batch may take, or fail, before it is called silent.
    """

    name: str
    zh: str
    en: str
    opens_zh: str
    opens_en: str
    method: str
    look: Callable[[], int] | None = None
    asked: str = ""
    interval: float = 60.0
    patience: int = SILENT_SECONDS
