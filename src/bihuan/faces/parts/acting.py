"""Acting on a case from any page: the forms of what `actions` allows, and sending one as a command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.faces.parts import drafts, media, words
from bihuan.faces.parts.forms import ActionForm, FormReader, UnreadableField, build_form, read_form, refusal_errors
from bihuan.faces.parts.names import rules_of
from bihuan.faces.parts.options import Options, area_reader, category_groups, people_of, unit_reader
from bihuan.faces.parts.uploads import Upload
from bihuan.faces.parts.world import World
from bihuan.loop.attached import facts_of
from bihuan.loop.kernel.actions import Action, actions
from bihuan.loop.kernel.model import Case, Command, Data, Refusal
from bihuan.loop.kernel.requests import unasked
from bihuan.loop.kernel.table import by_hand, table
from bihuan.loop.keys import bound, digest_of
from bihuan.loop.models import CaseRow, MediaRow
from bihuan.loop.store import Order, append, visible_to
from bihuan.registers.pure.ids import new_id
from bihuan.suggestions.answers import answer_moved_cases
from bihuan.suggestions.taking import classification_data

OF_THE_FILE = "sha256"  # the field of a refusal that the file itself causes


def forms_for(here: World, case: Case, *, only: Sequence[str] = (), without: Iterable[str] = (), refused: bool = True,
              articles: Options | None = None) -> list[ActionForm]:  # fmt: skip
    """Return the forms of a case for this person: first what is possible, then (when `refused`) why the rest is not.

    Args:
        only: When given, just these commands in this order; `without`: never these.

    Source: docs/topics/faces.md ("No page decides": the page draws what `actions` answers)
    """
    wanted, unwanted = set(only), set(without)
    listed = [
        a
        for a in allowed(here, case)
        if by_hand(a.command)
        and a.command not in unwanted
        and (not wanted or a.command in wanted)
        and unasked(case, table().by_command[a.command].answers) is None
    ]
    options = options_for(here, case, listed, articles)
    url = reverse("case-act", args=[case.number])
    drawn = [
        build_form(a, f"{url}?command={a.command}", words.command(a.command), options, str(new_id())) for a in listed
    ]
    if wanted:
        drawn.sort(key=lambda form: list(only).index(form.command))
    possible = [f for f in drawn if f.possible]
    return [*possible, *(f for f in drawn if not f.possible and refused and not _of_another_desk(f, listed))]


def allowed(here: World, case: Case) -> list[Action]:
    """Return what `actions` answers for this person and case now; nothing when the programme is not installed.

    Source: docs/topics/faces.md ("No page decides": the page draws what `actions` answers)
    """
    programme, _rules = rules_of(case.programme, case.kind)
    return actions(programme, case, here.actor, here.now, here.facts) if programme else []


def options_for(here: World, case: Case, listed: Iterable[Action], articles: Options | None = None) -> Options:
    """Return the choices these actions need and no others.

    Source: docs/topics/faces.md ("No page decides": the page draws what `actions` answers)
    """
    types = {f.type if f.name != "indicator" else "indicator" for a in listed if a.possible for f in a.fields}
    programme, _rules = rules_of(case.programme, case.kind)
    unit = case.holder.id if case.holder and case.holder.kind == "unit" else here.actor.unit
    return Options(
        categories=category_groups(case.programme) if "category" in types else (),
        people=people_of(unit) if "person" in types and unit else (),
        articles=articles.articles if articles else (("", "—"),),
        indicators=[(i, here.names.indicator(i)) for i in programme.indicator_ids]
        if programme and "indicator" in types
        else (),
    )


def send_form(
    request: HttpRequest, here: World, case: Case, command: str, *, extra: Data | None = None
) -> dict[str, str]:
    """Read the sent form of `command` and append it; errors by field, empty when it took effect.

    Source: docs/adr/0050 (2); docs/topics/faces.md ("Once": a second click has one effect)
    """
    action = next((a for a in allowed(here, case) if a.command == command), None)
    if action is None or not by_hand(command):
        return {"form": _("This is not possible in the present state; the page shows what is.")}
    if not action.possible and action.refusal:
        return refusal_errors(action.refusal, action)
    files: dict[str, MediaRow] = {}
    try:
        data, private = read_form(
            action, request.POST, request.FILES, reader_for(here, case, drafts.files_for(request), files)
        )
    except UnreadableField as error:
        drafts.keep_files(request, files)
        return {error.name: str(error)}
    except media.BadUpload as error:
        return {"file": str(error)}
    with transaction.atomic():
        refusal = _append(here, case, action, {**data, **(extra or {})}, private, request.POST.get("key") or None)
        if refusal is None and files:
            MediaRow.objects.filter(pk__in=[row.pk for row in files.values()]).update(case_id=case.id)
    if refusal is None:
        return {}
    if refusal.field == OF_THE_FILE:
        for row in files.values():
            media.discard(row.pk)
    else:  # a wrong word elsewhere in the form does not cost the photograph
        drafts.keep_files(request, files)
    return refusal_errors(refusal, action)


def append_command(
    here: World, case: Case, action: Action, data: Data, private: Data, key: str | None
) -> dict[str, str]:
    """Append one command; errors by field, empty when it took effect (or had taken effect before).

    Source: docs/adr/0050 (2); docs/topics/faces.md ("Once": a second click has one effect)
    """
    refusal = _append(here, case, action, data, private, key)
    return refusal_errors(refusal, action) if refusal else {}


def _append(here: World, case: Case, action: Action, data: Data, private: Data, key: str | None) -> Refusal | None:
    order = Order(
        Command(action.command, here.actor, here.now, data, private or None),
        case.id,
        key=_bound(here, case, action.command, data, private, key) if key else None,
    )
    (result,) = append([order], facts=here.facts)
    return result.refusal


def _bound(here: World, case: Case, command: str, data: Data, private: Data, key: str) -> str:
    """A form's key stands for these values: sent twice they have one effect, other words after `back` have theirs."""
    said = {**data, "media": None, "signature": None}  # made anew by each sending of the same form
    return bound("face", here.actor.id, f"{key}|{digest_of(str(case.id), command, said, private).hex()}")


def take_suggestions(here: World, case: Case, kind: str, value: str, key: str | None) -> dict[str, str]:
    """Take suggestions by classifying under the person's name; errors by field, empty when it took effect.

    Args:
        kind: One question; empty: every one whose method has decided.
        value: The value picked of those offered; empty: the suggested one.

    Source: docs/topics/suggestions.md (a person takes, under their own name)
    """
    data = classification_data(case, kind, value)
    action = next((a for a in allowed(here, case) if a.command == "classify"), None)
    if not data:
        return {"form": _("There is nothing of the kind to take any more.")}
    if action is None:
        return {"form": _("This is not possible in the present state; the page shows what is.")}
    if not action.possible and action.refusal:
        return refusal_errors(action.refusal, action)
    errors = append_command(here, case, action, data, {}, key)
    if not errors:
        answer_moved_cases([case.id])
    return errors


def numbers_seen(here: World, ids: Iterable[str]) -> dict[str, str]:
    """Id → number of those of some cases that this person may see. Source: DESIGN §7 (visibility is one query)."""
    found = visible_to(here.actor).filter(pk__in=list(ids)).values_list("id", "number")
    return {str(key): number for key, number in found}


def reader_for(here: World, case: Case, kept: Mapping[str, MediaRow], files: dict[str, MediaRow]) -> FormReader:
    """Return how texts become values for this case.

    Args:
        kept: Files of an earlier try, by the name of their input.
        files: Filled with the files that this form names; they belong to the case once its command took effect.

    Source: docs/topics/declarations.md, "Field types".
    """

    def file(name: str, upload: Upload | None) -> Data:
        if upload is not None:
            files[name] = media.keep(upload, here.actor.id, here.now, here.registers.district.code, zone=here.zone)
        elif name in kept:
            files[name] = kept[name]
        return facts_of(files[name]) if name in files else {}

    def find(number: str) -> str | None:
        found = visible_to(here.actor).filter(number=number).values_list("id", flat=True).first()
        return str(found) if found else None

    return FormReader(here.zone, unit_reader(here.names), area_reader(here.names), find, file, here.actor.id, here.now)


def refill(
    forms: list[ActionForm],
    command: str,
    errors: Mapping[str, str],
    sent: Mapping[str, Any],
    kept: Mapping[str, str] | None = None,
) -> list[ActionForm]:
    """Return the forms again after a refusal: the refused one open, with what was written, chosen and wrong.

    Args:
        kept: Ids of files that were chosen, by the name of their input.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    return [
        replace(
            form,
            open=True,
            errors=errors,
            inputs=tuple(
                replace(i, value=str(sent.get(i.name, "")), kept=(kept or {}).get(i.name, "")) for i in form.inputs
            ),
        )
        if form.command == command
        else form
        for form in forms
    ]


def row_of(here: World, number: str) -> CaseRow | None:
    """Return the row of a case by number, if this person may see it. Source: DESIGN §7 (visibility is one query)."""
    return visible_to(here.actor).filter(number=number).first()


def case_id(row: CaseRow) -> UUID:
    """Return the id of a row as a UUID."""
    return UUID(str(row.id))


def _of_another_desk(form: ActionForm, listed: list[Action]) -> bool:
    """What plainly belongs to other roles is no news to this person; what is missing for their own work is."""
    action = next(a for a in listed if a.command == form.command)
    return action.refusal is not None and action.refusal.code == "not_yours"
