"""Pages of one kind of declared thing: a list that can be searched, filtered and taken as a file, and one page each.

A view set is class attributes and a few methods, overridden one at a time; `pages` gives its addresses. The list comes
as a page, as CSV and as JSON from the same columns, so that what people read and what programs read cannot differ.
Things are held in a sequence: what is kept in rows by the million has pages of its own (`lists`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.declare.fieldtype import Plain
from bihuan.declare.types import field_type
from bihuan.extend import Page
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.readers import CsvWriter

MOST_ASKED = 100
"""Characters of a search that are read; longer ones find nothing more."""

Value = str | int | date | bool | None


@dataclass(frozen=True)
class ListColumn:
    """One fact of a thing: its name in files, its heading, how it is read, and whose page it leads to.

    Args:
        name: Key in JSON and heading in CSV.
        label: Heading in both languages.
        read: The value from the world and the thing: text, whole number, day, yes or no, or None.
        link: The address that the cell leads to, empty for none.
        listed: Whether it stands in the list too, or only on the thing's own page and in files.
        type: Its field type, which says how files write it and what its JSON Schema is.
    """

    name: str
    label: Text
    read: Callable[[World, Any], Value]
    link: Callable[[World, Any], str] | None = None
    listed: bool = True
    type: str = "text"


@dataclass(frozen=True)
class Cell:
    """One value as a template shows it."""

    text: str
    url: str = ""
    number: bool = False


@dataclass(frozen=True)
class Grid:
    """A table on a thing's own page."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Filter:
    """One narrowing of the list: its name in the address, its label, the choices, and which things a choice keeps."""

    name: str
    label: Text
    choices: Callable[[World], Sequence[tuple[str, str]]]
    keeps: Callable[[World, Any, str], bool]


class ViewSet:
    """The pages of one kind of declared thing.

    `name` is its address and the name of its pages: `NAME`, `NAME-one`, `NAME-file`. `staff` says whether one must be
    signed in as staff, `beside` names the lists that stand beside it. `things` and `key_of` must be given; `grids` adds
    tables to a thing's own page.
    """

    name: ClassVar[str]
    title: ClassVar[Text]
    lead: ClassVar[Text]
    empty: ClassVar[Text] = Text("没有符合条件的条目。", "Nothing matches.")
    columns: ClassVar[Sequence[ListColumn]]
    filters: ClassVar[Sequence[Filter]] = ()
    beside: ClassVar[Sequence[tuple[str, Text]]] = ()
    staff: ClassVar[bool] = True
    size: ClassVar[int] = 50

    def things(self, here: World) -> Sequence[Any]:
        """Return every thing of this kind as it is known now, in the order of the list.

        Source: docs/adr/0237 (pages of a declared kind come from a view set)
        """
        raise NotImplementedError

    def key_of(self, thing: Any) -> str:
        """Return what names the thing in its address.

        Source: docs/adr/0237 (pages of a declared kind come from a view set)
        """
        raise NotImplementedError

    def title_of(self, here: World, thing: Any) -> str:
        """Return the heading of the thing's own page: its first column.

        Source: docs/adr/0237 (pages of a declared kind come from a view set)
        """
        return show(self.columns[0].read(here, thing))

    def find(self, here: World, key: str) -> Any | None:
        """Return the thing of a key, or None. Source: docs/adr/0237 (pages of a declared kind come from a view set)."""
        return next((thing for thing in self.things(here) if self.key_of(thing) == key), None)

    def grids(self, here: World, thing: Any) -> Sequence[Grid]:
        """Tables on the thing's own page. Source: docs/adr/0237 (pages of a declared kind come from a view set)."""
        return ()

    def pages(self, prefix: str) -> list[Page]:
        """Return the addresses of the list, its files and each thing, below `prefix`.

        Source: docs/adr/0237 (pages of a declared kind come from a view set)
        """
        guard = requires() if self.staff else _open
        return [
            Page(f"{prefix}{self.name}/", guard(self.list_page), self.name),
            Page(f"{prefix}{self.name}.<str:form>", guard(self.file), f"{self.name}-file"),
            Page(f"{prefix}{self.name}/<path:key>/", guard(self.one_page), f"{self.name}-one"),
        ]

    def list_page(self, request: HttpRequest) -> HttpResponse:
        """The list, searched and filtered, a page at a time.

        Source: docs/adr/0237 (pages of a declared kind come from a view set)
        """
        here, asked = world(request), request.GET
        found = self.chosen(here, asked)
        number = int(asked["page"]) if asked.get("page", "").isdecimal() and 0 < int(asked["page"]) < 10_000 else 1
        shown = found[(number - 1) * self.size : number * self.size]
        listed = [column for column in self.columns if column.listed]
        context = {
            "one": f"{self.name}-one",
            "file": f"{self.name}-file",
            "title": say(self.title),
            "lead": say(self.lead),
            "beside": [(name, say(title), name == self.name) for name, title in self.beside],
            "empty": say(self.empty),
            "heads": [say(column.label) for column in listed],
            "rows": [(self.key_of(thing), [cell_of(column, here, thing) for column in listed]) for thing in shown],
            "total": len(found),
            "before": number - 1 or None,
            "next": number + 1 if number * self.size < len(found) else None,
            "asked": asked.get("q", ""),
            "filters": [
                (f.name, say(f.label), f.choices(here), asked.get(f.name, "")) for f in self.filters
            ],
        }  # fmt: skip
        return render(request, "faces/parts/viewset_list.html", context)

    def one_page(self, request: HttpRequest, key: str) -> HttpResponse:
        """One thing: every column, and its tables.

        Raises:
            Http404: there is nothing of that key.

        Source: docs/adr/0237 (pages of a declared kind come from a view set)
        """
        here = world(request)
        thing = self.find(here, key)
        if thing is None:
            raise Http404(_("There is nothing of that name."))
        context = {
            "list": self.name,
            "title": self.title_of(here, thing),
            "kind": say(self.title),
            "facts": [(say(column.label), cell_of(column, here, thing)) for column in self.columns],
            "grids": self.grids(here, thing),
        }
        return render(request, "faces/parts/viewset_one.html", context)

    def file(self, request: HttpRequest, form: str) -> HttpResponse:
        """The chosen things with every column, as `csv` (UTF-8 with its mark, for spreadsheets) or `json`; and the
        schema of the latter as `schema.json`.

        Raises:
            Http404: another form than `csv`, `json` and `schema.json`.

        Source: docs/adr/0237 (the same list as CSV and JSON); RFC 4180.
        """
        if form == "schema.json":
            return JsonResponse(self.schema(), json_dumps_params={"ensure_ascii": False})
        here = world(request)
        found = self.chosen(here, request.GET)
        rows = [{column.name: plain(column.read(here, thing)) for column in self.columns} for thing in found]
        if form == "json":
            return JsonResponse({self.name: rows}, json_dumps_params={"ensure_ascii": False})
        if form != "csv":
            raise Http404(_("Lists come as csv or json."))
        text = io.StringIO()
        writer = CsvWriter(text, [column.name for column in self.columns], "\r\n")
        for row in rows:
            writer.write(_text_of(column, row[column.name]) for column in self.columns)
        answer = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{self.name}.csv"'
        return answer

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of the list as `json`: each column by its field type, or null.

        Source: JSON Schema 2020-12.
        """
        row = {
            column.name: {
                "title": f"{column.label.zh} · {column.label.en}",
                "anyOf": [field_type(column.type).schema(Plain(column.name)), {"type": "null"}],
            }
            for column in self.columns
        }
        rows = {"type": "array", "items": {"type": "object", "properties": row, "required": list(row)}}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"{self.title.zh} · {self.title.en}",
            "type": "object",
            "properties": {self.name: rows},
            "required": [self.name],
        }

    def chosen(self, here: World, asked: Mapping[str, str]) -> Sequence[Any]:
        """Return the things that every filter keeps and in which the words searched for stand, in any column.

        Source: docs/adr/0237 (pages of a declared kind come from a view set)
        """
        found = self.things(here)
        for each in self.filters:
            if wanted := asked.get(each.name, ""):
                found = [thing for thing in found if each.keeps(here, thing, wanted)]
        words = asked.get("q", "").strip().casefold()[:MOST_ASKED]
        if not words:
            return found
        return [thing for thing in found if any(words in self._text(here, thing, c).casefold() for c in self.columns)]

    def _text(self, here: World, thing: Any, column: ListColumn) -> str:
        return show(column.read(here, thing))


def cell_of(column: ListColumn, here: World, thing: Any) -> Cell:
    """One fact of a thing as the page shows it.

    Source: docs/adr/0237 (pages of a declared kind come from a view set)
    """
    value = column.read(here, thing)
    number = isinstance(value, int) and not isinstance(value, bool)
    return Cell(show(value), column.link(here, thing) if column.link else "", number)


def show(value: Value) -> str:
    """Return a value as people read it: yes and no in words, a day as 2026-03-01, nothing as nothing."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return "" if value is None else str(value)


def plain(value: Value) -> str | int | bool | None:
    """Return a value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def _text_of(column: ListColumn, value: str | int | bool | None) -> str:
    return "" if value is None else field_type(column.type).export(value)


def _open(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    return view
