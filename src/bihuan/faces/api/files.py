"""Uploads to a case: first the file, then the evidence that names it. What it shows is read here, not told."""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.api.cases import case_seen
from bihuan.faces.api.schemas import ProblemOut
from bihuan.faces.parts import media
from bihuan.faces.parts.problems import problem
from bihuan.loop.attached import facts_of
from bihuan.loop.store import visible_to

router = Router(tags=["cases"], auth=STAFF)


class UploadOut(Schema):
    """An upload; `media` is what `add_evidence` names. Time and place only when the photo tells them."""

    media: str
    sha256: str
    size: int
    picture: str | None = None
    taken_at: str | None = None
    place: list[int] | None = None


@router.post("/cases/{number}/files", response={201: UploadOut, 404: ProblemOut, 422: ProblemOut},
             summary="Upload a file to a case")  # fmt: skip
@needs("act", "act")
def upload(request: HttpRequest, number: str, file: File[UploadedFile]) -> HttpResponse:
    """Keep a photo, video or PDF (multipart field `file`); then send `add_evidence` with its `media`.

    Source: docs/topics/api.md ("Evidence"); docs/adr/0220.
    """
    world = here(request)
    case = case_seen(world, number)
    try:
        row = media.keep(file, world.actor.id, world.now, world.registers.district.code, case.id, world.zone)
    except media.BadUpload as error:
        raise problem(422, "bad_upload", str(error), str(error), field="file") from None
    return HttpResponse(msgspec.json.encode(facts_of(row)), status=201, content_type="application/json")


@router.get("/cases/{number}/files/{sha256}", response={200: bytes, 404: ProblemOut}, summary="A file of a case")
@needs("read", "work", "relay")
def download(request: HttpRequest, number: str, sha256: str, size: int = 1600) -> HttpResponseBase:
    """A file of a case; of a photo the copy without metadata, `size` 1600 or 320 pixels.

    Source: docs/topics/api.md ("Evidence"); docs/adr/0220.
    """
    world = here(request)
    case = case_seen(world, number)
    if not visible_to(world.actor).get(pk=case.id).words_seen:
        raise problem(403, "words_withheld", "您的角色不能查看案件内容和照片",
                      "your role does not read the words and photos of a case")  # fmt: skip
    row = media.of_case(case.id).filter(sha256=sha256).first() if "\x00" not in sha256 else None
    return media.response(row, 320 if size == 320 else 1600)
