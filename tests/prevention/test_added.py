"""What prevention brings along is there by itself; nobody else names it."""

from __future__ import annotations

from bihuan.extend import CHAPTERS, COMMANDS, KEPT


def test_commands_kept_rows_and_chapters_of_prevention_are_there() -> None:
    assert {command.name for command in COMMANDS.all()} >= {"prevent", "monthly-topic"}
    assert [kept.pattern for kept in KEPT.all() if kept.room == "prevention"] == ["*.json"]
    assert {chapter.name for chapter in CHAPTERS.all()} >= {"visits", "topics"}
