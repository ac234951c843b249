# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Changing subjects by hand: a form for one, a file for many, what it would change, and the second person's decision.

What may be done is decided in `subjects.revising`; here texts are only taken from forms and shown.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.declare.fieldtype import Words
from bihuan.declare.measured import unit_shown
from bihuan.declare.types import field_type
from bihuan.faces.parts.forms import FormInput
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.options import Option
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.subjects import kind_named, looker_of, shown_value
from bihuan.faces.parts.world import World, world
from bihuan.faults import Fault
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district
from bihuan.subjects import asking, fence, revising
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import FenceClosed
from bihuan.subjects.models import Revision
from bihuan.subjects.pure.cells import DAYS
from bihuan.subjects.pure.types import SubjectType
from bihuan.subjects.revising import RevisionRefused, Wish

PAGE = 50
LONGEST_OFFER = 4_000
WORDS = {
    "title": Text("更改申请", "Revisions"),
    "lead": Text("更改名册须写明理由；按规定由另一人同意后生效。", "A register changes with a reason and, where declared, when a second person agrees."),
    "none": Text("没有申请。", "There are no revisions."),
    "what": Text("名册", "Register"),
    "key": Text("编号", "Key"),
    "kind": Text("事项", "What"),
    "from": Text("自", "From"),
    "until": Text("至（不含）", "Until (not included)"),
    "reason": Text("理由", "Reason"),
    "by": Text("提出人", "Asked by"),
    "at": Text("时间", "When"),
    "state": Text("状态", "State"),
    "decided": Text("办理人", "Decided by"),
    "why": Text("说明", "Why"),
    "was": Text("原登记", "What is known"),
    "now": Text("更改为", "What it becomes"),
    "field": Text("字段", "Field"),
    "agree": Text("同意", "Agree"),
    "refuse": Text("不同意", "Refuse"),
    "withdraw": Text("撤回", "Take it back"),
    "ask": Text("提出更改", "Ask for this change"),
    "ends": Text("自该日起不再存在", "It does not exist from that day on"),
    "file": Text("文件（CSV、XLSX、JSON 行、GeoJSON；不超过 2 MB、5000 行）", "File (CSV, XLSX, JSON lines, GeoJSON; up to 2 MB and 5,000 rows)"),
    "complete": Text("文件为该日全量名册：未列者终止", "The file is complete for that day: who is not in it has ended"),
    "rejected": Text("退回的行", "Rejected rows"),
    "line": Text("行", "Line"),
    "remedy": Text("如何改正", "Remedy"),
    "second": Text("须另一人同意后生效。", "It holds when a second person agrees."),
    "once": Text("提出即生效。", "It holds at once."),
    "sealed": Text("姓名等封存字段不在此更改；请用文件导入。", "Sealed fields such as names are not changed here; load a file."),
    "fenced": Text("该名册只为规定用途收集：请说明用于何事项、何用途。", "Collected for one purpose: say which programme and why."),
    "next": Text("下一页", "Next page"),
    "edit": Text("更改", "Change"),
    "new": Text("新增", "New"),
    "import": Text("导入文件", "Load a file"),
}  # fmt: skip
KINDS = {
    revising.VALUES: Text("更改内容", "values"), revising.END: Text("终止", "its end"), revising.FILE: Text("文件", "a file"),
}  # fmt: skip
STATES = {
    "": Text("待同意", "waits"), revising.APPLIED: Text("已生效", "holds"),
    revising.REFUSED: Text("未同意", "refused"), revising.WITHDRAWN: Text("已撤回", "taken back"),
}  # fmt: skip
COUNTS = {
    "rows": Text("行", "rows"), "created": Text("新增", "created"), "changed": Text("更改", "changed"),
    "ended": Text("终止", "ended"), "unchanged": Text("不变", "unchanged"), "rejected": Text("退回", "rejected"),
}  # fmt: skip


@requires()
def list_page(request: HttpRequest) -> HttpResponse:
    """Revisions of the registers that the reader keeps, the newest first. Source: docs/topics/subjects.md, "By hand"."""
    here = world(request)
    mine = [kind.id for kind in subject_types().values() if revising.may_edit(kind, here.actor.roles)]
    before = _uuid(request.GET.get("before", ""))
    with in_district(here.registers.district.code):
        found = Revision.objects.filter(type__in=mine).defer("content").order_by("-proposed_at", "-id")
        if before and (last := Revision.objects.filter(pk=before).first()):
            found = found.filter(proposed_at__lt=last.proposed_at)
        rows = list(found[:PAGE])
    here.names.know([row.proposed_by for row in rows])
    lines = [
        (row, say(subject_types()[row.type].name), say(KINDS[row.kind]), here.names.person(row.proposed_by),
         _when(here, row.proposed_at), say(STATES[row.decision]))
        for row in rows
    ]  # fmt: skip
    context = {"words": _words(), "lines": lines, "next": rows[-1].pk if len(rows) == PAGE else None}
    return render(request, "faces/work/revisions.html", context)


@requires()
def one_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One revision: what it would change, who asked, who decides.

    Raises:
        Http404: there is none. PermissionDenied: another's register.

    Source: docs/topics/subjects.md, "By hand".
    """
    here = world(request)
    district = here.registers.district.code
    with in_district(district):
        row = Revision.objects.filter(pk=key).first()
        if row is None:
            raise Http404(_("There is nothing of that name."))
        kind = kind_named(row.type)
        _must_keep(here, kind)
        _enter(here, kind, {"programme": request.GET.get("programme", _programme(kind)), "purpose": row.reason})
        content = revising.content_of(row)
    here.names.know([row.proposed_by, row.decided_by])
    mine = row.proposed_by == here.actor.id
    context = {
        "words": _words(), "row": row, "kind": say(kind.name), "what": say(KINDS[row.kind]), "state": say(STATES[row.decision]),
        "asked_by": here.names.person(row.proposed_by), "asked_at": _when(here, row.proposed_at),
        "decided_by": here.names.person(row.decided_by) if row.decided_by else "",
        "counts": [(say(COUNTS[name]), count) for name, count in row.counts.items() if count],
        "changes": [_change(kind, each) for each in content.get("differences", ())],
        "rejects": [_reject(each) for each in content.get("rejects", ())],
        "may_agree": not row.decision and not mine, "may_withdraw": not row.decision and mine,
    }  # fmt: skip
    return render(request, "faces/work/revision.html", context)


@acts("revision", "key")
@requires()
def decide(request: HttpRequest, key: UUID) -> HttpResponse:
    """Agree, refuse or take back. Source: docs/topics/subjects.md, "By hand"."""
    here = world(request)
    try:
        row = revising.decide_revision(key, _wish(request, here), agree=request.POST.get("do") == "agree")
        messages.success(request, say(STATES[row.decision]))
    except RevisionRefused as refused:
        messages.error(request, _said(refused))
    return redirect("revision", key=key)


@requires()
def edit(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of one subject, known or new; sent, it asks for the change. Source: docs/topics/subjects.md, "By hand"."""
    here, found = world(request), kind_named(kind)
    _must_keep(here, found)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            return redirect("revision", key=_asked_for(request, here, found).pk)
        except RevisionRefused as refused:
            errors = {each.field: _words_of(each.what) for each in refused.rejects} or {"": _said(refused)}
    key = request.GET.get("key", "").strip()
    asked = {name: request.GET.get(name, "") for name in ("programme", "purpose")}
    try:
        held = (
            asking.get(here.registers.district.code, found, key, _today(here), looker_of(here, asked)) if key else None
        )
    except FenceClosed:
        return render(request, "faces/work/revision_edit.html", _frame(found) | {"closed": True}, status=403)
    values = held.values if held else {}
    sent = request.POST.dict() if request.method == "POST" else _offered(request)
    context = _frame(found) | {
        "key": key if held else "", "errors": errors, "inputs": _inputs(found, values, sent, known=held is not None),
        "valid_from": (sent or {}).get("valid_from") or _today(here).isoformat(), "sent": sent or {},
    }  # fmt: skip
    return render(request, "faces/work/revision_edit.html", context, status=422 if errors else 200)


@requires()
def import_(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a file; sent, it is compared with what is known and asks for the change.

    Source: docs/topics/subjects.md, "By hand" and "Loading".
    """
    here, found = world(request), kind_named(kind)
    _must_keep(here, found)
    refused, rejects = "", []
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise RevisionRefused("no_file", *_NO_FILE)
            body = file.read() if (file.size or 0) <= revising.MOST_BYTES else b" " * (revising.MOST_BYTES + 1)
            wish = _wish(request, here)
            row = revising.propose_file(found, file.name or "file.csv", body, wish, complete="complete" in request.POST)
            return redirect("revision", key=row.pk)
        except RevisionRefused as error:
            refused, rejects = _said(error), [_reject(each.as_dict()) for each in error.rejects[:100]]
        except Fault as fault:
            refused = f"{fault.message} · {fault.remedy}"
    context = _frame(found) | {
        "refused": refused, "rejects": rejects, "sent": request.POST,
        "valid_from": request.POST.get("valid_from") or _today(here).isoformat(),
    }  # fmt: skip
    return render(request, "faces/work/revision_import.html", context, status=422 if refused else 200)


_NO_FILE = (Words("请选择文件", "choose a file"), Words("选择后再提交", "choose one and send again"))


def _asked_for(request: HttpRequest, here: World, kind: SubjectType) -> Revision:
    wish = _wish(request, here)
    if "ends" in request.POST:
        return revising.propose_end(kind, request.POST.get(f"f-{kind.key}", "").strip(), wish)
    cells = {name: request.POST.get(f"f-{name}", "") for name in kind.open_fields if f"f-{name}" in request.POST}
    return revising.propose_values(kind, cells, wish)


def _wish(request: HttpRequest, here: World) -> Wish:
    days = {}
    for name in DAYS:
        text = request.POST.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            raise RevisionRefused("days", *_NO_DAY) from None
    return Wish(
        here.registers.district.code, here.actor.id, here.actor.roles, request.POST.get("reason", ""), here.now,
        days["valid_from"] or _today(here), days["valid_to"],
    )  # fmt: skip


_NO_DAY = (
    Words("日期不可读", "a day cannot be read"),
    Words("写成 2026-03-01", "write it as 2026-03-01"),
)


def _offered(request: HttpRequest) -> dict[str, str]:
    """What a link offers as values of fields (`f-NAME`); nothing is asked for before somebody sends the form."""
    return {name: text[:LONGEST_OFFER] for name, text in request.GET.dict().items() if name.startswith("f-")}


def _inputs(
    kind: SubjectType, values: dict[str, Any], sent: dict[str, str] | None, *, known: bool
) -> list[tuple[FormInput, bool]]:
    """An input for each open field; the key of a known subject stays as it is."""
    made = []
    for name in kind.open_fields:
        rule = kind.fields[name]
        value = values.get(name)
        text = "" if value is None else str(field_type(rule.type).export(value))
        text = (sent or {}).get(f"f-{name}", text)
        choices: list[Option] = [("", "—"), *((each.code, say(each)) for each in rule.choices)] if rule.choices else []
        shape = "select" if choices else "date" if rule.type == "date" else "textarea" if _long(rule.type) else "text"
        unit = unit_shown(rule.unit)
        label = f"{say(rule.name)} ({unit})" if unit else say(rule.name)
        made.append((FormInput(f"f-{name}", label, shape, rule.required, choices, text), known and name == kind.key))
    return made


def _long(name: str) -> bool:
    return field_type(name).widget == "textarea"


def _must_keep(here: World, kind: SubjectType) -> None:
    if not revising.may_edit(kind, here.actor.roles):
        raise PermissionDenied(
            _("Your role has no work on this page. The administrator can give you the role if you need it.")
        )


def _enter(here: World, kind: SubjectType, asked: dict[str, str]) -> None:
    try:
        fence.enter(here.registers.district.code, kind, looker_of(here, asked))
    except FenceClosed as error:
        raise PermissionDenied(error.message) from None


def _programme(kind: SubjectType) -> str:
    return kind.purpose.programmes[0] if kind.purpose and kind.purpose.programmes else ""


def _change(kind: SubjectType, told: dict[str, Any]) -> tuple[str, list[tuple[str, str, str]]]:
    """The key, and for each field that differs its name, what is known and what it becomes."""
    names = [name for name in kind.fields if name in told["was"] or name in told["now"]]
    return told["key"], [
        (say(kind.fields[name].name), shown_value(kind, name, told["was"].get(name)), shown_value(kind, name, told["now"].get(name)))
        for name in names
    ]  # fmt: skip


def _reject(told: dict[str, Any]) -> tuple[int, str, str]:
    zh = language() != "en"
    return told["line"], told["what_zh" if zh else "what"], told["remedy_zh" if zh else "remedy"]


def _said(refused: RevisionRefused) -> str:
    return f"{_words_of(refused.what)} · {_words_of(refused.remedy)}"


def _words_of(words: Any) -> str:
    return str(words.en if language() == "en" else words.zh)


def _frame(kind: SubjectType) -> dict[str, Any]:
    return {
        "words": _words(), "kind": kind.id, "title": say(kind.name), "second": kind.edit.second_person,
        "has_sealed": bool(kind.sealed_fields), "fenced": bool(kind.fence),
    }  # fmt: skip


def _today(here: World) -> date:
    return here.now.astimezone(here.zone).date()


def _when(here: World, at: Any) -> str:
    return f"{at.astimezone(here.zone):%Y-%m-%d %H:%M}"


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
