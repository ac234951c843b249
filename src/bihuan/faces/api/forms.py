"""Forms for programs: what is declared, its JSON Schema, uploads, sending with an idempotency key, what became of it."""

from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Schema
from ninja.files import UploadedFile
from ninja.params import functions as params
from pydantic import Field

from bihuan.documents.forms import drafts
from bihuan.documents.forms.catalogue import DeclaredForm, UnknownForm, all_forms, form_named
from bihuan.documents.forms.pure.checking import Answers
from bihuan.documents.forms.pure.schema import answers_schema
from bihuan.documents.forms.reading import PAGE, submissions_for, told_of, told_row
from bihuan.documents.forms.submitting import submit_form
from bihuan.faces.api.access import ANYBODY, STAFF, anonymous, here, needs, public
from bihuan.faces.api.schemas import ProblemOut
from bihuan.faces.parts import media
from bihuan.faces.parts.filled import may_fill, sender_of
from bihuan.faces.parts.problems import answer, not_found, problem
from bihuan.faces.parts.world import NOBODY
from bihuan.loop.media import Unacceptable

router = Router(tags=["forms"])


class SubmissionIn(Schema):
    """Answers: `values` by field, `files` as ids of uploads, `declarations` as true or the name that was written."""

    values: dict[str, Any] = Field(default_factory=dict, max_length=400)
    files: dict[str, list[UUID]] = Field(default_factory=dict, max_length=50)
    declarations: dict[str, bool | str] = Field(default_factory=dict, max_length=50)


class FormUploadOut(Schema):
    """An upload that waits a day for its submission; `upload` is what `files` names."""

    upload: str
    sha256: str
    size: int


@router.get("/forms", auth=None, response=list[dict[str, Any]], summary="Every form")
@public
def listed(request: HttpRequest) -> Any:
    """Id, edition, names, who may send it. Source: docs/topics/forms.md, "For programs"."""
    return [
        {
            "form": name, "edition": each.form.edition, "name": each.form.name.model_dump(), "who": each.form.who,
            "about": each.form.about.model_dump(), "programme": each.programme, "digest": each.form.digest,
        }
        for name, each in all_forms().items()
    ]  # fmt: skip


@router.get("/forms/{name}", auth=None, response=dict[str, Any], summary="A form as it is declared")
@public
def one(request: HttpRequest, name: str) -> Any:
    """Steps, fields, conditions, what a register holds. Source: docs/topics/forms.md, "For programs"."""
    found = _form(name)
    return found.form.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {"digest": found.form.digest}


@router.get("/forms/{name}/schema", auth=None, response=dict[str, Any], summary="The JSON Schema of a form's answers")
@public
def schema(request: HttpRequest, name: str) -> Any:
    """What `POST …/submissions` takes. Source: JSON Schema 2020-12."""
    return answers_schema(_form(name).form)


@router.post("/forms/{name}/files", auth=[*STAFF, anonymous], response={201: FormUploadOut, 404: ProblemOut, 422: ProblemOut},
             summary="Upload a file for a form")  # fmt: skip
@needs("report", ANYBODY)
def upload(request: HttpRequest, name: str, file: File[UploadedFile]) -> HttpResponse:
    """Keep a photo, video or PDF (multipart field `file`); then name its `upload` in a submission within a day.

    Source: docs/topics/forms.md, "Attachments"; docs/adr/0220.
    """
    declared, world = _open(request, name), here(request)
    try:
        if file.size and file.size > settings.BIHUAN_MAX_UPLOAD_BYTES:
            raise Unacceptable("size")
        row = drafts.keep_upload(declared.form, file.read(), world.actor.id, world.registers.district.code, world.now)
    except Unacceptable as error:
        told = media.reason_of(error)
        raise problem(422, "bad_upload", told, told, field="file") from None
    return _json({"upload": str(row.pk), "sha256": row.sha256, "size": row.size}, 201)


@router.post("/forms/{name}/submissions", auth=[*STAFF, anonymous],
             response={201: dict[str, Any], 200: dict[str, Any], 404: ProblemOut, 422: ProblemOut}, summary="Send a form")  # fmt: skip
@needs("report", ANYBODY)
def submit(request: HttpRequest, name: str, body: SubmissionIn,
           idempotency_key: str = params.Header(alias="Idempotency-Key", min_length=1, max_length=128)) -> HttpResponse:  # fmt: skip
    """Send a form: 201 with the receipt, 200 when it was sent before, 422 with every defect in `errors`.

    Source: docs/topics/forms.md, "For programs"; docs/topics/api.md ("Idempotency").
    """
    declared, world = _open(request, name), here(request)
    uploads = {field: [str(each) for each in ids] for field, ids in body.files.items()}
    sender = sender_of(request, declared, world, browser=False)
    sent = submit_form(declared, Answers(body.values, {}, body.declarations), uploads, idempotency_key, sender)
    if sent.defects:
        first = sent.defects[0]
        return answer(422, {
            "code": first.code, "detail": "; ".join(each.what.en for each in sent.defects), "field": first.field,
            "text": {"zh": "；".join(each.what.zh for each in sent.defects), "en": "; ".join(each.what.en for each in sent.defects)},
            "remedy": first.remedy._asdict(), "errors": [each.as_dict() for each in sent.defects],
        })  # fmt: skip
    told = dict(told_of(sent))
    if sent.duplicate and world.actor.id == NOBODY.id:
        told |= {"submission": None, "number": None, "access": None, "hash": None}
    return _json(told, 200 if sent.duplicate else 201)


@router.get("/forms/{name}/submissions", auth=STAFF, response=list[dict[str, Any]], summary="What was sent by a form")
@needs("read", "work")
def submissions(request: HttpRequest, name: str, limit: int = PAGE, after: UUID | None = None) -> Any:
    """The newest submissions whose case the caller may see, with what became of them; open fields only.

    Source: docs/topics/forms.md, "For programs"; DESIGN §7 (visibility).
    """
    _form(name)
    held = submissions_for(here(request).actor, name, max(1, min(limit, 1000)), after)
    return [told_row(each) for each in held]


def _form(name: str) -> DeclaredForm:
    try:
        return form_named(name)
    except UnknownForm:
        raise not_found("这张表单", "form") from None


def _open(request: HttpRequest, name: str) -> DeclaredForm:
    found = _form(name)
    if not may_fill(found, here(request)):
        raise problem(403, "not_yours", "此表单由工作人员填写", "this form is filled in by staff", field="form",
                      remedy=("请登录后填写", "sign in"))  # fmt: skip
    return found


def _json(body: object, status: int) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), status=status, content_type="application/json")
