"""Every place where something can be added to the house, one line each; who adds what is asked here and nowhere else.

An *extension* is a module with functions named like the points below, each giving a tuple of what it adds:

    def loops() -> tuple[Loop, ...]:
        from bihuan.loop import background          # imported only when loops are asked for

        return (Loop("ticks", background.tick, 5.0, "办理时限", "clocks"),)

Our own rooms (`bihuan/ROOM/extension.py`), a programme with a rule of its own (`bihuan/programmes/ID/special.py`) and
packages of others (entry points of the group `bihuan.extensions`) come through the same door. Code never comes out of
the data folder. No point takes a name of something outside the extension's own package, so that nothing points upward.

**Source:** DESIGN §14 (`extend.py`: every extension point in one file); docs/adr/0236-extend.md.
"""

from bihuan.extend.finding import ExtensionError, extensions, forget
from bihuan.extend.keeping import (
    Holds,
    Kept,
    PersonalPlace,
    PlainColumns,
    Retention,
)
from bihuan.extend.points import (
    APPS,
    ASIDE,
    CHAPTERS,
    CHECKS,
    COMMANDS,
    DECLARATIONS,
    DETECTORS,
    ERROR_PAGES,
    EVIDENCE,
    HEALTH,
    KEPT,
    LOOPS,
    MENU,
    MIDDLEWARE,
    NOTICES,
    PAGES,
    PERSONAL,
    PLAIN,
    POINTS,
    PORTS,
    PRESETS,
    QUESTIONS,
    RETENTION,
    ROUTERS,
    STANDARDS,
    STEPS,
    WARM,
    Point,
)
from bihuan.extend.running import (
    App,
    Check,
    Command,
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
    Declarations,
    EvidenceType,
    Notices,
    Port,
    Preset,
    Question,
    SetAside,
    Standard,
    StepFiles,
)

__all__ = [
    "APPS",
    "ASIDE",
    "CHAPTERS",
    "CHECKS",
    "COMMANDS",
    "DECLARATIONS",
    "DETECTORS",
    "ERROR_PAGES",
    "EVIDENCE",
    "HEALTH",
    "KEPT",
    "LOOPS",
    "MENU",
    "MIDDLEWARE",
    "NOTICES",
    "PAGES",
    "PERSONAL",
    "PLAIN",
    "POINTS",
    "PORTS",
    "PRESETS",
    "QUESTIONS",
    "RETENTION",
    "ROUTERS",
    "STANDARDS",
    "STEPS",
    "WARM",
    "App",
    "Chapter",
    "Check",
    "Command",
    "Declarations",
    "Detector",
    "ErrorPage",
    "EvidenceType",
    "ExtensionError",
    "Health",
    "Holds",
    "Kept",
    "Link",
    "Loop",
    "Middleware",
    "Notices",
    "Page",
    "PersonalPlace",
    "PlainColumns",
    "Point",
    "Port",
    "Preset",
    "Question",
    "Retention",
    "Router",
    "SetAside",
    "Standard",
    "StepFiles",
    "Warm",
    "extensions",
    "forget",
]
