# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Forms on a phone or a screen: filled in with or without scripts, saved and resumed, sent once, with a receipt.

One page holds every step, so that it can be filled in without a connection; the script shows a step at a time and hides
what is not asked. Without it the page is long and says when a field is to be filled in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csp import get_nonce
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from bihuan.declare.fieldtype import Words
from bihuan.declare.measured import unit_shown
from bihuan.documents.forms import drafts
from bihuan.documents.forms.catalogue import DeclaredForm, UnknownForm, all_forms, form_named
from bihuan.documents.forms.pure.checking import Answers, Defect
from bihuan.documents.forms.pure.sheets import condition_text, paper_of, sheet_of
from bihuan.documents.forms.rendering.portable import render_form
from bihuan.documents.forms.submitting import submit_form
from bihuan.documents.letters.rendering.portable import FontMissing
from bihuan.faces.parts import media
from bihuan.faces.parts.filled import REPORTER, input_for, may_fill, own_case, sender_of, shown_condition, told_name
from bihuan.faces.parts.forms import FormInput
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.loop.media import Unacceptable
from bihuan.registers.pure.ids import new_id
from bihuan.server import limits

SESSION, RECEIPT = "forms", "form_receipt"
KEPT, SIGN = "kept-", "sign-"
WORKER = Path(__file__).resolve().parent.parent / "forms_worker.js"
WORDS = {
    "title": Text("表单", "Forms"),
    "lead": Text("在线填写，可保存后再填；一次提交只立一件。", "Fill in, save and come back; sent once, it counts once."),
    "minutes": Text("约需分钟", "minutes or so"),
    "begin": Text("开始填写", "Begin"),
    "print": Text("打印空白表", "Print it blank"),
    "resume": Text("继续填写", "Go on with a saved form"),
    "code": Text("继续填写码", "Code of the saved form"),
    "no_code": Text("没有这个码，或已过期。请核对后重试，或重新填写。", "There is no such code, or its time is over. Check it, or begin anew."),
    "step": Text("步骤", "Step"),
    "of": Text("共", "of"),
    "next": Text("下一步", "Next"),
    "back": Text("上一步", "Back"),
    "send": Text("提交", "Send"),
    "save": Text("保存，稍后继续", "Save and go on later"),
    "defects": Text("以下各项需要更正，请一次改好：", "Please put right all of these:"),
    "only_if": Text("仅在以下情形填写：", "Only if: "),
    "not_asked": Text("登记簿已有此项时不必上传。", "Not needed while the register holds it."),
    "from_register": Text("登记簿有的，可以留空。", "May be left empty when the register holds it."),
    "files_kept": Text("已上传", "Uploaded"),
    "files": Text("可选多个文件，最多", "Several files may be chosen, at most"),
    "declare": Text("告知承诺", "Declarations"),
    "full_name": Text("填写全名即为签署", "Writing your full name signs it"),
    "saved": Text("已保存", "Saved"),
    "saved_code": Text("凭此码可在任何设备上继续填写，只显示这一次：", "With this code you go on from any device. It is shown only now:"),
    "saved_known": Text("仍用您已有的码继续填写。", "The code you have still opens it."),
    "until": Text("保存至", "Kept until"),
    "go_on": Text("继续填写", "Go on now"),
    "received": Text("已收到", "Received"),
    "number": Text("编号", "Number"),
    "access": Text("查询码", "Access code"),
    "digest": Text("内容摘要（写入不可更改的日志）", "Digest of what was sent (it stands in the log)"),
    "keep": Text("请保存编号和查询码；查询码只显示这一次。", "Keep number and code; the code is shown only now."),
    "follow": Text("查询进展", "Follow it"),
    "warned": Text("请注意：以下证明即将到期", "Please note: these proofs end soon"),
    "nothing": Text("暂无可填写的表单。", "There is no form to fill in."),
    "offline": Text("没有网络：已存在本机，联网后自动提交。", "No connection: kept on this device, sent by itself when you are online."),
    "draft_here": Text("已暂存在本机。", "Kept on this device."),
    "queued_sent": Text("先前离线填写的表单已提交。", "A form filled in offline has been sent."),
    "queued_refused": Text("先前离线填写的表单需要更正，已放回下面。", "A form filled in offline must be put right; it is back below."),
    "open_first": Text("请先凭编号和查询码打开您的来件，再填写此表。", "Open your own report by number and access code first, then fill in this form."),
    "too_many": Text("文件过多。", "Too many files."),
}  # fmt: skip


@dataclass(frozen=True)
class FilledField:
    """A field as the template draws it."""

    name: str
    input: FormInput
    about: str = ""
    condition: str = ""
    show: str = "[]"
    error: str = ""
    kept: tuple[str, ...] = ()
    most: int = 0
    unit: str = ""
    personal: bool = False


@dataclass
class FormState:
    """What the page is drawn from: texts and uploads so far, the key, what is wrong."""

    key: str
    texts: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, list[str]] = field(default_factory=dict)
    signed: Mapping[str, str] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)


def listed(request: HttpRequest) -> HttpResponse:
    """Every form that this person may fill in. Source: docs/topics/forms.md, "On the page"."""
    here = world(request)
    found = [
        (name, told_name(each), say(each.form.about), each.form.minutes)
        for name, each in all_forms().items()
        if may_fill(each, here) or own_case(request, each) is not None
    ]
    return render(request, "faces/public/forms.html", {"forms": found, "words": _words(), "error": ""})


def resume(request: HttpRequest) -> HttpResponse:
    """Open a saved form by its code. Source: docs/topics/forms.md, "Save and resume"; docs/adr/0220 (codes)."""
    here = world(request)
    if request.method != "POST":
        return redirect("forms")
    seconds = limits.seconds_to_wait(limits.TRACKING, limits.address_of(request))
    found = None if seconds else drafts.find_draft(request.POST.get("code", ""), here.registers.district.code, here.now)
    if found is None or found[1] not in all_forms():
        context = {"forms": [], "words": _words(), "error": say(WORDS["no_code"])}
        answer = render(request, "faces/public/forms.html", context, status=429 if seconds else 422)
        if seconds:
            answer.headers["Retry-After"] = str(seconds)
        return answer
    _remember(request, found[1], found[0])
    return redirect("form", found[1])


def fill(request: HttpRequest, name: str) -> HttpResponse:
    """The form: drawn, saved, or sent; sent twice it has one effect.

    Source: docs/topics/forms.md, "On the page", "All defects at once", "Sent once".
    """
    here, declared = world(request), _form(request, name)
    if request.method != "POST":
        state = _begun(request, declared, here)
        answer = _page(request, declared, state, 200)
        answer.headers["Cache-Control"] = "no-store" if state.texts or state.uploads else "no-cache"
        return answer
    state = _sent(request, declared, here)
    if "save" in request.POST:
        return _save(request, declared, here, state)
    if not state.defects:
        answers = Answers(dict(state.texts), {}, _signatures(declared, state.signed), texts=True)
        sent = submit_form(
            declared, answers, state.uploads, state.key,
            sender_of(request, declared, here, browser=True, own=own_case(request, declared)),
        )  # fmt: skip
        if not sent.defects:
            _forget(request, name)
            request.session[RECEIPT] = {
                "form": name, "number": sent.number, "access": sent.access, "hash": sent.hash,
                "warned": [say(declared.form.fields[each].name) for each in (sent.checked.warned if sent.checked else [])],
            }  # fmt: skip
            return redirect("form-received", name)
        state.defects = sent.defects
    return _page(request, declared, state, 422)


@never_cache
def received(request: HttpRequest, name: str) -> HttpResponse:
    """The receipt: number, code, the digest that stands in the log. Source: docs/topics/forms.md, "Sent once"."""
    declared = _form(request, name)
    kept = request.session.get(RECEIPT)
    if not kept or kept["form"] != name:
        return redirect("form", name)
    return render(
        request, "faces/public/form_received.html", {"receipt": kept, "title": told_name(declared), "words": _words()}
    )


def blank(request: HttpRequest, name: str) -> HttpResponse:
    """The form on paper, blank. Source: docs/topics/forms.md, "On paper"."""
    declared = _form(request, name)
    return HttpResponse(sheet_of(paper_of(declared.form, language()), str(get_nonce(request))))


def blank_file(request: HttpRequest, name: str) -> HttpResponse:
    """The same as PDF. Source: docs/topics/forms.md, "On paper"; ISO 14289-1."""
    declared = _form(request, name)
    try:
        body = render_form(paper_of(declared.form, language()))
    except FontMissing:
        return redirect("form-print", name)  # a browser prints the page as well
    answer = HttpResponse(body, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{declared.form.form}.pdf"'
    return answer


def worker(request: HttpRequest) -> HttpResponse:
    """The script that opens forms without a connection. Source: W3C Service Workers (scope: this folder)."""
    return HttpResponse(WORKER.read_bytes(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})


# -- what was sent -------------------------------------------------------------------------------------


def _form(request: HttpRequest, name: str) -> DeclaredForm:
    try:
        declared = form_named(name)
    except UnknownForm:
        raise Http404(_("There is nothing of that name.")) from None
    if not may_fill(declared, world(request)) and own_case(request, declared) is None:
        raise PermissionDenied(say(WORDS["open_first"]) if declared.form.who == REPORTER else "")
    return declared


def _begun(request: HttpRequest, declared: DeclaredForm, here: World) -> FormState:
    """What this browser saved of the form, or an empty one."""
    draft = _draft(request, declared.form.form)
    words = drafts.open_draft(draft, declared.form.form, here.registers.district.code, here.now) if draft else None
    if words is None:
        return FormState(str(new_id()), _own_number(request, declared, here))
    return FormState(words.key, words.texts, {name: list(ids) for name, ids in words.uploads.items()})


def _sent(request: HttpRequest, declared: DeclaredForm, here: World) -> FormState:
    """Texts, signatures and uploads of a request; files are stored at once, so that no other fault costs them."""
    posted, form = request.POST, declared.form
    texts = {name: posted.get(name, "") for name in form.order if not form.fields[name].attached}
    texts |= _own_number(request, declared, here)
    signed = {each.id: posted.get(SIGN + each.id, "") for each in form.declarations}
    state = FormState(posted.get("key", "")[:64] or str(new_id()), texts, {}, signed)
    uploads: dict[str, list[str]] = {}
    for name in form.order:
        rule = form.fields[name]
        if not rule.attached:
            continue
        ids = [each for each in posted.getlist(KEPT + name) if each][: rule.most]
        chosen = request.FILES.getlist(name)
        for each in chosen[: max(0, rule.most - len(ids))]:
            try:
                stored = drafts.keep_upload(form, each.read(), here.actor.id, here.registers.district.code, here.now)
                ids.append(str(stored.pk))
            except Unacceptable as error:
                told = f"{each.name}: {media.reason_of(error)}"
                state.defects.append(_own(name, "bad_upload", told))
        if ids:
            uploads[name] = ids
    state.uploads = uploads
    return state


def _own_number(request: HttpRequest, declared: DeclaredForm, here: World) -> dict[str, str]:
    """The number of the own case in its field: a reporter sends a form about no other."""
    own = None if here.staff else own_case(request, declared)
    return {declared.form.own: own.number} if own is not None and declared.form.own else {}


def _save(request: HttpRequest, declared: DeclaredForm, here: World, state: FormState) -> HttpResponse:
    name, district = declared.form.form, here.registers.district.code
    try:
        words = drafts.DraftWords(state.key, dict(state.texts), state.uploads)
        saved = drafts.save_draft(declared.form, words, district, here.now, _draft(request, name))
    except drafts.DraftTooLarge as error:
        state.defects.append(_own("", "too_large", error.message))
        return _page(request, declared, state, 422)
    _remember(request, name, saved.id)
    context = {"saved": saved, "title": told_name(declared), "form": name, "words": _words()}
    return render(request, "faces/public/form_saved.html", context)


def _signatures(declared: DeclaredForm, written: Mapping[str, str]) -> dict[str, bool | str]:
    signs = {each.id: each.sign for each in declared.form.declarations}
    return {key: (text if signs[key] == "name" else True) for key, text in written.items() if text.strip()}


def _own(name: str, code: str, told: str) -> Defect:
    """A defect that only the page finds, in the reader's language."""
    said = Words(told, told)
    return Defect(name, code, said, said, Words("", ""))


# -- drawing -------------------------------------------------------------------------------------------


def _page(request: HttpRequest, declared: DeclaredForm, state: FormState, status: int) -> HttpResponse:
    form, here = declared.form, world(request)
    errors = {defect.field: f"{say(defect.what)} {say(defect.remedy)}".strip() for defect in reversed(state.defects)}
    steps = [
        {"id": step.id, "name": say(step.name), "about": say(step.about) if step.about else "",
         "fields": [_field(declared, each, state, errors.get(each, ""), here) for each in step.fields]}
        for step in form.steps
    ]  # fmt: skip
    signing = [
        {"name": SIGN + each.id, "id": each.id, "text": say(each.text), "typed": each.sign == "name", "basis": each.basis,
         "required": each.required, "value": state.signed.get(each.id, ""), "error": errors.get(each.id, "")}
        for each in form.declarations
    ]  # fmt: skip
    context = {
        "name": form.form, "title": told_name(declared), "about": say(form.about), "key": state.key, "steps": steps,
        "signing": signing, "words": _words(), "areas": _areas(request),
        "defects": [(each.field, f"{say(each.what)} {say(each.remedy)}".strip()) for each in state.defects],
    }  # fmt: skip
    answer = render(request, "faces/public/form.html", context, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _field(declared: DeclaredForm, name: str, state: FormState, error: str, here: World) -> FilledField:
    rule = declared.form.fields[name]
    told = [say(rule.about)] if rule.about else []
    told += [say(WORDS["not_asked"])] if rule.issuer else []
    told += [say(WORDS["from_register"])] if rule.source else []
    told += [f"{say(WORDS['files'])} {rule.most}"] if rule.attached and rule.most > 1 else []
    asked = "；".join(condition_text(declared.form, each, language()) for each in rule.show)
    return FilledField(
        name, input_for(declared, name, state.texts.get(name, ""), here), " ".join(told),
        f"{say(WORDS['only_if'])}{asked}" if asked else "", json.dumps(shown_condition(declared, name)), error,
        tuple(state.uploads.get(name, ())), rule.most if rule.attached else 0, unit_shown(rule.unit), rule.personal,
    )  # fmt: skip


def _areas(request: HttpRequest) -> list[str]:
    here = world(request)
    return [here.names.area(area.code) for area in here.registers.areas.at_level("street")]


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}


def _draft(request: HttpRequest, form: str) -> UUID | None:
    known = request.session.get(SESSION, {}).get(form)
    return UUID(known) if known else None


def _remember(request: HttpRequest, form: str, draft: UUID) -> None:
    request.session[SESSION] = {**request.session.get(SESSION, {}), form: str(draft)}


def _forget(request: HttpRequest, form: str) -> None:
    if draft := _draft(request, form):
        drafts.drop_draft(draft)
        request.session[SESSION] = {key: value for key, value in request.session[SESSION].items() if key != form}
