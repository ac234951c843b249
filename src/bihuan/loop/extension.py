"""What the loop adds to the house: its tables, the work of time, what stands still, its kinds of evidence."""

from __future__ import annotations

from bihuan.extend import App, Check, EvidenceType, Health, Kept, Loop, Warm

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
        Loop("retention", background.erase_expired, 3600.0, "到期删除", "retention", SLOW_SECONDS),
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
