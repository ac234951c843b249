"""Versions of a text are kept and compared; a conclusion is bound to the hash of the text it was drawn from.

Each version and each conclusion has a leaf in the log. A conclusion stands while the newest version has its hash; it is
never marked: should a text be changed back, what was concluded about it holds again. Source: DESIGN §14 (document).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from bihuan.documents.versions.models import ConclusionRow, VersionRow
from bihuan.documents.versions.pure.clauses import Clause, clauses_of, hash_of_text, normal_text
from bihuan.documents.versions.pure.differences import ClauseChange, compare_clauses
from bihuan.faults import Fault
from bihuan.ledger.statements import promise_statement
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id

VERSION, CONCLUSION = "document_version", "document_conclusion"
LONGEST = 2_000_000
PAGE = 200


class NoText(Fault):
    """A text, version or clause that is not there."""

    remedy = "see `bihuan document list` and `bihuan document show DOCUMENT`"


class TextChanged(Fault):
    """The conclusion was drawn from another text than the one in force."""

    remedy = "请按现行文本重新审查 · read the present text and conclude anew"


@dataclass(frozen=True)
class TextAct:
    """Who writes, when, for which district, from where."""

    district: str
    actor: str
    at: datetime
    source: str = ""


@dataclass(frozen=True)
class ConclusionTold:
    """A conclusion today.

    Args:
        stands: The newest text is the one it was drawn from. unchanged: Its clauses read the same nevertheless, so that
            whoever concludes anew sees what is left to read.
    """

    row: ConclusionRow
    stands: bool
    unchanged: bool


def add_version(
    document: str, title: str, text: str, act: TextAct, in_force: date | None = None
) -> tuple[VersionRow, bool]:
    """Keep a version of a text; the same text as the newest one has no effect.

    Returns:
        The newest version, and whether it is new.

    Raises:
        NoText: there are no words, or more than LONGEST.

    Source: docs/topics/documents.md, "Versions".
    """
    said = normal_text(text)
    if not said.strip() or len(said) > LONGEST or "\x00" in said:
        raise NoText(
            f"文本为空或过长 · the text has {len(said)} characters", f"give 1 to {LONGEST} characters of plain text"
        )
    digest = hash_of_text(said)
    with transaction.atomic(), in_district(act.district):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{act.district}|{document}"])
        newest = newest_version(document, act.district)
        if newest is not None and newest.sha256 == digest:
            return newest, False
        number = newest.number + 1 if newest else 1
        body = {"document": document, "number": number, "sha256": digest, "district": act.district}
        statement = promise_statement(VERSION, body, act.at)
        row = VersionRow.objects.create(
            id=new_id(), district_id=act.district, document=document, number=number, title=title[:200], sha256=digest,
            text=said, clauses=[list(each) for each in clauses_of(said)], in_force=in_force, source=act.source,
            actor=act.actor, at=act.at, statement_id=statement,
        )  # fmt: skip
    return row, True


def conclude(
    document: str, sha256: str, clauses: Sequence[str], kind: str, verdict: str, reason: str, act: TextAct
) -> ConclusionRow:
    """Record a conclusion about clauses of the newest text, or about the whole of it.

    Args:
        sha256: Of the text that was read. clauses: Their numbers; none: the whole text.
        kind: Of review, a code. verdict: A code of that kind.

    Raises:
        TextChanged: the newest text is another one. NoText: there is no such document or clause.

    Source: docs/topics/documents.md, "Conclusions".
    """
    with transaction.atomic(), in_district(act.district):
        newest = newest_version(document, act.district)
        if newest is None:
            raise NoText(f"没有这份文件 · there is no text {document[:80]!r}")
        if newest.sha256 != sha256:
            told = (
                f"文本已变更 · the newest text of {document[:80]!r} is version {newest.number}, {newest.sha256[:16]}…"
            )
            raise TextChanged(told)
        known = {each.number: each for each in held_clauses(newest)}
        lost = [each for each in clauses if each not in known]
        if lost:
            raise NoText(f"没有第 {lost[0][:20]} 条 · version {newest.number} has no clause {lost[0][:20]!r}")
        spans = [list(known[each][:4]) for each in clauses]
        identifier = new_id()
        body = {
            "conclusion": str(identifier), "document": document, "sha256": sha256, "clauses": list(clauses),
            "kind": kind, "verdict": verdict, "district": act.district,
        }  # fmt: skip
        statement = promise_statement(CONCLUSION, body, act.at)
        return ConclusionRow.objects.create(
            id=identifier, district_id=act.district, document=document, sha256=sha256, spans=spans, kind=kind,
            verdict=verdict, reason=reason[:2000], actor=act.actor, at=act.at, statement_id=statement,
        )  # fmt: skip


def newest_version(document: str, district: str) -> VersionRow | None:
    """Return the newest version of a text, or None."""
    return VersionRow.objects.filter(district_id=district, document=document).order_by("-number").first()


def version_of(document: str, district: str, number: int | None = None) -> VersionRow:
    """Return a version of a text, the newest when no number is given.

    Raises:
        NoText: there is none.
    """
    found = newest_version(document, district) if number is None else VersionRow.objects.filter(
        district_id=district, document=document, number=number).first()  # fmt: skip
    if found is None:
        raise NoText(f"没有这个版本 · there is no version {number or ''} of {document[:80]!r}")
    return found


def held_clauses(row: VersionRow) -> list[Clause]:
    """Return the clauses of a version, as they were found when it was kept."""
    return [Clause(*each) for each in row.clauses]


def compare_versions(before: VersionRow, after: VersionRow) -> list[ClauseChange]:
    """Return what changed between two versions, clause by clause. Source: docs/topics/documents.md, "What changed"."""
    return compare_clauses(held_clauses(before), before.text, held_clauses(after), after.text)


def conclusions_of(document: str, district: str) -> list[ConclusionTold]:
    """Return every conclusion about a text, newest first, and whether it still stands.

    Source: docs/topics/documents.md, "Conclusions" (it dies with a changed text).
    """
    newest = newest_version(document, district)
    words = {(each.number, each.sha256) for each in held_clauses(newest)} if newest else set()
    rows = ConclusionRow.objects.filter(district_id=district, document=document).order_by("-at", "-id")[:PAGE]
    return [
        ConclusionTold(
            row, newest is not None and newest.sha256 == row.sha256,
            bool(row.spans) and all((span[0], span[3]) in words for span in row.spans),
        )
        for row in rows
    ]  # fmt: skip


def all_documents(district: str, limit: int = PAGE) -> list[VersionRow]:
    """Return the newest version of every text, by name; at most `limit`."""
    rows = VersionRow.objects.filter(district_id=district).order_by("document", "-number").distinct("document")
    return list(rows.defer("text", "clauses")[:limit])
