# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Pages of series: all of them; the newest value of each subject with what is wrong; the same as a file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from bihuan.declare.measured import unit_shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.model import Text
from bihuan.readers import CsvWriter
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Series, UnknownSeries, current_catalogue
from bihuan.series.showing import incidents_shown, newest, values_between
from bihuan.subjects.catalogue import subject_types

MOST = 500
WORDS = {
    "title": Text("监测序列", "Series"),
    "lead": Text("每个对象的最新值和当前告警；每个值都有到达时刻和批次。", "The newest value of each subject and what is wrong with it; every value has its arrival and vintage."),
    "series": Text("序列", "Series"),
    "of": Text("监测对象", "Measured of"),
    "unit": Text("单位", "Unit"),
    "latest": Text("最新值", "Newest values"),
    "values": Text("数值", "Values"),
    "incidents": Text("告警", "Incidents"),
    "subject": Text("对象", "Subject"),
    "time": Text("时间", "Time"),
    "value": Text("数值", "Value"),
    "flag": Text("标记", "Flag"),
    "arrived": Text("到达", "Arrived"),
    "vintage": Text("批次", "Vintage"),
    "rule": Text("规则", "Rule"),
    "opened": Text("开始", "Opened"),
    "closed": Text("结束", "Closed"),
    "peak": Text("峰值", "Peak"),
    "none": Text("没有。", "Nothing."),
    "most": Text("只列出500行；命令、接口和文件给出全部。", "500 rows; the command, the API and the file give all."),
}  # fmt: skip
COLUMNS = ("subject", "time", "value", "flag", "arrived", "vintage")


@requires("cockpit")
def list_page(request: HttpRequest) -> HttpResponse:
    """Every series. Source: docs/topics/series.md."""
    kinds = subject_types()
    rows = [
        [(say(each.declared.name), reverse("series-one", args=[name])),
         (say(kinds[each.declared.subject].name) if each.declared.subject in kinds else each.declared.subject, ""),
         (unit_shown(each.declared.unit), "")]
        for name, each in sorted(current_catalogue().series.items())
    ]  # fmt: skip
    return _shown(
        request, say(WORDS["title"]), [_section("series", ("series", "of", "unit"), rows)], say(WORDS["lead"])
    )


@requires("cockpit")
def one_page(request: HttpRequest, name: str) -> HttpResponse:
    """The newest value of each subject, or the last values of one, and the incidents that hold. Source: docs/topics/series.md."""
    series, subject = _series(name), request.GET.get("subject", "")
    district = world(request).registers.district.code
    with in_district(district):
        told = (
            values_between(district, series, subject, "", "")["values"]
            if subject
            else newest(district, series)["values"]
        )
        wrong = incidents_shown(district, series, subject)["incidents"]
    values = [
        [(row.get("subject", subject), "" if subject else f"?subject={row['subject']}"), *((_text(row[each]), "") for each in COLUMNS[1:])]
        for row in told[-MOST:]
    ]  # fmt: skip
    head = ("subject", "rule", "opened", "closed", "peak")
    incidents = [
        [(format_html("<kbd>{}</kbd>", row[each]) if each == "rule" else _text(row[each]), "") for each in head]
        for row in wrong[-MOST:]
    ]
    sections = [
        _section("values" if subject else "latest", COLUMNS, values, more=len(told) > MOST),
        _section("incidents", head, incidents, more=len(wrong) > MOST),
    ]
    title = " · ".join(filter(None, (say(series.declared.name), unit_shown(series.declared.unit))))
    return _shown(request, title, sections)


@requires("cockpit")
def file(request: HttpRequest, name: str) -> HttpResponse:
    """The newest value of each subject, or every value of one (`?subject=`), as CSV. Source: RFC 4180; docs/topics/series.md."""
    series, subject = _series(name), request.GET.get("subject", "")
    district = world(request).registers.district.code
    with in_district(district):
        told = (
            values_between(district, series, subject, "", "")["values"]
            if subject
            else newest(district, series)["values"]
        )
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{series.name}.csv"'
    answer.write("\ufeff")
    writer = CsvWriter(answer, [*COLUMNS, "unit"], "\r\n")
    for row in told:
        writer.write([_text({"subject": subject, **row}[each]) for each in COLUMNS] + [series.declared.unit])
    return answer


def _shown(request: HttpRequest, title: str, sections: list[dict[str, Any]], lead: str = "") -> HttpResponse:
    context = {
        "words": {name: say(each) for name, each in WORDS.items()},
        "title": title,
        "sections": sections,
        "lead": lead,
    }
    return render(request, "faces/work/books.html", context)


def _section(
    title: str, head: tuple[str, ...], rows: list[list[tuple[str, str]]], *, more: bool = False
) -> dict[str, Any]:
    return {"title": say(WORDS[title]), "head": [say(WORDS[name]) for name in head], "rows": rows, "more": more}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _series(name: str) -> Series:
    try:
        return current_catalogue().get(name)
    except UnknownSeries:
        raise Http404(_("There is nothing of that name.")) from None
