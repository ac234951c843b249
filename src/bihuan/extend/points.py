"""Every extension point, one line each at the end, and the type of what is added at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bihuan.extend.finding import gathered

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
    """

    route: str
    view: Callable[..., Any] | tuple[Any, ...]
    name: str = ""


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
class Command:
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
class Notices:
    """Rules and words of notices: who is told what after which event.

    Args:
        name: Short, for messages about faults.
        source: A YAML file, or the same as a mapping: `rules` and `kinds` (see docs/topics/notices.md).
    """

    name: str
    source: Path | Mapping[str, Any]


@dataclass(frozen=True)
class Port:
    """A way by which a notice reaches a person.

    Args:
        name: As deliveries record it.
        zh, en: What it is called.
        contact: The detail it needs: `email` or `phone`.
        send: Takes the detail, the words and the key of the notice; returns when the other side has taken it, raises
            `bihuan.notices.ports.PortError` when it has not.
        ready: Whether the installation has set it up.
        order: Lower ones are tried first; the first whose detail is known and that is ready sends.
    """

    name: str
    zh: str
    en: str
    contact: str
    send: Callable[[str, Any, str], None]
    ready: Callable[[], bool] = lambda: True
    order: int = 100


@dataclass(frozen=True)
class EvidenceType:
    """A kind of evidence that a programme may ask for.

    Args:
        name: As `programme.yaml` and events have it.
        zh, en: What it is called.
        order: Lower ones are offered first.
    """

    name: str
    zh: str
    en: str
    order: int = 100


@dataclass(frozen=True)
class StepFiles:
    """A folder of steps of the loop: every module in it ends in its rows (`STEPS`, see `bihuan.loop.kernel.step`).

    Args:
        folder: Where they are; a name of a module that another folder has already is not read.
    """

    folder: Path


@dataclass(frozen=True)
class Kept:
    """A room of rows (`bihuan.server.keeping`) and the files of the data folder it comes from or is written to.

    Args:
        room: Its name. folder: Below the data folder. pattern: As of `Path.glob`.
        edited: Whether a city edits the files itself.
        history: Whether earlier contents are kept.
    """

    room: str
    folder: str
    pattern: str
    edited: bool = False
    history: bool = True


@dataclass(frozen=True)
class Chapter:
    """Facts that a room adds to weekly and monthly briefings.

    Args:
        name: Short.
        add: Takes a `bihuan.briefings.found.Material` and adds facts to what is told; gives a sentence for each
            thing that could not be said, and why.
        order: Lower ones add first.
    """

    name: str
    add: Callable[[Any], list[str]]
    order: int = 100


@dataclass(frozen=True)
class SetAside:
    """What stands still when work on one thing could not be done and was set aside (`bihuan.loop.stuck`).

    Args:
        name: Of the loop or list, as it is set aside under.
        zh, en: What stands still.
        todo_zh, todo_en: What a person can do meanwhile.
    """

    name: str
    zh: str
    en: str
    todo_zh: str
    todo_en: str


@dataclass(frozen=True)
class Declarations:
    """A folder of programme folders.

    Args:
        folder: Where; each folder in it that holds a `programme.yaml` is a programme.
    """

    folder: Path


@dataclass(frozen=True)
class Preset:
    """How the columns of one kind of file are read (`bihuan import --preset`).

    Args:
        name: As it is asked for.
        file: The YAML file; value files lie beside it.
    """

    name: str
    file: Path


@dataclass(frozen=True)
class Question:
    """A question to the lake.

    Args:
        name: As `bihuan lake ask` takes it.
        ask: Takes the lake and a month (YYYY-MM, or None for everything), gives an Ibis expression: counts and whole
            seconds only, so that every engine answers alike.
        zh, en: What is asked.
    """

    name: str
    ask: Callable[[Any, str | None], Any]
    zh: str
    en: str


@dataclass(frozen=True)
class Point[T]:
    """An extension point: the function of an extension that is asked, and what it gives.

    Args:
        name: Of the function. kind: What it gives a tuple of. key: Fields that no two may share.
        told: One line. appears: Where people find what was added.
    """

    name: str
    kind: type[T]
    key: tuple[str, ...]
    told: str
    appears: str

    def all(self) -> tuple[T, ...]:
        """Everything that every extension gives, by `order` where the kind has one, else as extensions are found.

        Raises:
            ExtensionError: an extension cannot be imported, gives another type, names something outside its own
                package, or gives what another one gave already.
        """
        return gathered(self.name, cast(Any, self.kind), self.key, tuple(point.name for point in POINTS))


APPS = Point("apps", App, ("name",), "Django apps: tables, templates, signals", "`bihuan migrate`, INSTALLED_APPS")
MIDDLEWARE = Point("middleware", Middleware, ("path",), "Classes around every request", "MIDDLEWARE")
PAGES = Point("pages", Page, ("route",), "Pages and files by their address", "the address")
MENU = Point("menu", Link, ("page",), "Entries of the staff's navigation", "every page's head, `/home/`")
ROUTERS = Point("routers", Router, ("name",), "Parts of the API", "`/api/v1/`, its OpenAPI description")
ERROR_PAGES = Point("error_pages", ErrorPage, ("status",), "What is shown for a refusal or an error", "the answer")
COMMANDS = Point("commands", Command, ("name",), "Commands", "`bihuan --help`, docs/reference/cli.md")
LOOPS = Point("loops", Loop, ("name",), "Endless work beside the pages", "`bihuan worker`, `/health/ready`, `/metrics`")
HEALTH = Point("health", Health, ("name",), "What makes the whole state red", "`/health/ready`")
CHECKS = Point("checks", Check, ("name",), "What `bihuan doctor` looks at", "`bihuan doctor`")
WARM = Point("warm", Warm, ("name",), "What is loaded before the first request", "the log of `bihuan serve`")
NOTICES = Point("notices", Notices, ("name",), "Who is told what after which event", "mails, SMS, the unit's page")
PORTS = Point("ports", Port, ("name",), "Ways by which a notice reaches a person", "`notices` in the log, deliveries")
EVIDENCE = Point(
    "evidence", EvidenceType, ("name",), "Kinds of evidence", "`programme.yaml`, its JSON Schema, the case's form"
)
STEPS = Point(
    "steps",
    StepFiles,
    ("folder",),
    "Steps of the loop",
    "the case's page and timeline, API, `bihuan case`, docs/reference/states.md",
)
KEPT = Point("kept", Kept, ("folder", "pattern"), "Rooms of rows and their files", "`bihuan kept`, backups")
CHAPTERS = Point("chapters", Chapter, ("name",), "Facts of briefings", "`bihuan briefing`, `/cockpit/briefings/`")
ASIDE = Point("aside", SetAside, ("name",), "What to say of work that was set aside", "`/desk/stuck/`")
DECLARATIONS = Point(
    "declarations", Declarations, ("folder",), "Folders of programmes", "`bihuan programme`, `/programmes/`"
)
PRESETS = Point("presets", Preset, ("name",), "Kinds of files that can be imported", "`bihuan import --preset`")
QUESTIONS = Point("questions", Question, ("name",), "Questions to the lake", "`bihuan lake`")

POINTS: tuple[Point[Any], ...] = (
    APPS, MIDDLEWARE, PAGES, MENU, ROUTERS, ERROR_PAGES, COMMANDS, LOOPS, HEALTH, CHECKS, WARM, NOTICES, PORTS,
    EVIDENCE, STEPS, KEPT, CHAPTERS, ASIDE, DECLARATIONS, PRESETS, QUESTIONS,
)  # fmt: skip
