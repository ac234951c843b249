"""Every extension point, one line each; the types of what is added stand in `running`, `telling` and `keeping`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from bihuan.extend.finding import gathered
from bihuan.extend.keeping import Kept, LakeTable, PersonalPlace, PlainColumns, RawRecords, Retention
from bihuan.extend.running import (
    App,
    Check,
    CliCommand,
    Detector,
    ErrorPage,
    Health,
    Link,
    Loop,
    Middleware,
    Page,
    Router,
    Warm,
)
from bihuan.extend.telling import (
    Chapter,
    Companion,
    Declarations,
    DeclaredKind,
    Door,
    EvidenceType,
    FactSource,
    MethodPoint,
    Notices,
    Port,
    Preset,
    Question,
    SetAside,
    Standard,
    StepFiles,
)


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

        Source: docs/adr/0236 (a duplicate, a wrong type, a foreign name is refused with file and remedy)
        """
        return gathered(self.name, cast(Any, self.kind), self.key, _NAMES)


APPS = Point("apps", App, ("name",), "Django apps: tables, templates, signals", "`bihuan migrate`, INSTALLED_APPS")
MIDDLEWARE = Point("middleware", Middleware, ("path",), "Classes around every request", "MIDDLEWARE")
PAGES = Point("pages", Page, ("route",), "Pages and files by their address", "the address")
MENU = Point("menu", Link, ("page",), "Entries of the staff's navigation", "every page's head, `/home/`")
ROUTERS = Point("routers", Router, ("name",), "Parts of the API", "`/api/v1/`, its OpenAPI description")
ERROR_PAGES = Point("error_pages", ErrorPage, ("status",), "What is shown for a refusal or an error", "the answer")
COMMANDS = Point("commands", CliCommand, ("name",), "Commands", "`bihuan --help`, docs/reference/cli.md")
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
PERSONAL = Point(
    "personal",
    PersonalPlace,
    ("where",),
    "Columns and folders that hold something of a person",
    "`bihuan erase`, docs/reference/personal.md",
)
PLAIN = Point(
    "plain", PlainColumns, ("table",), "Columns that hold nothing personal", "the search for names in every table"
)
RAW_RECORDS = Point(
    "raw_records", RawRecords, ("name",), "What came over a wire, byte by byte", "the evidence package of a case"
)
RETENTION = Point(
    "retention",
    Retention,
    ("name",),
    "What is kept for a time only",
    "the loop `retention`, the log (`kept_ended`), docs/reference/personal.md",
)
DETECTORS = Point(
    "detectors",
    Detector,
    ("name",),
    "What looks for patterns and proposes",
    "`bihuan worker`, `/health/ready`, docs/reference/detectors.md",
)
STANDARDS = Point(
    "standards",
    Standard,
    ("name", "served"),
    "Standards of wires and files",
    "`/api/v1/standards`, docs/reference/standards.md",
)
CHAPTERS = Point("chapters", Chapter, ("name",), "Facts of briefings", "`bihuan briefing`, `/cockpit/briefings/`")
ASIDE = Point("aside", SetAside, ("name",), "What to say of work that was set aside", "`/desk/stuck/`")
DECLARATIONS = Point(
    "declarations", Declarations, ("folder",), "Folders of programmes", "`bihuan programme`, `/programmes/`"
)
DECLARED = Point(
    "declared",
    DeclaredKind,
    ("name",),
    "Kinds of things that a file each declares",
    "`/declared/`, `/api/v1/declared`, `bihuan declared`, docs/reference/declared.md",
)
PRESETS = Point("presets", Preset, ("name",), "Kinds of files that can be imported", "`bihuan import --preset`")
LAKE_TABLES = Point(
    "lake_tables", LakeTable, ("name",), "Tables of the lake", "`bihuan lake sync`, docs/topics/lake.md"
)
QUESTIONS = Point("questions", Question, ("name",), "Questions to the lake", "`bihuan lake`")
FACTS = Point("facts", FactSource, ("name",), "What a loop may ask about a thing", "`Facts.ask`, `bihuan register ask`")
COMPANIONS = Point(
    "companions", Companion, ("name",), "What happens together with an event or not at all", "the refusal of the step"
)
DOORS = Point("doors", Door, ("name",), "Where a form takes effect", "`through:` of a form, `/forms/`")
METHODS = Point("methods", MethodPoint, ("name",), "Algorithms on files", "`bihuan calc`, docs/reference/methods.md")

POINTS: tuple[Point[Any], ...] = (
    APPS, MIDDLEWARE, PAGES, MENU, ROUTERS, ERROR_PAGES, COMMANDS, LOOPS, HEALTH, CHECKS, WARM, NOTICES, PORTS,
    EVIDENCE, STEPS, KEPT, PERSONAL, PLAIN, RAW_RECORDS, RETENTION, DETECTORS, STANDARDS,
    CHAPTERS, ASIDE, DECLARATIONS, DECLARED, PRESETS, LAKE_TABLES, QUESTIONS, FACTS, COMPANIONS, DOORS, METHODS,
)  # fmt: skip
_NAMES = tuple(point.name for point in POINTS)
