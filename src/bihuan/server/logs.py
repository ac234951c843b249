"""Structured logs: one JSON object per line with time, level, logger, event and the request id; never identity.

Identity and the words of reports stay out three times: our own lines hold ids, codes and counts only (`log_lines`); of
an error its kind and the places it went through are written, never what it says, which may quote what was entered; and
`scrub` removes what looks like a telephone number, an identity card number or an address of mail from whatever a
library logs.
"""

from __future__ import annotations

import logging
import logging.config
import os
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

_PERSONAL = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"  # mobile numbers, GB/T 15120 / MIIT numbering plan
    r"|(?<!\d)\d{17}[\dXx](?!\d)"  # resident identity number, GB 11643-1999
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<=invalid input syntax for type )[^\n]+"  # and the value it could not read here
    r"|(?<=\nDETAIL:  )[^\n]+"  # PostgreSQL quotes the offending row there
)


def scrub(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace personal-looking text in every string value by `[removed]`.

    Source: docs/topics/operations.md, "Watching" (JSON lines without identity)
    """
    for name, value in event.items():
        event[name] = _without_personal(value)
    return event


def _without_personal(value: Any) -> Any:
    if isinstance(value, str):
        return _PERSONAL.sub("[removed]", value)
    return [_without_personal(each) for each in value] if isinstance(value, list) else value


_SPEAKS_OF_PROGRAMS = frozenset({
    "AttributeError", "ImportError", "InterfaceError", "MemoryError", "ModuleNotFoundError", "NameError",
    "OperationalError", "TimeoutError", "TypeError",
})  # fmt: skip
"""Errors whose words are about code or machines and hold nothing that somebody entered."""
DEEPEST = 40
CHAINED = 5


def without_words(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace `exc_info` by `exception`: each error of the chain with its kind and the places it went through.

    Source: docs/topics/operations.md, "Watching" (JSON lines without identity)
    """
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    if isinstance(given, tuple):
        given = given[1]
    told: list[str] = []
    seen: list[BaseException] = []
    while isinstance(given, BaseException) and given not in seen and len(seen) < CHAINED:
        told += [_kind(given), *_places(given.__traceback__)]
        seen.append(given)
        given = given.__cause__ or given.__context__
    if told:
        event["exception"] = told
    return event


def _kind(error: BaseException) -> str:
    """Return the kind of an error, with what it says only where that cannot be something somebody entered."""
    name = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    said = next(iter(str(error).splitlines()), "")
    return f"{name}: {said}" if name in _SPEAKS_OF_PROGRAMS and said else name


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return [f"  {'/'.join(Path(each.filename).parts[-3:])}:{each.lineno} {each.name}" for each in frames]


class RouteOnly(logging.Filter):
    """Django's own lines about requests name the route, never the address, which may hold a tracking code."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite such a line; all pass.

        Source: docs/topics/operations.md, "Watching" (JSON lines without identity)
        """
        request = getattr(record, "request", None)
        if request is not None:
            route = getattr(getattr(request, "resolver_match", None), "route", "")
            record.msg, record.args = "answered %s: %s", (getattr(record, "status_code", ""), route)
        return True


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_words,
        scrub,
    ]


def dictionary(level: str, form: str) -> dict[str, Any]:
    """Return the configuration of Python's logging: everything, ours and the libraries', to standard error.

    Source: docs/topics/operations.md, "Watching" (JSON lines without identity)
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    to_stderr = {"handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared(),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "filters": {"route_only": {"()": RouteOnly}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "structured", "filters": ["route_only"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "_granian": {"level": level, **to_stderr},
            "granian.access": {"level": "WARNING", **to_stderr},
            # Our own request line says what these two would repeat.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
        },
    }


def configure_from_environment() -> tuple[str, str]:
    """Set logging up as BIHUAN_LOG_LEVEL and BIHUAN_LOG_FORMAT say; returns both.

    Source: docs/topics/operations.md, "Watching" (JSON lines without identity)
    """
    level, form = os.environ.get("BIHUAN_LOG_LEVEL", "INFO"), os.environ.get("BIHUAN_LOG_FORMAT", "json")
    configure(level, form)
    return level, form


def configure(level: str, form: str) -> None:
    """Set logging up. `level`: a name of Python's levels; `form`: `json`, or `text` for reading in a terminal.

    Source: docs/topics/operations.md, "Watching" (JSON lines without identity)
    """
    logging.config.dictConfig(dictionary(level, form))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
