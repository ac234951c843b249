# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""What stands beside a subject on its page: the newest values of its series, where its accounts stand, its letters.

Each is one question by an index, whatever the number of subjects; what is fenced has its own page and shows none.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from bihuan.books.catalogue import all_books
from bihuan.books.pure.amounts import write_amount
from bihuan.declare.measured import measured
from bihuan.documents.letters.reading import letters_of_cases
from bihuan.faces.parts.language import say
from bihuan.faces.parts.letters import letter_name
from bihuan.faces.parts.viewset import Cell, Grid
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.loop.store import visible_to
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.rounding import shown
from bihuan.series.showing import labelled

MOST = 50
WORDS = {
    "series": Text("监测序列", "Series"),
    "books": Text("账册", "Books"),
    "letters": Text("函件", "Letters"),
    "value": Text("最新值", "Newest value"),
    "time": Text("时间", "Time"),
    "book": Text("账册", "Book"),
    "account": Text("科目", "Account"),
    "balance": Text("余额", "Balance"),
    "unit": Text("单位", "Unit"),
    "letter": Text("函件", "Letter"),
    "number": Text("文号", "Number"),
    "dated": Text("日期", "Dated"),
}  # fmt: skip
LATEST = """
SELECT series, latest_at, latest_value FROM series_line
WHERE district_id = %s AND series = ANY(%s) AND subject = %s AND latest_at IS NOT NULL ORDER BY series
"""
STANDING = """
SELECT a.book, a.name, a.unit, a.normal * a.posted FROM unnest(%s::text[], %s::text[]) AS k(book, name)
JOIN book_account a ON a.book = k.book AND a.name = k.name AND a.subject = %s ORDER BY a.book, a.name LIMIT %s
"""


def grids_beside(here: World, kind: str, key: str) -> list[Grid]:
    """Series, accounts and letters of a subject, those that have rows.

    Args:
        here: Who looks, and where. kind, key: The subject.

    Source: DESIGN §14 (a subject's page: cases, series, books, documents).
    """
    found = [_letters(here, kind, key)]
    if here.actor.opens("cockpit"):
        with in_district(here.registers.district.code):
            found = [_series(here, kind, key), _books(kind, key), *found]
    return [grid for grid in found if grid.rows]


def _series(here: World, kind: str, key: str) -> Grid:
    known = {name: each for name, each in current_catalogue().series.items() if each.declared.subject == kind}
    rows = _asked(LATEST, here.registers.district.code, list(known), key) if known else []
    lines = []
    for name, at, value in rows:
        declared = known[name].declared
        to = f"{reverse('series-one', args=[name])}?{urlencode({'subject': key})}"
        text = measured(shown(value, declared.precision), declared.unit)
        lines.append([Cell(say(declared.name), to), Cell(text), Cell(labelled(declared, at))])
    return Grid(say(WORDS["series"]), _heads("series", "value", "time"), lines)


def _books(kind: str, key: str) -> Grid:
    books = all_books()
    kept = [
        (name, account) for name, each in sorted(books.items())
        for account, declared in each.book.accounts.items() if declared.subject == kind
    ]  # fmt: skip
    rows = _asked(STANDING, [book for book, _ in kept], [account for _, account in kept], key, MOST) if kept else []
    lines = []
    for book, name, unit, balance in rows:
        declared = books[book].book
        to = f"{reverse('books-account', args=[book])}?{urlencode({'account': f'{name}:{key}'})}"
        lines.append([
            Cell(say(declared.name), reverse("books-one", args=[book])), Cell(say(declared.accounts[name].name), to),
            Cell(write_amount(balance, declared.scale(unit))), Cell(say(declared.units[unit].name)),
        ])  # fmt: skip
    return Grid(say(WORDS["books"]), _heads("book", "account", "balance", "unit"), lines)


def _letters(here: World, kind: str, key: str) -> Grid:
    cases = (
        visible_to(here.actor)
        .filter(about=f"{kind}/{key}")
        .order_by("-opened_at", "-id")
        .values_list("id", flat=True)[:MOST]
    )
    lines = [
        [Cell(letter_name(row), reverse("letter", args=[row.pk])), Cell(str(row.number.get("zh", ""))), Cell(row.dated.isoformat())]
        for row in letters_of_cases(here.actor, list(cases))
    ]  # fmt: skip
    return Grid(say(WORDS["letters"]), _heads("letter", "number", "dated"), lines)


def _heads(*names: str) -> list[str]:
    return [say(WORDS[name]) for name in names]


def _asked(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
