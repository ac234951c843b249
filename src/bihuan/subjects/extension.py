"""What the subjects add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import (
    App,
    Check,
    CliCommand,
    DeclaredKind,
    DeclaredThing,
    FactSource,
    LakeTable,
    PersonalPlace,
    PlainColumns,
    Retention,
)


def apps() -> tuple[App, ...]:
    """Versions, changes, fences, looks. Source: docs/adr/0236 (what a room adds to the house)."""
    return (App("bihuan.subjects", order=25),)


def commands() -> tuple[CliCommand, ...]:
    """One group. Source: docs/adr/0236 (what a room adds to the house)."""
    return (
        CliCommand("register", "Subjects: types, load, list, show, history, export · 对象名册", _register, order=90),
    )


def facts() -> tuple[FactSource, ...]:
    """What holds of a subject on a day, with the change that said it.

    Source: docs/adr/0236 (what a room adds to the house).
    """
    from bihuan.subjects import facts as answering

    return (
        FactSource("subjects", answering.kinds, answering.names, answering.ask, "某日的对象", "subjects as of a day"),
    )


def retention() -> tuple[Retention, ...]:
    """Personal and secret fields. Source: docs/adr/0236 (what a room adds to the house)."""
    from bihuan.subjects import retention as ending

    until = ("类型所声明的年数，自终止之日起", "the years its type declares, from the day it ended")
    return (
        Retention(
            "subjects",
            "对象的封存字段",
            "Sealed fields of subjects",
            *until,
            "docs/topics/subjects.md",
            ending.sweep,
            leaves="open fields, and a keyed digest without which nothing can be told from it",
        ),
    )


def checks() -> tuple[Check, ...]:
    """Every declared type is in use. Source: docs/adr/0236 (what a room adds to the house)."""
    from bihuan.subjects import doctoring

    return (Check("subjects", doctoring.types, order=75),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person. Source: docs/topics/subjects.md, "Personal fields"."""
    from bihuan.subjects.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person. Source: docs/adr/0236 (what a room adds to the house)."""
    from bihuan.subjects.personal import PLAIN

    return PLAIN


def declared() -> tuple[DeclaredKind, ...]:
    """Types of subjects. Source: docs/topics/declarations.md, "One file each"."""
    from bihuan.subjects.catalogue import file_of, subject_types

    def find() -> list[DeclaredThing]:
        found = []
        for name, kind in subject_types().items():
            path = file_of(name)
            shared = path.parent.name == "shared"
            programme = "" if shared else path.parents[1].name
            found.append(DeclaredThing(name, kind.name.zh, kind.name.en, programme, path.name))
        return found

    return (
        DeclaredKind(
            "subjects", "对象类型", "Type of subject", "PROGRAMME/subjects/NAME.yaml", find, "/subjects/{name}/",
            "/api/v1/subjects/{name}", "bihuan register list {name}", "/subjects/{name}.csv", 10,
        ),
    )  # fmt: skip


def lake_tables() -> tuple[LakeTable, ...]:
    """Every version in the clear. Source: docs/topics/lake.md."""
    from bihuan.subjects.lake_tables import TABLES

    return TABLES


def _register() -> Any:
    from bihuan.subjects.command import app

    return app
