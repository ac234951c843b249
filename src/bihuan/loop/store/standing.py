"""What is declared now against what is on record: a declaration or a table edited in place is noticed and set aside."""

from pathlib import Path

from bihuan.declare.problems import DeclarationError, Problem, shown
from bihuan.loop import programmes
from bihuan.loop.folders import SHARED
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.models import EditionRow
from bihuan.loop.table_checks import digests_of

RULE = "what is on record stays explainable: a change is a new edition"


def set_edited_aside() -> None:
    """Set every folder aside whose programme or tables read differently from what is on record of that edition.

    Source: docs/adr/0211 (the digest of an edition guards what runs); docs/topics/rules.md.
    """
    known = programmes.all_programmes()
    recorded: dict[str, list[EditionRow]] = {}
    for row in EditionRow.objects.filter(programme__in=[*known, SHARED]):
        recorded.setdefault(row.programme, []).append(row)
    for programme in known.values():
        problems = edited(programme, recorded.get(programme.id, []))
        if problems:
            programmes.refuse_folder(programmes.folder_of(programme.id), DeclarationError(problems))
    for folder in programmes.shared_folders():
        changed = edited_tables(folder, recorded.get(SHARED, []))
        if changed and folder not in programmes.folders_aside():
            programmes.refuse_folder(folder, DeclarationError(changed))


def edited(programme: Programme, rows: list[EditionRow]) -> list[Problem]:
    """What of a programme and its tables differs from what is on record; a field the software gained is no change.

    Source: docs/adr/0211 (the digest of an edition guards what runs); docs/topics/rules.md.
    """
    folder, found = programmes.folder_of(programme.id), []
    for row in rows:
        if row.edition == programme.edition and Programme.recorded(row.declared) != programme:
            what = f"the declaration changed but its edition is still {programme.edition}"
            file = shown(folder / programmes.FILE)
            found.append(Problem(file, 1, "edition", what, RULE, "give it a new `edition`"))
    return found + edited_tables(folder, rows)


def edited_tables(folder: Path, rows: list[EditionRow]) -> list[Problem]:
    """Return what of the tables in a folder differs from what is on record.

    Source: docs/adr/0211 (the digest of an edition guards what runs); docs/topics/rules.md.
    """
    if folder in programmes.folders_aside():
        return []
    found = []
    now, recorded = digests_of(folder), {key: digest for row in rows for key, digest in row.tables.items()}
    for key in sorted(now.keys() & recorded.keys()):
        if now[key] != recorded[key]:
            name = key.partition(":")[2].partition("@")[0]
            what = f"{key} was edited in place"
            remedy = "undo the change, or declare it as a further edition with its own dates"
            found.append(Problem(f"{folder.name}/tables/{name}.yaml", 1, "edition", what, RULE, remedy))
    return found
