"""Books for programs: balances, entries with what they rest on, posting, reserving, releasing."""

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from bihuan.books import showing
from bihuan.books.catalogue import UnknownBook, book_named
from bihuan.books.combining import combined
from bihuan.books.declaration import BookDeclaration
from bihuan.books.drafting import DraftError, draft_hold, draft_kind
from bihuan.books.kept_reconciling import newest_reconciliations
from bihuan.books.posting import Act
from bihuan.books.pure.reasons import WORDS
from bihuan.books.releasing import NotReserved, void_hold
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.parts.problems import not_found, problem
from bihuan.registers.isolation import in_district
from bihuan.rules.journal import Draft

router = Router(tags=["books"], auth=STAFF)
LONGEST_HOLD = 90 * 86_400


class EntryAsked(Schema):
    """An entry of a declared kind. Amounts are decimal texts; `day` is today when absent."""

    key: str = Field(min_length=1, max_length=120)
    kind: str = Field(min_length=1, max_length=64)
    values: dict[str, str] = Field(default_factory=dict)
    day: date | None = None
    ref: str = Field(default="", max_length=190)
    hold: str = Field(default="", max_length=120)
    restates: str = Field(default="", max_length=200)


class HoldAsked(Schema):
    """A reservation between two accounts, for so many seconds."""

    key: str = Field(min_length=1, max_length=120)
    debit: str = Field(min_length=1, max_length=190)
    credit: str = Field(min_length=1, max_length=190)
    amount: str = Field(min_length=1, max_length=32)
    seconds: int = Field(default=900, ge=1, le=LONGEST_HOLD)


@router.get("/books/{name}", response=dict[str, Any], summary="A book's balances and conservation")
@needs("read", "count")
def balances(request: HttpRequest, name: str, at: date | None = None) -> Any:
    """Where every account stands, now or at the end of a day; debits and credits per unit, which are equal."""
    book = _book(name)
    with in_district(here(request).registers.district.code):
        return {"book": name, **showing.balances_of(book, at).data, "totals": showing.totals_of(book, at)}


@router.get("/books/{name}/entries/{key}", response=dict[str, Any], summary="An entry and what it rests on")
@needs("read", "count")
def entry(request: HttpRequest, name: str, key: str) -> Any:
    """The lines of an entry and of those it rests on, back to the origin; `id` proves it in the log."""
    book = _book(name)
    try:
        with in_district(here(request).registers.district.code):
            return {"book": name, **showing.chain_of(book, key).data}
    except DraftError:
        raise not_found("这笔分录", "entry") from None


@router.get("/books/{name}/reconciliations", response=dict[str, Any], summary="Reconciliations that were kept")
@needs("read", "count")
def reconciliations(request: HttpRequest, name: str, account: str = "") -> Any:
    """Kept reconciliations with banks, the newest first: their figures, and the lines that nothing answered."""
    book = _book(name)
    with in_district(here(request).registers.district.code):
        rows = newest_reconciliations(book.book, account)
        return {"book": name, "reconciliations": [{**showing.kept_of(row), "rest": row.rest[:500]} for row in rows]}


@router.post("/books/{name}/entries", response={200: dict[str, Any], 201: dict[str, Any]}, summary="Post an entry")
@needs("act", "post")
def post(request: HttpRequest, name: str, body: EntryAsked) -> Any:
    """Post an entry of a declared kind: 201 posted, 200 known already, 409 refused with the first reason that applies."""
    world = here(request)
    book = _book(name)
    day = body.day or world.registers.calendar.local_date(world.now)
    try:
        draft = draft_kind(book, body.kind, body.key, day, body.values, ref=body.ref, hold=body.hold,
                           restates=body.restates)  # fmt: skip
    except DraftError as error:
        raise _cannot(error) from None
    return _answer(request, draft, body.key)


@router.post("/books/{name}/holds", response={200: dict[str, Any], 201: dict[str, Any]}, summary="Reserve an amount")
@needs("act", "post")
def reserve(request: HttpRequest, name: str, body: HoldAsked) -> Any:
    """Reserve an amount between two accounts until it is posted, void, or its time has passed; answers as posting does."""
    world = here(request)
    book = _book(name)
    day = world.registers.calendar.local_date(world.now)
    try:
        draft = draft_hold(book, body.key, day, body.debit, body.credit, body.amount)
    except DraftError as error:
        raise _cannot(error) from None
    return _answer(request, draft, body.key, world.now + timedelta(seconds=body.seconds))


@router.post("/books/{name}/holds/{key}/void", response=dict[str, Any], summary="Give a reservation back")
@needs("act", "post")
def void(request: HttpRequest, name: str, key: str) -> Any:
    """Release all that is left of a reservation."""
    _book(name)
    world = here(request)
    try:
        with in_district(world.registers.district.code):
            amount = void_hold(name, key, world.actor.id)
    except NotReserved as error:
        raise problem(409, "not_reserved", *_both(error.message)) from None
    return {"book": name, "key": key, "released": amount}


def _answer(request: HttpRequest, draft: Draft, key: str, expires: datetime | None = None) -> Any:
    world = here(request)
    (verdict,) = combined(world.registers.district.code, Act((draft,), world.actor.id, expires))
    if verdict.reason is not None:
        words = WORDS[verdict.reason]
        raise problem(409, str(verdict.reason), words.zh, words.en, remedy=(words.remedy_zh, words.remedy_en))
    told = {"book": draft.book, "key": key, "state": verdict.state}
    return Status(201 if verdict.state == "posted" else 200, told)


def _book(name: str) -> BookDeclaration:
    try:
        return book_named(name).book
    except UnknownBook:
        raise not_found("这本账", "book") from None


def _cannot(error: DraftError) -> Exception:
    return problem(422, "wrong_draft", *_both(error.message))


def _both(told: str) -> tuple[str, str]:
    """A sentence in two languages, as faults have it: `中文 · English`."""
    zh, _, en = told.partition(" · ")
    return zh, en or zh
