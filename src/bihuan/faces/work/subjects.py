# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Pages of subjects, the same for every declared type: all types, a list that is filtered and paged, one with its past.

A type behind a fence asks for programme and purpose before it shows anything; each look is on record.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.faces.panels.catalogue import views_about
from bihuan.faces.panels.page import may_see
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.subjects import (
    Unreadable,
    kind_named,
    looker_of,
    plain_subject,
    question_of,
    shown_value,
    told_value,
)
from bihuan.faces.parts.viewset import Cell, Grid
from bihuan.faces.parts.world import World, world
from bihuan.faces.signs import sign_over
from bihuan.faces.work.subject_grids import grids_beside
from bihuan.loop.kernel.model import Text
from bihuan.loop.kernel.states import STATE_NAMES
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import visible_to
from bihuan.readers import CsvWriter
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.deriving import Deriving
from bihuan.subjects.exporting import as_feature, as_object
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.availability import available_at
from bihuan.subjects.pure.types import SubjectType, state_of
from bihuan.subjects.revising import may_edit

MOST_EXPORTED, MOST_TOLD = 50_000, 300
AND = Text("；", "; ")
WORDS = {
    "title": Text("对象名册", "Subjects"),
    "lead": Text("按某日、按当时所知查询；每个值都有来源。", "For a day, as known on a day; every value has its source."),
    "day": Text("查询日", "Day"),
    "known": Text("所知截至", "As known on"),
    "state": Text("状态", "State"),
    "programme": Text("用于事项", "For programme"),
    "purpose": Text("用途（留痕）", "Purpose (on record)"),
    "fenced": Text("该名册只为规定用途收集：请说明用于何事项、何用途。", "Collected for one purpose: say which programme and why."),
    "history": Text("沿革", "History"),
    "links": Text("关系", "Links"),
    "derived": Text("推算", "worked out"),
    "source": Text("来源", "Source"),
    "cases": Text("相关案件", "Cases about it"),
    "case": Text("案件", "Case"),
    "open": Text("现在开放", "Open now"),
    "shut": Text("现在不开放", "Not open now"),
    "from": Text("自", "From"),
    "until": Text("至（不含）", "Until (not included)"),
    "recorded": Text("登记时刻", "Recorded"),
    "superseded": Text("被更正", "Superseded"),
    "what": Text("内容", "What"),
    "link": Text("关系", "Link"),
    "other": Text("对方", "Other side"),
    "edit": Text("更改", "Change"),
    "new": Text("新增", "New"),
    "import": Text("导入文件", "Load a file"),
    "revisions": Text("更改申请", "Revisions"),
    "sign": Text("公示页", "Public sign"),
    "sealed": Text("封存字段", "Sealed fields"),
    "sealed_why": Text("姓名等已加密；经接口或命令说明用途后查看，每次查看留痕。", "Names and the like are encrypted; each look is on record."),
}  # fmt: skip


@requires()
def types_page(request: HttpRequest) -> HttpResponse:
    """Every declared type."""
    here = world(request)
    kinds = [
        (reverse("subjects-list", args=[kind.id]), say(kind.name), say(kind.about), bool(kind.fence))
        for kind in subject_types().values()
    ]
    edits = any(may_edit(kind, here.actor.roles) for kind in subject_types().values())
    return render(request, "faces/work/subject_types.html", {"kinds": kinds, "words": _words(), "edits": edits})


@requires()
def list_page(request: HttpRequest, kind: str) -> HttpResponse:
    """Subjects of a type that match, a page at a time."""
    here, found, asked = world(request), kind_named(kind), _asked(request)
    question = _question(here, found, asked)
    context = _frame(found, question, asked) | {
        "may_edit": may_edit(found, here.actor.roles),
        "filters": [
            (name, say(found.fields[name].name) if name in found.fields else "", asked.get(name, ""))
            for name in (*((found.key,) if found.key and found.key not in found.found_by else ()), *found.found_by)
        ],
        "heads": [say(found.fields[name].name) for name in _columns(found)],
    }
    held, total = _ask(here, found, question, looker_of(here, asked))
    if held is None:
        return render(request, "faces/work/subject_list.html", context | {"closed": True}, status=403)
    context |= {
        "rows": [_line(here, found, each, question.day) for each in held],
        "total": f"{total}{'+' if total == asking.MOST else ''}",
        "next": held[-1].key if len(held) == question.limit else "",
    }
    return render(request, "faces/work/subject_list.html", context)


@requires()
def one_page(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """One subject: today, its past, its links."""
    here, found, asked = world(request), kind_named(kind), _asked(request)
    question, looker = _question(here, found, asked), looker_of(here, asked)
    district = here.registers.district.code
    try:
        versions = asking.history(district, found, key, looker)
        held = asking.get(district, found, key, question.day, looker, question.known)
        links = _links(district, found, key, question, looker)
    except FenceClosed:
        context = _frame(found, question, asked) | {"closed": True}
        return render(request, "faces/work/subject_list.html", context, status=403)
    if not versions:
        raise Http404(_("There is nothing of that name."))
    values = (held or versions[-1]).values
    context = _frame(found, question, asked) | {
        "heading": str(values.get(found.title_field, key)) if found.key else key,
        "key": key,
        "may_edit": may_edit(found, here.actor.roles),
        "sign": _sign_of(found, key) if held is not None else "",
        "pages": [
            (f"{reverse('view', args=[each.programme, each.name])}?{urlencode({'of': key})}", say(each.declared.name))
            for each in views_about(found.id) if may_see(here.actor, each)
        ],
        "state": _state(found, held, question.day) or _open(found, held, here),
        "facts": [] if held is None else [
            (say(found.fields[name].name), told_value(here, found, name, value), held.source_of(name))
            for name in found.fields if (value := held.values.get(name)) is not None
        ] + _derived(district, found, held, question, looker),
        "sealed": held is not None and held.sealed is not None,
        "grids": [
            *(grid for grid in (_cases(here, found, key), links) if grid.rows),
            *([] if found.fence else grids_beside(here, found.id, key)), _past(here, found, versions),
        ],
    }  # fmt: skip
    return render(request, "faces/work/subject_one.html", context)


@requires()
def file(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Everything that matches with its open fields, as csv, json or geojson."""
    here, found, asked = world(request), kind_named(kind), _asked(request)
    question, looker = _question(here, found, asked), looker_of(here, asked)
    try:
        held = list(asking.stream(here.registers.district.code, found, question, looker))[:MOST_EXPORTED]
    except FenceClosed as error:
        raise PermissionDenied(error.message) from None
    if form == "geojson":
        body: dict[str, Any] = {"type": "FeatureCollection", "features": [as_feature(found, each) for each in held]}
        return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/geo+json")
    if form == "json":
        body = {"subjects": [plain_subject(found, each, question.day) for each in held]}
        return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/json")
    if form != "csv":
        raise Http404(_("Lists come as csv or json."))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.id.replace(":", "-")}.csv"'
    answer.write("\ufeff")
    names = [*found.open_fields, "valid_from", "valid_to"]
    writer = CsvWriter(answer, names, "\r\n")
    for each in held:
        row = as_object(found, each)
        writer.write(shown_value(found, name, row.get(name)) for name in names)
    return answer


def _sign_of(kind: SubjectType, key: str) -> str:
    """The address of the public sign of a subject; empty where its type has none."""
    sign = sign_over(kind.id)
    return reverse("sign", args=[sign.programme, sign.name, key]) if sign is not None else ""


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items()}


def _question(here: World, kind: SubjectType, asked: dict[str, str]) -> asking.Viewpoint:
    try:
        return question_of(here, kind, asked)
    except Unreadable as error:
        raise Http404(say(error.text)) from None


def _ask(
    here: World, kind: SubjectType, question: asking.Viewpoint, looker: Looker
) -> tuple[list[asking.HeldFacts] | None, int]:
    """The page and the count; None when the type is closed to the reader."""
    district = here.registers.district.code
    try:
        return asking.find(district, kind, question, looker), asking.count(district, kind, question, looker)
    except FenceClosed:
        return None, 0


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}


def _frame(kind: SubjectType, question: asking.Viewpoint, asked: dict[str, str]) -> dict[str, Any]:
    """What every page of a type shows: its name, the question, whether it is fenced."""
    return {
        "kind": kind.id, "title": say(kind.name), "about": say(kind.about), "words": _words(),
        "day": question.day.isoformat(), "known": asked.get("known", ""), "fenced": bool(kind.fence),
        "programme": asked.get("programme", ""), "purpose": asked.get("purpose", ""),
        "beside": [(each.id, say(each.name)) for each in kind.link_types()],
    }  # fmt: skip


def _columns(kind: SubjectType) -> tuple[str, ...]:
    return kind.shown


def _derived(
    district: str, kind: SubjectType, held: asking.HeldFacts, question: asking.Viewpoint, looker: Looker
) -> list[tuple[str, str, str]]:
    """What follows from other subjects, without what the looker may not read."""
    deriving = Deriving(district, kind, held.key, held.values, question.day, looker, question.known)
    told = []
    for name, rule in kind.derived.items():
        if not rule.show:
            continue
        with suppress(FenceClosed):
            value = deriving.value(name)
            told += [(say(rule.name), str(value), say(WORDS["derived"]))] if value is not None else []
    return told


def _line(here: World, kind: SubjectType, held: asking.HeldFacts, day: date) -> tuple[str, list[Cell], str]:
    cells = [
        Cell(told_value(here, kind, name, held.values.get(name)), _url(kind, name, held)) for name in _columns(kind)
    ]
    return held.key, cells, _state(kind, held, day)


def _url(kind: SubjectType, name: str, held: asking.HeldFacts) -> str:
    to, value = kind.fields[name].to, held.values.get(name)
    return reverse("subjects-one", args=[to, value]) if to and value else ""


def _state(kind: SubjectType, held: asking.HeldFacts | None, day: date) -> str:
    state = None if held is None else state_of(kind, held.values, day.isoformat())
    return say(state.name) if state else ""


def _cases(here: World, kind: SubjectType, key: str) -> Grid:
    """The latest cases about the subject that the reader may see, newest first."""
    rows = visible_to(here.actor).filter(about=f"{kind.id}/{key}").order_by("-opened_at", "-id")[: asking.PAGE]
    programmes = all_programmes()
    heads = [say(WORDS[name]) for name in ("case", "what", "from", "until", "state")]
    lines = []
    for row in rows:
        declared = programmes.get(row.programme)
        rules = declared.cases.get(row.kind) if declared else None
        what = say(rules.name) if rules else row.kind
        ended = row.ended_at.astimezone(here.zone).date().isoformat() if row.ended_at else ""
        state = say(STATE_NAMES[row.state]) if row.state in STATE_NAMES else row.state
        opened = row.opened_at.astimezone(here.zone).date().isoformat()
        lines.append(
            [Cell(row.number, reverse("case", args=[row.number])), Cell(what), Cell(opened), Cell(ended), Cell(state)]
        )
    return Grid(say(WORDS["cases"]), heads, lines)


def _open(kind: SubjectType, held: asking.HeldFacts | None, here: World) -> str:
    """Whether it is open at this moment, where the type says how that is known."""
    told = (
        None if held is None else available_at(kind, held.values, here.now.astimezone(here.zone).replace(tzinfo=None))
    )
    return "" if told is None else say(WORDS["open" if told.open else "shut"])


def _past(here: World, kind: SubjectType, versions: list[asking.HeldFacts]) -> Grid:
    heads = [say(WORDS[name]) for name in ("from", "until", "recorded", "superseded", "source", "what")]
    before: dict[str, Any] = {}
    rows = []
    for each in versions:
        fresh = {name: value for name, value in each.values.items() if before.get(name) != value}
        before = each.values
        superseded = f"{each.superseded_at.astimezone(here.zone):%Y-%m-%d %H:%M}" if each.superseded_at else ""
        told = say(AND).join(
            f"{say(kind.fields[name].name) if name in kind.fields else name} {told_value(here, kind, name, value)}"
            for name, value in fresh.items()
        )
        rows.append([
            Cell(each.valid_from.isoformat()), Cell(each.valid_to.isoformat() if each.valid_to else ""),
            Cell(f"{each.recorded_at.astimezone(here.zone):%Y-%m-%d %H:%M}"), Cell(superseded), Cell(each.source),
            Cell(told[:MOST_TOLD]),
        ])  # fmt: skip
    return Grid(say(WORDS["history"]), heads, rows)


def _links(district: str, kind: SubjectType, key: str, question: asking.Viewpoint, looker: Looker) -> Grid:
    """Every link of the day from and to the subject, at most a page of each kind and direction."""
    rows: list[list[Cell]] = []
    for base in subject_types().values():
        for name, link in base.links.items():
            for near, far, target, word in (("from", "to", link.to, link.name), ("to", "from", base.id, link.back)):
                if (base.id if near == "from" else link.to) != kind.id:
                    continue
                asked = asking.Viewpoint(question.day, question.known, {near: key})
                for held in asking.find(district, base.link_type(name), asked, looker):
                    other = held.values[far]
                    more = ", ".join(f"{held.values[each]}" for each in link.attributes if each in held.values)
                    rows.append([
                        Cell(say(word)), Cell(str(other), reverse("subjects-one", args=[target, other])), Cell(more),
                        Cell(held.valid_from.isoformat()), Cell(held.valid_to.isoformat() if held.valid_to else ""),
                    ])  # fmt: skip
    heads = [say(WORDS[name]) for name in ("link", "other", "what", "from", "until")]
    return Grid(say(WORDS["links"]), heads, rows)
