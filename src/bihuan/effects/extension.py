"""What the effects add to the house."""

from __future__ import annotations

from bihuan.extend import App, Loop, PlainColumns, SetAside


def apps() -> tuple[App, ...]:
    """How far in the log effects have been written."""
    return (App("bihuan.effects", order=57),)


def loops() -> tuple[Loop, ...]:
    """What events mean for registers."""
    from bihuan.effects import background

    return (Loop("effects", background.write_effects, 2.0, "事件更新名册", "versions from events"),)


def aside() -> tuple[SetAside, ...]:
    """An event whose effect could not be written."""
    return (
        SetAside(
            "effects",
            "案件结果没有写入名册",
            "What a case decided is not in the register yet",
            "查看原因（对象不存在、缺少必填项），补足后会自动再试",
            "Read the reason (no such subject, a missing field); once mended it is written by itself",
        ),
    )


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.effects.personal import PLAIN

    return PLAIN
