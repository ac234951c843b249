"""What intake adds to the house."""

from __future__ import annotations

from pathlib import Path

from bihuan.extend import (
    App,
    Detector,
    Door,
    DoorAnswer,
    Handed,
    Loop,
    PersonalPlace,
    PlainColumns,
    Preset,
    Retention,
    SetAside,
    Standard,
)

SLOW_SECONDS = 300
"""Patience with a mailbox and with a month of reports."""


def apps() -> tuple[App, ...]:
    """Imports, mails, alarms."""
    return (App("bihuan.intake", order=80),)


def loops() -> tuple[Loop, ...]:
    """What comes in by itself."""
    from bihuan.intake import background

    return (Loop("mail", background.handle_waiting_mail, 30.0, "收取邮件", "mail", SLOW_SECONDS),)


def aside() -> tuple[SetAside, ...]:
    """What comes in and what goes up."""
    return (
        SetAside(
            "surges",
            "集中诉求预警没有算出",
            "An alarm of many like reports could not be worked out",
            "请人工留意同类来件，并告知系统管理员",
            "Watch for like reports yourself, and tell the administrator",
        ),
        SetAside(
            "upward",
            "此案的进展没有报给上级平台",
            "The city above has not been told of this case",
            "请另行告知上级平台，并告知系统管理员",
            "Tell the city another way, and tell the administrator",
        ),
    )


def presets() -> tuple[Preset, ...]:
    """A file in `presets/` is a kind of file that can be imported."""
    folder = Path(__file__).resolve().parent / "presets"
    return tuple(Preset(file.stem, file) for file in sorted(folder.glob("*.yaml")))


def doors() -> tuple[Door, ...]:
    """What a form opens."""
    from bihuan.intake import takes

    return (
        Door(
            "intake.receive",
            takes.TAKES,
            takes.wrong_of,
            _receive_handed,
            "立案：表单成为一件案件",
            "A form becomes a case of a declared programme",
        ),
    )


def _receive_handed(handed: Handed) -> DoorAnswer:
    """Open the case; what opens cases is imported only when one is opened."""
    from bihuan.intake.handing import receive_handed

    return receive_handed(handed)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.intake.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.intake.personal import PLAIN

    return PLAIN


def detectors() -> tuple[Detector, ...]:
    """What comes in too often."""
    from bihuan.intake import background

    return (
        Detector(
            "surges",
            "同一地点、同类诉求突增",
            "More like reports from one place than its past allows",
            "一条预警，坐席查看后确认；不自动立案、不自动派单",
            "An alarm that the desk looks at and acknowledges; no case is opened and none is sent",
            "bihuan.intake.surge",
            background.look_for_surges,
            patience=SLOW_SECONDS,
        ),
    )


def retention() -> tuple[Retention, ...]:
    """Mails that were not, or not wholly, taken."""
    from bihuan.intake import background

    return (
        Retention(
            "mails",
            "未收或未全收的邮件",
            "Mails that were not, or not wholly, taken",
            "收到后 180 天",
            "180 days after they came",
            "docs/topics/import.md",
            background.end_mails,
            "that there was one, when, and what was decided",
        ),
    )


def standards() -> tuple[Standard, ...]:
    """What reports come in by."""
    return (
        Standard(
            "RFC 4180 (CSV)",
            "2005",
            "in",
            "bihuan import",
            "导入诉求",
            "Import of reports",
            "tests/readers/test_readers.py",
        ),
        Standard(
            "ISO/IEC 29500 (Office Open XML), spreadsheets",
            "2016",
            "in",
            "bihuan import",
            "导入诉求",
            "Import of reports",
            "tests/readers/test_readers.py",
        ),
        Standard(
            "Apache Parquet",
            "2",
            "in",
            "bihuan import",
            "导入诉求",
            "Import of reports",
            "tests/readers/test_readers.py",
        ),
        Standard(
            "Open311 GeoReport, service requests as a file",
            "2",
            "in",
            "bihuan import --preset open311-csv",
            "导入其他城市的诉求",
            "Import of other cities' requests",
            "tests/intake/test_mapping.py",
        ),
        Standard(
            "RFC 5322 (Internet Message Format)",
            "2008",
            "in",
            "BIHUAN_MAILDIR",
            "来信立案",
            "Reports by mail",
            "tests/intake/test_mail.py",
        ),
        Standard(
            "RFC 3501 (IMAP4rev1)",
            "2003",
            "in",
            "BIHUAN_IMAP_HOST",
            "收取来信",
            "Fetching of mails",
            "tests/intake/test_mail.py",
        ),
    )
