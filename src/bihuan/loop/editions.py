"""Editions of programmes: which declaration a case follows, and what is on record of it.

A new edition applies to new cases; with `applies_to: open` the open ones are migrated (`bihuan.loop.migrating`). A
declaration may not change under the same edition.
"""

import hashlib

import msgspec

from bihuan.declare.problems import DeclarationError
from bihuan.loop.folders import SHARED
from bihuan.loop.kernel.model import Case
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.models import EditionRow
from bihuan.loop.programmes import all_programmes, folder_of, folders_aside, refuse_folder, shared_folders
from bihuan.loop.store import standing
from bihuan.loop.store.archive import archived
from bihuan.loop.table_checks import digest_of, digests_of
from bihuan.server.log_lines import log_committed


def activate() -> list[str]:
    """Record every declared edition that is not recorded yet; returns what was new as `programme@edition`.

    A folder whose recorded edition, or a table of it, reads differently now is set aside (`folders_aside`), whether
    it came with the software or is a city's own: the others go on, and its cases follow what is on record.

    Source: docs/topics/rules.md, "When a rule changes under open cases"; docs/adr/0211.
    """
    new = []
    for programme in all_programmes().values():
        text, folder = programme.model_dump_json(by_alias=True), folder_of(programme.id)
        digest = hashlib.sha256(text.encode() + digest_of(folder)).digest()
        problems = standing.edited(programme, list(EditionRow.objects.filter(programme=programme.id)))
        if problems:
            refuse_folder(folder, DeclarationError(problems))
            continue
        row, made = EditionRow.objects.get_or_create(
            programme=programme.id,
            edition=programme.edition,
            defaults={"digest": digest, "declared": msgspec.json.decode(text), "tables": digests_of(folder)},
        )
        if made:
            new.append(f"{programme.id}@{programme.edition}")
            log_committed("edition_recorded", programme=programme.id, edition=programme.edition)
        elif row.tables != digests_of(folder):  # a table has gained an edition
            tables = {**row.tables, **digests_of(folder)}
            EditionRow.objects.filter(programme=programme.id, edition=programme.edition).update(
                tables=tables, digest=digest
            )
    _record_shared()
    return new


def _record_shared() -> None:
    """The editions of rules that belong to no programme go on record under the name of their folder."""
    row, _ = EditionRow.objects.get_or_create(
        programme=SHARED, edition="-", defaults={"digest": b"", "declared": {}, "tables": {}}
    )
    for folder in shared_folders():
        problems = standing.edited_tables(folder, [row])
        if problems:
            refuse_folder(folder, DeclarationError(problems))
        elif folder not in folders_aside():
            row.tables = {**row.tables, **digests_of(folder)}
    EditionRow.objects.filter(programme=SHARED).update(tables=row.tables)


def programme_of(case: Case) -> Programme:
    """Return the declaration a case follows: its own edition's. Raises `KeyError` when it was never recorded.

    Source: DESIGN §3 (old cases stay explainable); docs/adr/0001 (3)
    """
    current = all_programmes().get(case.programme)
    return (
        current if current is not None and current.edition == case.edition else archived(case.programme, case.edition)
    )
