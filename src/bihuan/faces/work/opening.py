"""Opening a case of any programme by hand: the form is drawn from the declaration of the case type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.declare.fieldtype import Plain, Words
from bihuan.faces.parts import drafts, media
from bihuan.faces.parts.forms import FormInput, FormReader, UnreadableField, input_of, read_text
from bihuan.faces.parts.language import say
from bihuan.faces.parts.openable import may_open
from bihuan.faces.parts.options import Options, area_reader, category_groups, streets, unit_options, unit_reader
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.fields import URGENCIES
from bihuan.loop.kernel.form_rules import FieldRule
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.keys import bound, digest_of
from bihuan.loop.models import CaseRow, MediaRow
from bihuan.loop.programmes import all_programmes
from bihuan.registers.pure.ids import new_id
from bihuan.subjects.catalogue import subject_types

PREFIX = "field-"
PLACE = Plain("place", Words("位置", "Position"), "place")
CHANNEL_OF = {"patrol": "inspector", "gate": "web", "complaint": "hotline"}


@requires()
def new(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """The form of a case type; sent twice it has one effect.

    Raises:
        PermissionDenied: the declaration lets none of this person's roles open such a case.

    Source: docs/topics/faces.md ("One form renderer": a case type's own fields)
    """
    here = world(request)
    programme, rules = declared(key, kind)
    if not may_open(here.actor, rules):
        raise PermissionDenied(_("Your role may not open such a case; the programme page says which may."))
    errors: dict[str, str] = {}
    if request.method != "POST" and here.facts.retired(key, here.now):
        return redirect("programme", key)  # which says since when, and why
    if request.method == "POST":
        number, errors = _send(request, here, programme, kind, rules)
        if number:
            messages.success(request, _("Opened: %(number)s") % {"number": number})
            seen = CaseRow.objects.filter(number=number).exists()
            return redirect("case" if seen else "home", *([number] if seen else []))
    given = request.POST or drafts.words_for(request)
    kept = drafts.kept_files(request)
    context = {
        "programme": programme,
        "rules": rules,
        "inputs": [replace(i, value=given.get(i.name, ""), kept=kept.get(i.name, "")) for i in inputs(rules, key)],
        "key": given.get("key") or str(new_id()),
        "errors": errors,
        "areas": streets(here.names),
        "units": unit_options(here.names),
    }
    return render(request, "faces/work/new_case.html", context, status=422 if errors else 200)


def declared(key: str, kind: str) -> tuple[Programme, CaseType]:
    """The declaration of a case type.

    Raises:
        Http404: there is no such programme or case type.

    Source: docs/topics/faces.md ("One form renderer": a case type's own fields)
    """
    programme = all_programmes().get(key)
    rules = programme.cases.get(kind) if programme else None
    if programme is None or rules is None:
        raise Http404(_("There is no programme %(key)s.") % {"key": f"{key}/{kind}"})
    return programme, rules


def inputs(rules: CaseType, programme: str) -> list[FormInput]:
    """What the form asks: the words, the place, and every field the declaration names.

    Source: docs/topics/faces.md ("One form renderer": a case type's own fields)
    """
    asked = [
        FormInput("text", _("What is it about?"), "textarea", True),
        _subject(rules),
        FormInput("area", _("Place"), "text", rules.shape != "complaint", list="areas"),
        input_of(PLACE, Options()),
    ]
    if rules.categories:
        asked.insert(1, FormInput("category", _("Category"), "category", False, category_groups(programme)))
    if len(rules.urgencies) > 1:
        choices = [(u, say(URGENCIES[u]) if u in URGENCIES else u) for u in rules.urgencies]
        asked.append(FormInput("urgency", _("Urgency"), "select", False, [("", "—"), *choices]))
    asked += [_field(name, rule) for name, rule in rules.fields.items()]
    if rules.gate:
        asked += [
            FormInput(PREFIX + n, say(label), "text", True)
            for n, label in rules.gate.requires.items()
            if n not in rules.fields
        ]
    if rules.gate is None:
        asked.append(FormInput("photo", _("Photo"), "file", False))
    return asked


def _subject(rules: CaseType) -> FormInput:
    """What it is about: the key of a subject of the declared type, or whatever a person calls it."""
    if rules.about is None:
        return FormInput("subject", _("Asset, site or member it concerns"), "text", rules.admission is not None)
    kind = subject_types().get(rules.about.subject)
    label = rules.about.subject if kind is None else say(kind.name)
    if kind is not None and kind.key in kind.fields:
        label = f"{label} · {say(kind.fields[kind.key].name)}"
    return FormInput("subject", label, "text", rules.about.required)


def plain_field(name: str, rule: FieldRule) -> Plain:
    """A field of a form, as its type knows it.

    Source: docs/topics/faces.md ("One form renderer": a case type's own fields)
    """
    choices = tuple((code, Words(each.zh, each.en)) for code, each in rule.choices.items())
    return Plain(PREFIX + name, Words(rule.name.zh, rule.name.en), rule.field_type, rule.required, choices)


def _field(name: str, rule: FieldRule) -> FormInput:
    shown = input_of(plain_field(name, rule), Options())
    return replace(shown, kind="select", choices=[("", "—"), *shown.choices]) if rule.type == "choice" else shown


def _send(
    request: HttpRequest, here: World, programme: Programme, kind: str, rules: CaseType
) -> tuple[str, dict[str, str]]:
    """(number of the new case, errors by field)."""
    sent = request.POST
    files, refused = _files(request, here)
    drafts.keep_files(request, files)  # a wrong word elsewhere in the form does not cost the photographs
    if refused:
        return "", refused
    try:
        area = area_reader(here.names)(sent["area"]) if sent.get("area") else None
        place = read_text(PLACE, sent["place"], _reader(here)) if sent.get("place") else None
        fields = _fields(sent, files, rules, _reader(here))
    except UnreadableField as error:
        return "", {error.name: str(error)}
    photos = [row.sha256 for row in files.values()]
    if sent.get("area") and area is None:
        return "", {"area": _("There is no place “%(text)s”; choose one of the list.") % {"text": sent["area"]}}
    text = sent.get("text", "").strip()
    if not text:
        return "", {"text": _("Please say in a sentence what is wrong.")}
    words = {n: v for n, v in sent.items() if not n.startswith(("csrf", drafts.KEPT))}
    said = digest_of(programme.id, kind, words, photos)
    key = bound("face", here.actor.id, f"{sent.get('key') or new_id()}|{said.hex()}")
    report = NewReport(
        key=key, programme=programme.id, kind=kind,
        channel=CHANNEL_OF[rules.shape], at=here.now, title=text.splitlines()[0][:60], text=text,
        category=sent.get("category") or None, urgency=sent.get("urgency") or None, area=area,
        place=(place[0], place[1]) if place else None, subject=sent.get("subject") or None,
        fields=fields, media=tuple(photos),
    )  # fmt: skip
    (receipt,) = receive([report], actor=here.actor, facts=here.facts)
    if receipt.refusal:
        name = (receipt.refusal.field or "form").replace("fields.", PREFIX)
        return "", {name: say(receipt.refusal.text)}
    return receipt.number, {}


def _reader(here: World) -> FormReader:
    """How texts become values before there is a case."""
    return FormReader(
        here.zone, unit_reader(here.names), area_reader(here.names), lambda number: None, lambda name, upload: {},
        here.actor.id, here.now,
    )  # fmt: skip


def _fields(sent: QueryDict, files: dict[str, MediaRow], rules: CaseType, reader: FormReader) -> dict[str, Any]:
    """Values of the declared fields; of a photograph its hash.

    Raises:
        UnreadableField: a text that is not of its field's type.
    """
    texts = {n.removeprefix(PREFIX): str(sent[n]).strip() for n in sent if n.startswith(PREFIX)}
    pictures = {n.removeprefix(PREFIX): row.sha256 for n, row in files.items() if n.startswith(PREFIX)}
    given = {name: text for name, text in texts.items() if text and name not in pictures}
    typed = {name: rule for name in given if (rule := rules.fields.get(name)) is not None}
    return {**given, **{n: read_text(plain_field(n, rule), given[n], reader) for n, rule in typed.items()}, **pictures}


def _files(request: HttpRequest, here: World) -> tuple[dict[str, MediaRow], dict[str, str]]:
    """The files of a form by input, chosen now or kept from the last try, and why one cannot be taken."""
    files, refused = drafts.files_for(request), {}
    for name in request.FILES:
        (upload,) = request.FILES.getlist(name)[:1]
        try:
            files[name] = media.keep(upload, here.actor.id, here.now, here.registers.district.code, zone=here.zone)
        except media.BadUpload as error:
            refused[name] = str(error)
    return files, refused
