"""Letters for staff: the list, one with its facts and deliveries, a file as it was sent, the post list."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.documents.letters import delivering, reading
from bihuan.documents.letters.models import LetterRow
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.letters import (
    STATUSES,
    WAYS,
    file_response,
    letter_context,
    letter_name,
    letter_words,
)
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.models import CaseRow
from bihuan.loop.store import visible_to
from bihuan.readers import CsvWriter
from bihuan.registers.isolation import in_district


@requires()
def list_page(request: HttpRequest) -> HttpResponse:
    """The letters that somebody may see, the newest first; no names.

    Source: docs/topics/letters.md, "Pages".
    """
    here = world(request)
    rows = reading.letters_for(here.actor, _uuid(request.GET.get("before", "")))
    lines = [(row, letter_name(row), row.number["zh"]) for row in rows]
    context = {
        "words": letter_words(),
        "lines": lines,
        "next": rows[-1].pk if len(rows) == reading.PAGE else None,
        "may_post": here.actor.may("reveal"),
    }
    return render(request, "faces/work/letters.html", context)


@requires()
def one_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One letter: what it says, without its addressee; facts with sources; what was sent when.

    Raises:
        Http404: there is none, or it is not theirs to see.

    Source: docs/topics/letters.md, "Pages".
    """
    here = world(request)
    row = _row(here, key)
    context = letter_context(row, here, hide=True)
    if not _reads_words(here, row):
        context |= {"body": None, "facts": []}
    context |= {
        "case": CaseRow.objects.filter(pk=row.case_id).values_list("number", flat=True).first() or ""
        if row.case_id
        else "",
        "deliveries": [
            (say(WAYS[each["way"]]), say(STATUSES[each["status"]]), _moment(each["at"]), each["detail"])
            for each in delivering.told_deliveries(row.id)
        ],
        "may_open": here.actor.may("reveal"),
        "may_record": here.actor.may("write"),
        "by_hand": [(status, say(STATUSES[status])) for status in sorted(delivering.BY_HAND)],
        "ways": [(way, say(WAYS[way])) for way in row.ways],
    }
    return render(request, "faces/work/letter.html", context)


@requires(may="reveal")
def file(request: HttpRequest, key: UUID, name: str) -> HttpResponse:
    """A file as it was sent, with its addressee; the look is on record.

    Raises:
        Http404: there is no such file, or it is not theirs to see.

    Source: docs/topics/registers.md, "Identity" (each look is on record).
    """
    here = world(request)
    row = _row(here, key)
    answer = file_response(row, name)
    if answer is None:
        raise Http404(_("There is nothing of that name."))
    delivering.open_addressee(row, here.facts, here.actor.id)
    return answer


@acts("letter", "key")
@requires(may="write")
def record(request: HttpRequest, key: UUID) -> HttpResponse:
    """Record a receipt, a mail or an envelope that came back.

    Source: docs/topics/letters.md, "Delivery" (by hand).
    """
    here = world(request)
    row = _row(here, key)
    way, status = request.POST.get("way", ""), request.POST.get("status", "")
    if way in row.ways and status in delivering.BY_HAND:
        with in_district(row.district_id):
            delivering.record_delivery(row, way, status, here.now, here.actor.id)
    return redirect("letter", key=key)


@acts("letters")
@requires(may="reveal")
def post_list(request: HttpRequest) -> HttpResponse:
    """The envelopes that wait, as CSV; each is recorded as handed over, each name as opened.

    Source: docs/topics/letters.md, "Delivery" (post list).
    """
    here = world(request)
    lines = delivering.take_post_list(here.facts, here.actor.id)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="post-list.csv"'
    answer.write("\ufeff")
    writer = CsvWriter(answer, ["number", "dated", "name", "address"], "\r\n")
    for line in lines:
        writer.write([line.number, line.dated, line.name, line.address])
    return answer


def _row(here: World, key: UUID) -> LetterRow:
    row = reading.letter_for(here.actor, key)
    if row is None:
        raise Http404(_("There is nothing of that name."))
    return row


def _reads_words(here: World, row: LetterRow) -> bool:
    if row.case_id is None:
        return here.actor.may("read_words")
    case = visible_to(here.actor).filter(pk=row.case_id).first()
    return (case is not None and case.words_seen) or bool(row.unit and row.unit in here.actor.units)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment(text: str) -> str:
    from datetime import datetime

    return moment(datetime.fromisoformat(text))
