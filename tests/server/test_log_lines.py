"""What is logged: a closed catalogue, every line of it written by something, and never a word that somebody entered."""

from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from bihuan.server import log_lines, logs
from bihuan.server.log_lines import LINES, WITHHELD, log, log_committed
from tests.tree import files

WRITERS = {"log", "log_committed", "log_lines.log", "security_log.record", "record", "_log_archive", "_failure_logged"}
OWN = {"actor", "request", "committed"}  # arguments that are no fields by that name


@contextmanager
def written() -> Iterator[list[dict[str, Any]]]:
    """Every line written inside, as it stands in the log: real processors, real JSON."""
    stream, lines = io.StringIO(), list[dict[str, Any]]()
    handler = logging.StreamHandler(stream)
    handler.addFilter(logs.RouteOnly())
    plan = logs.dictionary("INFO", "json")["formatters"]["structured"]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(**{k: v for k, v in plan.items() if k != "()"}))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        lines += [json.loads(line) for line in stream.getvalue().splitlines()]


def names(lines: list[dict[str, Any]]) -> set[str]:
    return {line["event"] for line in lines}


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call in the source that writes a line, with the name it gives."""
    for file in files():
        for node in file.calls:
            if ast.unparse(node.func) in WRITERS:
                yield file.path, node, ast.literal_eval(node.args[0])


def test_every_line_of_the_catalogue_is_written_somewhere_and_no_other() -> None:
    found = {name for _, _, name in calls()}
    assert sorted(found - set(LINES)) == [], "add it to LINES"
    assert sorted(set(LINES) - found) == [], "nobody writes it: take it out of LINES"


def test_no_call_names_a_field_that_is_not_declared() -> None:
    for path, node, name in calls():
        given = {keyword.arg for keyword in node.keywords if keyword.arg} - OWN
        undeclared = given - set(LINES[name].names)
        assert not undeclared, f"{path}:{node.lineno} {name}: {undeclared}"


def test_nothing_is_logged_past_the_catalogue() -> None:
    allowed = {"log_lines.py", "logs.py"}
    loggers = [
        file.path
        for file in files()
        if file.name not in allowed and ("structlog.get_logger" in file.text or "logging.getLogger" in file.text)
    ]
    assert loggers == []


def test_every_line_is_explained_in_both_languages_and_has_a_level() -> None:
    for name, line in LINES.items():
        assert line.zh, name
        assert line.en, name
        assert line.level in ("info", "warning", "error"), name
        assert not {"event", "level", "logger", "timestamp", "request_id"} & set(line.names), name


@pytest.mark.parametrize(
    "value",
    ["赵标记", "Ann Lee", "说：电梯坏了", "a\nb", "x" * 201, b"abc", object()],
)
def test_what_does_not_look_like_a_code_is_withheld(value: object) -> None:
    with written() as lines:
        log("report_refused", code=value)
    assert lines[0]["code"] == WITHHELD


@pytest.mark.parametrize("phone", ["13912345678", "+8613912345678"])
def test_a_telephone_number_is_removed_even_from_a_code(phone: str) -> None:
    with written() as lines:
        log("worker_started", loops=["a", phone])
    assert lines[0]["loops"] == ["a", "[removed]"]


def test_an_undeclared_field_is_never_written() -> None:
    with written() as lines:
        log("report_refused", code="bad_phone", text="words")
    assert "text" not in lines[0]
    assert lines[0]["code"] == "bad_phone"


def test_of_an_error_kind_and_places_are_written_and_not_its_words() -> None:
    def wrong() -> None:
        try:
            int("赵标记13912345678")
        except ValueError as error:
            raise KeyError("电梯困人") from error

    with written() as lines:
        try:
            wrong()
        except KeyError:
            log("mail_broken", True)
            logging.getLogger("theirs").exception("failed")
    for line in lines:
        text = json.dumps(line, ensure_ascii=False)
        assert "KeyError" in line["exception"]
        assert "ValueError" in line["exception"]
        assert any("wrong" in place for place in line["exception"])
        for word in ("赵标记", "13912345678", "电梯困人"):
            assert word not in text


def test_of_an_error_of_the_machine_the_words_stay() -> None:
    with written() as lines:
        try:
            raise FileNotFoundError(2, "No such file or directory", "/home/赵标记.csv")
        except FileNotFoundError:
            log("mail_broken", True)
    assert lines[0]["exception"][0] == "FileNotFoundError: No such file or directory"


@pytest.mark.django_db
def test_a_line_of_a_committed_change_waits_for_the_commit(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with written() as lines, django_capture_on_commit_callbacks() as waiting:
        log_committed("statement_made", kind="draw")
        assert len(waiting) == 0
    assert lines == []
    with written() as lines:
        for each in waiting:
            each()
    assert names(lines) == {"statement_made"}


def test_a_line_costs_little_and_less_where_its_level_is_off() -> None:
    """Not timed: what is switched off reaches no processor behind the first."""
    reached = []
    logger = log_lines._logger("intake")
    before = structlog.get_config()["processors"]
    before.insert(1, lambda *a: reached.append(a[2]) or a[2])
    root = logging.getLogger()
    level = root.level
    try:
        root.setLevel(logging.WARNING)
        log("report_known", channel="web")
        assert reached == []
    finally:
        root.setLevel(level)
        del before[1]
    assert logger is not None


def test_the_time_of_a_line_is_utc_and_said_in_iso_8601() -> None:
    with written() as lines:
        log("report_known", channel="web")
    assert datetime.fromisoformat(lines[0]["timestamp"]).utcoffset() == UTC.utcoffset(None)
