"""The ledger for everybody: signed heads, proofs, and checking a receipt. Public; nothing here is personal."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.params import functions as params
from pydantic import Field

from bihuan.faces.api.access import anonymous, public
from bihuan.faces.parts.problems import not_found, problem
from bihuan.ledger import keyring, proofs, store
from bihuan.ledger.core.errors import LedgerError
from bihuan.loop.receipts import judge_receipt

router = Router(tags=["audit"], auth=[anonymous])
LARGEST = 2**62
WHOLE_BODY = params.Body(...)


class Sizes(Schema):
    """Two sizes of the log; `new` defaults to the newest."""

    old: int = Field(ge=0, le=LARGEST)
    new: int | None = Field(None, ge=0, le=LARGEST)


@router.get("/audit/head", summary="The newest signed tree head")
@public
def head(request: HttpRequest) -> HttpResponse:
    """The checkpoint (C2SP signed note), how many leaves wait, and the public keys."""
    keys = [{"id": key.id, "key": key.text()} for key in keyring.log_keys()]
    return _json(
        {"head": store.latest_note(), "size": store.size(), "waiting": store.count_waiting_leaves(), "keys": keys}
    )


@router.get("/audit/proof/{event}", summary="Inclusion proof of one event")
@public
def proof(request: HttpRequest, event: UUID) -> HttpResponse:
    """That the event is in the log, at the newest signed head. Source: RFC 9162 §2.1.3.1; docs/topics/api.md."""
    return _json(_or_missing(lambda: proofs.prove_event(event)))


@router.get("/audit/consistency", summary="Consistency proof between two heads")
@public
def consistency(request: HttpRequest, sizes: Query[Sizes]) -> HttpResponse:
    """That the newer log only appended to the older. Source: RFC 9162 §2.1.4.1; docs/topics/api.md."""
    return _json(_or_missing(lambda: proofs.prove_consistency(sizes.old, sizes.new)))


@router.post("/audit/receipt", summary="Was the promise of this receipt kept?")
@public
def receipt(request: HttpRequest, body: dict[str, Any] = WHOLE_BODY) -> HttpResponse:
    """Four verdicts: `kept`, `kept_late` (`late_seconds`), `pending`, `broken`; `text` says it in two languages.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise".
    """
    try:
        return _json(judge_receipt(body))
    except (LedgerError, ValueError, RecursionError) as error:
        raise problem(422, "bad_receipt", "这不是回执：缺少内容或类型不符", f"this is not a receipt: {error}",
                      remedy=("原样发送下载的回执文件", "send the receipt file as it was downloaded")) from None  # fmt: skip


def _or_missing(prove: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = prove()
    except LedgerError as error:
        missing = not_found("记录", "such record")
        raise problem(404, missing.refusal.code, missing.refusal.text.zh, str(error)) from None
    return found


def _json(body: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
