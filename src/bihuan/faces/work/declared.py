# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""The page of everything that a file declares, and the same as a file."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html

from bihuan.extend.listing import DeclaredRow, declared_rows
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.loop.kernel.model import Text
from bihuan.readers import CsvWriter

WORDS = {
    "title": Text("声明清单", "What is declared"),
    "lead": Text("每一项由一个文件声明；加一个文件即多一项，页面、接口、命令、导出和文档随之可用。", "A file each declares them; one more file is one more of them, on pages, in the API, in commands, exports and documents."),
    "name": Text("名称", "Name"),
    "code": Text("编码", "Code"),
    "file": Text("文件", "File"),
    "api": Text("接口", "API"),
    "command": Text("命令", "Command"),
    "export": Text("导出", "Export"),
    "none": Text("没有。", "Nothing."),
}  # fmt: skip
HEAD = ("name", "code", "file", "api", "command", "export")


@requires("cockpit")
def list_page(request: HttpRequest) -> HttpResponse:
    """Every kind with its things. Source: docs/topics/declarations.md, "One file each"."""
    sections = []
    for _, rows in groupby(declared_rows(request.GET.get("kind", "")), key=lambda row: row.kind):
        found = list(rows)
        head = [say(WORDS[each]) for each in HEAD]
        title = say(Text(found[0].kind_zh, found[0].kind_en))
        sections.append({"title": title, "head": head, "rows": [_cells(row) for row in found], "more": False})
    context = {"words": {name: say(each) for name, each in WORDS.items()}, "title": say(WORDS["title"]),
               "lead": say(WORDS["lead"]), "sections": sections}  # fmt: skip
    return render(request, "faces/work/books.html", context)


@requires("cockpit")
def file(request: HttpRequest) -> HttpResponse:
    """The same as a file, with every address. Source: RFC 4180; docs/topics/declarations.md, "One file each"."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="declared.csv"'
    answer.write("\ufeff")
    writer = CsvWriter(answer, list(DeclaredRow._fields), "\r\n")
    for row in declared_rows(request.GET.get("kind", "")):
        writer.write(row)
    return answer


def _cells(row: DeclaredRow) -> list[tuple[str, str]]:
    """The name in words; what is typed or fetched stands as such."""
    typed = (row.name, row.file, row.api, row.command, row.export)
    return [
        (say(Text(row.zh, row.en)), row.page),
        *((format_html("<kbd>{}</kbd>", each) if each else "", "") for each in typed),
    ]
