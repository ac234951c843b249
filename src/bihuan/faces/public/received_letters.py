"""One's own letters without an account: by number and check code, or from the page of one's report."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.documents.letters import delivering, reading
from bihuan.documents.letters.models import LetterRow
from bihuan.faces.parts.language import say
from bihuan.faces.parts.letters import WORDS, file_response, letter_context, letter_name, letter_words
from bihuan.faces.parts.world import World, world
from bihuan.server import limits

KEPT = "letter"
ADDRESSEE = "addressee"


def read(request: HttpRequest) -> HttpResponse:
    """Ask for number and check code, and open the letter in this browser.

    Source: docs/adr/0050 (7, the session holds an id, not the code).
    """
    world(request)
    number, errors = request.POST.get("number", request.GET.get("number", "")).strip()[:120], {}
    if request.method == "POST":
        if limits.seconds_to_wait(limits.TRACKING, limits.address_of(request)) or limits.seconds_to_wait(
            limits.CODES, number
        ):
            errors["code"] = say(WORDS["slower"])
        elif (row := reading.letter_by_code(number, request.POST.get("code", "")[:40])) is None:
            errors["code"] = say(WORDS["wrong"])
        else:
            request.session[KEPT] = str(row.id)
            return redirect("my-letter")
    context = {"words": letter_words(), "number": number, "errors": errors}
    return render(request, "faces/public/letter_read.html", context, status=422 if errors else 200)


def of_report(request: HttpRequest, key: UUID) -> HttpResponse:
    """Open a letter to the reporter whose report is open in this browser.

    Raises:
        Http404: it is not to this reporter.

    Source: docs/adr/0050 (7); docs/topics/letters.md, "Delivery".
    """
    world(request)
    report = request.session.get("report")
    row = LetterRow.objects.filter(pk=key, report_id=report).first() if report else None
    if row is None:
        raise Http404(_("There is nothing of that name."))
    request.session[KEPT] = str(row.id)
    return redirect("my-letter")


def mine(request: HttpRequest) -> HttpResponse:
    """The letter, every fact with its source, how the last day came about; opening it is its service.

    Source: docs/topics/letters.md, "Why did I get this".
    """
    here = world(request)
    row = _opened(request)
    if row is None:
        return redirect("letter-read")
    _serve(row, here)
    return render(request, "faces/public/letter_mine.html", letter_context(row, here, hide=False))


def file(request: HttpRequest, name: str) -> HttpResponse:
    """A file of the letter as it was sent.

    Raises:
        Http404: there is none of that name.

    Source: docs/topics/letters.md, "Delivery".
    """
    here = world(request)
    row = _opened(request)
    if row is None:
        return redirect("letter-read")
    answer = file_response(row, name)
    if answer is None:
        raise Http404(_("There is nothing of that name."))
    _serve(row, here)
    return answer


def letters_of_report(report: UUID) -> list[tuple[UUID, str, str]]:
    """Return key, name and number of the letters to a reporter, the newest first.

    Source: docs/topics/letters.md, "Delivery".
    """
    rows = LetterRow.objects.filter(report_id=report).order_by("-pk")[:50]
    return [(row.pk, letter_name(row), row.number["zh"]) for row in rows]


def _opened(request: HttpRequest) -> LetterRow | None:
    kept = request.session.get(KEPT)
    return LetterRow.objects.filter(pk=kept).first() if kept else None


def _serve(row: LetterRow, here: World) -> None:
    delivering.record_served(row, here.now, ADDRESSEE)
