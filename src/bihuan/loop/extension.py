"""What the loop adds to the house: its tables, the work of time, what stands still, its kinds of evidence."""

from __future__ import annotations

from pathlib import Path

from bihuan.extend import (
    App,
    Check,
    EvidenceType,
    Health,
    Kept,
    LakeTable,
    Loop,
    PersonalPlace,
    PlainColumns,
    Retention,
    SetAside,
    Standard,
    StepFiles,
    Warm,
)

SLOW_SECONDS = 300
"""Patience with batches that walk through a register or erase files."""


def apps() -> tuple[App, ...]:
    """Cases, events, files."""
    return (App("bihuan.loop", order=40),)


def loops() -> tuple[Loop, ...]:
    """What time does to cases."""
    from bihuan.loop import background

    return (
        Loop("sequencer", background.sequence, 1.0, "诉求日志编号", "entering receipts into the log"),
        Loop("ticks", background.tick, 5.0, "办理时限", "clocks"),
        Loop(
            "succession", background.succeed, 60.0, "机构人员变动交接", "succession of units and people", SLOW_SECONDS
        ),
    )


def health() -> tuple[Health, ...]:
    """What loops have set aside."""
    from bihuan.loop import stuck

    return (Health("stuck", stuck.red),)


def warm() -> tuple[Warm, ...]:
    """What every page asks of registers and rules."""
    from bihuan.loop.store import current_facts

    return (Warm("facts", current_facts),)


def evidence() -> tuple[EvidenceType, ...]:
    """What a unit may attach to a case."""
    return (
        EvidenceType("photo", "照片", "Photo"),
        EvidenceType("document", "文件", "Document"),
        EvidenceType("video", "视频", "Video"),
        EvidenceType("signature", "签字", "Signature"),
        EvidenceType("measurement", "检测数据", "Measurement"),
    )


def steps() -> tuple[StepFiles, ...]:
    """The steps of the loop."""
    return (StepFiles(Path(__file__).parent / "kernel" / "steps"),)


def kept() -> tuple[Kept, ...]:
    """A city's own programmes."""
    return (Kept("programmes", "programmes", "**/*", edited=True),)


def checks() -> tuple[Check, ...]:
    """Every programme is in use; nothing is set aside."""
    from bihuan.loop import doctoring

    return (
        Check("programmes", doctoring.programmes, order=30),
        Check("stuck", doctoring.stuck_cases, order=40),
    )


def aside() -> tuple[SetAside, ...]:
    """Clocks, lists, the log."""
    return (
        SetAside(
            "ticks",
            "时限提醒和超期记录停住了",
            "Warnings and missed deadlines are not recorded",
            "请自行留意此案时限，并告知系统管理员",
            "Watch this case's deadline yourself, and tell the administrator",
        ),
        SetAside(
            "succession",
            "承办单位或经办人已变动，案件未能转给接手的单位",
            "The unit or person has changed and the case has not passed on",
            "请由裁定人或派单员指定承办单位，并告知系统管理员",
            "Let the arbiter or the desk name a unit, and tell the administrator",
        ),
        SetAside(
            "recalendar",
            "新放假安排公布后，此案时限未能重算",
            "The deadline was not counted again after the year's holidays were published",
            "请按原时限办理，并告知系统管理员",
            "Keep to the deadline shown, and tell the administrator",
        ),
        SetAside(
            "lists",
            "此案的记录无法读取，列表中只显示编号和状态",
            "The record of this case cannot be read; lists show its number and state only",
            "请把编号告知系统管理员，其他案件不受影响",
            "Tell the administrator its number; no other case is affected",
        ),
        SetAside(
            "migrate",
            "新版规则未能用于此案",
            "The new rules have not reached this case",
            "仍按原规则和时限办理，并告知系统管理员",
            "The former rules and deadline hold; tell the administrator",
        ),
        SetAside(
            "sequencer",
            "一条记录没有进入透明日志，同案后续记录在其后等待",
            "A record has not entered the transparency log; later ones of its case wait behind it",
            "案件照常办理，请尽快告知系统管理员",
            "The case goes on; tell the administrator soon",
        ),
        SetAside(
            "retention",
            "一份到期的身份信息没有清除",
            "An identity past its time has not been erased",
            "请告知系统管理员",
            "Tell the administrator",
        ),
    )


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.loop.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.loop.personal import PLAIN

    return PLAIN


def lake_tables() -> tuple[LakeTable, ...]:
    """Events, clocks, cases."""
    from bihuan.loop.lake_tables import TABLES

    return TABLES


def retention() -> tuple[Retention, ...]:
    """Identities of reporters."""
    from bihuan.loop import background

    return (
        Retention(
            "identities",
            "诉求人身份",
            "Identities of reporters",
            "事项声明的期限（默认 5 年），自来件之日起，按本区日期",
            "As the programme declares (5 years by default) from the day of the report, by the district's own date",
            "个人信息保护法第十九条; docs/topics/registers.md",
            background.erase_expired,
            "who looked at it and why, as proof",
        ),
    )


def standards() -> tuple[Standard, ...]:
    """What the record of a case says."""
    return (
        Standard(
            "JSON Schema",
            "2020-12",
            "out",
            "/api/v1/schemas/events",
            "案件事件的内容",
            "What events of cases say",
            "tests/loop/test_toy_step_in_a_district.py",
        ),
    )
