"""Structured logs: one JSON object per line with time, level, logger, event and the request id; never identity.

Identity stays out twice: code logs ids and counts, and `scrub` removes what looks like a telephone number, an identity
card number or an address of mail from every value that is logged all the same.
"""

from __future__ import annotations

import logging
import logging.config
import re
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
    """Replace personal-looking text in every string value by `[removed]`."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _PERSONAL.sub("[removed]", value)
    return event


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub,
    ]


def dictionary(level: str, form: str) -> dict[str, Any]:
    """The configuration of Python's logging: everything, ours and the libraries', to standard error."""
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
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "_granian": {"level": level, **to_stderr},
            "granian.access": {"level": "WARNING", **to_stderr},
            # Our own request line says what these two would repeat.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
        },
    }


def configure(level: str, form: str) -> None:
    """Set logging up. `level`: a name of Python's levels; `form`: `json`, or `text` for reading in a terminal."""
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
