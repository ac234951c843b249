"""Logs are one JSON object per line and never carry identity."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from bihuan.server.logs import scrub

SCRIPT = """
import logging, sys, structlog
from bihuan.server import logs
logs.configure("INFO", "json")
structlog.contextvars.bind_contextvars(request_id="r-1")
structlog.get_logger("ours").info("taken", phone="13800138000", case="c-1")
logging.getLogger("theirs").warning("mail to %s failed", "li@example.com")
try:
    raise ValueError("duplicate key\\nDETAIL:  Key (name)=(" + bytes.fromhex(sys.argv[1]).decode() + ") exists.")
except ValueError:
    structlog.get_logger("ours").exception("failed")
"""


def test_every_line_is_json_with_the_request_id_and_without_identity() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "王小明".encode().hex()], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert lines[0]["request_id"] == "r-1"
    assert lines[0]["case"] == "c-1"
    assert lines[1]["event"] == "mail to [removed] failed"
    for secret in ("13800138000", "li@example.com", "王小明"):
        assert secret not in done.stderr


@pytest.mark.parametrize("text", ["13800138000", "+86 138-0013-8000", "11010819900101123X", "a.b+c@mail.example.cn"])
def test_personal_looking_text_is_removed(text: str) -> None:
    assert scrub(None, "", {"event": f"call {text} now"}) == {"event": "call [removed] now"}


@pytest.mark.parametrize("text", ["2026-11-23T19:05:00Z", "110108", "case 20261123000017", "0.138"])
def test_dates_codes_and_numbers_stay(text: str) -> None:
    assert scrub(None, "", {"event": text}) == {"event": text}


def test_logging_is_configured_for_libraries_too() -> None:
    assert logging.getLogger().handlers
