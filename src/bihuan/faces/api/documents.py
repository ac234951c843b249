"""Texts in versions for programs: clauses with spans, what changed, conclusions and whether they still stand."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from bihuan.declare.model import Code
from bihuan.documents.versions import keeping
from bihuan.documents.versions.telling import told_change, told_conclusion, told_version
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.api.schemas import Clean, ProblemOut
from bihuan.faces.parts.problems import not_found, problem

router = Router(tags=["documents"], auth=STAFF)


class VersionIn(Schema):
    """A text as it reads now. `in_force`: the day from which it holds."""

    title: Clean = Field(min_length=1, max_length=200)
    text: Clean = Field(min_length=1, max_length=1_000_000)
    in_force: date | None = None
    source: Clean = Field(default="", max_length=200)


class ConclusionIn(Schema):
    """A conclusion about the text of a hash; without clauses, about all of it."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    kind: Code = Field(max_length=64)
    verdict: Code = Field(max_length=64)
    reason: Clean = Field(min_length=1, max_length=2000)
    clauses: list[Clean] = Field(default_factory=list, max_length=500)


@router.get("/documents", response=list[dict[str, Any]], summary="Every text with its newest version")
@needs("read", "work")
def listed(request: HttpRequest) -> Any:
    """Without the words. Source: docs/topics/documents.md, "For programs"."""
    found = keeping.all_documents(here(request).registers.district.code)
    return [
        {"document": each.document, "title": each.title, "version": each.number, "sha256": each.sha256}
        for each in found
    ]


@router.get("/documents/{document}", response={200: dict[str, Any], 404: ProblemOut}, summary="A version of a text")
@needs("read", "work")
def one(request: HttpRequest, document: str, version: int | None = None) -> Any:
    """Its clauses with words and spans, and every conclusion with whether it stands.

    Source: docs/topics/documents.md, "For programs".
    """
    district = here(request).registers.district.code
    row = _told(lambda: keeping.version_of(document, district, version))
    found = [told_conclusion(each) for each in keeping.conclusions_of(document, district)]
    return {**told_version(row), "conclusions": found}


@router.get("/documents/{document}/changes", response={200: dict[str, Any], 404: ProblemOut}, summary="What changed")
@needs("read", "work")
def changes(request: HttpRequest, document: str, before: int | None = None, after: int | None = None) -> Any:
    """Clause by clause, from one version (the one before) to another (the newest).

    Source: docs/topics/documents.md, "What changed".
    """
    district = here(request).registers.district.code
    new = _told(lambda: keeping.version_of(document, district, after))
    old = _told(lambda: keeping.version_of(document, district, new.number - 1 if before is None else before))
    found = [told_change(each) for each in keeping.compare_versions(old, new)]
    return {"document": document, "before": old.number, "after": new.number, "changes": found}


@router.post("/documents/{document}/versions", response={200: dict[str, Any], 201: dict[str, Any], 422: ProblemOut},
             summary="Keep a version of a text")  # fmt: skip
@needs("act", "post")
def add(request: HttpRequest, document: str, body: VersionIn) -> Any:
    """201 with the new version, 200 when the newest reads the same. Source: docs/topics/documents.md, "Versions"."""
    if not document.strip() or len(document) > 120:
        raise problem(422, "wrong_value", "文号须为1至120字", "a document has 1 to 120 characters", field="document")
    act = _act(request, body.source)
    try:
        row, new = keeping.add_version(document, body.title, body.text, act, body.in_force)
    except keeping.NoText as error:
        raise problem(422, "wrong_value", *_both(error.message), field="text") from None
    return Status(201 if new else 200, told_version(row, words=False))


@router.post("/documents/{document}/conclusions", response={201: dict[str, Any], 404: ProblemOut, 409: ProblemOut},
             summary="Record a conclusion about a text")  # fmt: skip
@needs("act", "act")
def conclude(request: HttpRequest, document: str, body: ConclusionIn) -> Any:
    """Refused with 409 when the newest text is another one. Source: docs/topics/documents.md, "Conclusions"."""
    act = _act(request, "")
    row = _told(
        lambda: keeping.conclude(document, body.sha256, body.clauses, body.kind, body.verdict, body.reason, act)
    )
    return Status(201, {"conclusion": str(row.pk), "document": document, "statement": str(row.statement_id)})


def _act(request: HttpRequest, source: str) -> keeping.TextAct:
    world = here(request)
    return keeping.TextAct(world.registers.district.code, world.actor.id, world.now, source)


def _told[T](question: Callable[[], T]) -> T:
    try:
        return question()
    except keeping.NoText:
        raise not_found("这份文件、版本或条款", "text, version or clause") from None
    except keeping.TextChanged as error:
        raise problem(409, "text_changed", *_both(error.message), remedy=_both(error.remedy)) from None


def _both(told: str) -> tuple[str, str]:
    """A sentence in two languages, as faults have it: `中文 · English`."""
    zh, _, en = told.partition(" · ")
    return zh, en or zh
