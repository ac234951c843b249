"""Sealed boxes for programs: put envelopes in for a receipt each, ask how many took part; values only after the opening."""

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from bihuan.boxes.catalogue import DeclaredBox, UnknownBox, box_named
from bihuan.boxes.opening import opened
from bihuan.boxes.pure.record import BoxRefused
from bihuan.boxes.putting import SealedEnvelope, participation, put_in
from bihuan.declare.model import Code, Strict
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.api.schemas import Clean, ProblemOut
from bihuan.faces.parts.problems import not_found, problem

router = Router(tags=["boxes"], auth=STAFF)
MOST = 1000


class EnvelopeIn(Strict):
    """What somebody puts in."""

    voter: Clean = Field(min_length=1, max_length=128)
    channel: Code = Field(max_length=32)
    values: dict[Code, Code]


class EnvelopesIn(Strict):
    """Envelopes, at most a thousand at once."""

    envelopes: list[EnvelopeIn] = Field(min_length=1, max_length=MOST)


@router.get("/boxes/{box}/{lot}", response={200: dict[str, Any], 404: ProblemOut}, summary="What a box is about")
@needs("read", "work")
def one(request: HttpRequest, box: str, lot: str) -> Any:
    """Participation while it is sealed; the public record afterwards. Source: docs/topics/boxes.md, "For programs"."""
    declared, now = _box(box), here(request).now
    try:
        live = participation(declared, lot, now)
    except BoxRefused:
        raise not_found("这项表决", "lot") from None
    record = opened(declared, lot)
    told = {"box": box, "lot": lot, "sealed": record is None, "heads": live.heads, "heads_in": live.heads_in,
            "weight": str(live.weight), "weight_in": str(live.weight_in)}  # fmt: skip
    return told if record is None else {**told, "record": msgspec.to_builtins(record)}


@router.post("/boxes/{box}/{lot}/envelopes", response={201: dict[str, Any], 404: ProblemOut, 409: ProblemOut},
             summary="Put envelopes into a sealed box")  # fmt: skip
@needs("act", "post")
def put(request: HttpRequest, box: str, lot: str, body: EnvelopesIn) -> Any:
    """A receipt for each; a wrong one is named and the rest is taken. Source: docs/topics/boxes.md, "For programs"."""
    declared = _box(box)
    envelopes = [SealedEnvelope(each.voter, each.channel, dict(each.values)) for each in body.envelopes]
    try:
        taken, refused = put_in(declared, lot, envelopes, here(request).now)
    except BoxRefused as fault:
        if fault.code == "no_lot":
            raise not_found("这项表决", "lot") from None
        zh, _, en = fault.message.partition(" · ")
        raise problem(409, fault.code, zh, en or zh) from None
    receipts = [{"voter": each.voter, "digest": each.digest, "statement": str(each.statement)} for each in taken]
    rejects = [{"place": each.place, "voter": each.voter, "rule": each.code, "what": each.what} for each in refused]
    return Status(201, {"receipts": receipts, "rejects": rejects})


def _box(name: str) -> DeclaredBox:
    try:
        return box_named(name)
    except UnknownBox:
        raise not_found("这个密封箱", "box") from None
