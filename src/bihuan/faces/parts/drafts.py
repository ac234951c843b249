"""Words that could not be sent yet: kept sealed for two hours, so that no refusal, log-in or language switch loses one.

A draft belongs to one browser session (the session holds its id and nothing else) and to the address it was sent to.
It is sealed like an identity, because people write names and numbers into forms;
passwords and access codes are never kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bihuan.faces.models import FormDraft
from bihuan.faces.parts import media
from bihuan.loop.kernel.table import table
from bihuan.loop.models import MediaRow
from bihuan.registers.identity import sealer
from bihuan.registers.pure.ids import new_id

SESSION = "drafts"
UPLOADS, NAMED = "bihuan_kept_uploads", "bihuan_kept_files"
KEPT = "kept-"  # before the name of a file input: which stored file it stands for
LIFE = timedelta(hours=2)
MOST_CHARACTERS = 40_000
MOST_DRAFTS = 5  # per session; the oldest goes
SHORTEST = 3  # what has fewer characters is a choice, not words
NEVER = frozenset({"csrfmiddlewaretoken", "password", "code", "receipt", "login"})
SPOKEN = frozenset({"text", "purpose", "summary", "address"})  # beside the words that steps ask for
OUTSIDE = ("/api/", "/accounts/", "/i18n/", "/track/leave/")


class KeptDraft(NamedTuple):
    """One interrupted form: where it was to go, what it said (spoken words first), and everything else it held."""

    action: str
    words: list[tuple[str, str]]
    rest: list[tuple[str, str]]


def page_of(request: HttpRequest) -> str:
    """The page that shows the form of an address: itself, or, when it only acts, the page it leads back to.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    match = request.resolver_match
    back: Callable[[Mapping[str, Any]], str] | None = getattr(match.func, "back", None) if match else None
    return back(match.kwargs) if match and back else request.path


def note(request: HttpRequest, response: HttpResponseBase) -> None:
    """After a POST: keep its words when it was refused or met a log-in, forget them when it took effect.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    if request.method != "POST" or request.path.startswith(OUTSIDE):
        return
    if _interrupted(response):
        keep(request)
    elif response.status_code < 400 and request.path in request.session.get(SESSION, {}):
        drop_draft(request, request.path)


def keep(request: HttpRequest) -> None:
    """Keep what a request posted, unless there is nothing in it or far too much.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    posted = ((k, v) for k, listed in request.POST.lists() for v in listed)
    values = [(k, v) for k, v in posted if v and k not in NEVER and not k.startswith(KEPT)]
    values += [(KEPT + name, str(row.pk)) for name, row in getattr(request, NAMED, {}).items()]
    body = json.dumps({"action": request.get_full_path(), "values": values}, ensure_ascii=False)
    uploads: list[str] = getattr(request, UPLOADS, [])
    if not (values or uploads) or len(body) > MOST_CHARACTERS:
        return
    known: dict[str, dict[str, str]] = request.session.get(SESSION, {})
    key = UUID(known[request.path]["id"]) if request.path in known else new_id()
    now = datetime.now(UTC)
    sealed = sealer().seal({"note": body}, SESSION, key)
    FormDraft.objects.update_or_create(
        pk=key, defaults={"sealed": sealed, "key_id": sealer().current_id, "uploads": uploads, "until": now + LIFE}
    )
    others = [(path, entry) for path, entry in known.items() if path != request.path][-MOST_DRAFTS + 1 :]
    request.session[SESSION] = dict([*others, (request.path, {"id": str(key), "page": page_of(request)})])


def drop_draft(request: HttpRequest, path: str) -> None:
    """Drop the draft of an address. Source: docs/topics/faces.md ("Nothing written is lost")."""
    known = dict(request.session.get(SESSION, {}))
    if entry := known.pop(path, None):
        FormDraft.objects.filter(pk=UUID(entry["id"])).delete()
        request.session[SESSION] = known


def keep_photos(request: HttpRequest, rows: Sequence[MediaRow]) -> None:
    """Let the draft of this request remember photographs that are stored already.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    setattr(request, UPLOADS, [str(row.pk) for row in rows])


def keep_files(request: HttpRequest, rows: Mapping[str, MediaRow]) -> None:
    """Let the draft of this request remember files that are stored already, by the name of their input.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    setattr(request, NAMED, dict(rows))
    keep_photos(request, list(rows.values()))


def kept_files(request: HttpRequest) -> dict[str, str]:
    """Input name → id of the file that stands for it: kept by this very request, or from the last try.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    if named := getattr(request, NAMED, None):
        return {name: str(row.pk) for name, row in named.items()}
    return {name.removeprefix(KEPT): v for name, v in words_for(request).items() if name.startswith(KEPT)}


def files_for(request: HttpRequest) -> dict[str, MediaRow]:
    """The kept files that a sent form still wants, by the name of their input; only what this browser kept itself.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    wanted = {n.removeprefix(KEPT): str(value) for n, value in request.POST.items() if n.startswith(KEPT)}
    known = {str(row.pk): row for row in photos_for(request, list(wanted.values()))} if wanted else {}
    return {name: known[key] for name, key in wanted.items() if key in known}


def holds(request: HttpRequest, key: UUID) -> bool:
    """Whether a draft of this browser keeps this file. Source: docs/topics/faces.md ("Nothing written is lost")."""
    ids = [UUID(entry["id"]) for entry in request.session.get(SESSION, {}).values()]
    found = FormDraft.objects.filter(pk__in=ids, until__gte=datetime.now(UTC)).values_list("uploads", flat=True)
    return any(str(key) in uploads for uploads in found)


def photos_for(request: HttpRequest, chosen: Sequence[str] | None = None) -> list[MediaRow]:
    """The photographs kept for the form of this address that belong to no case yet.

    Args:
        chosen: Ids the person still wants; None: all that were kept.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    entry = request.session.get(SESSION, {}).get(request.path)
    row = FormDraft.objects.filter(pk=UUID(entry["id"]), until__gte=datetime.now(UTC)).first() if entry else None
    wanted = [key for key in (row.uploads if row else []) if chosen is None or key in chosen]
    found = {str(one.pk): one for one in MediaRow.objects.filter(pk__in=wanted, case_id__isnull=True)}
    return [found[key] for key in wanted if key in found]


def words_for(request: HttpRequest) -> dict[str, str]:
    """What was written into the form of this very address before; empty when nothing is kept.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    entry = request.session.get(SESSION, {}).get(request.path) if request.method == "GET" else None
    opened = _open(entry["id"]) if entry else None
    return dict(opened["values"]) if opened else {}


def waiting(request: HttpRequest) -> KeptDraft | None:
    """The interrupted form of an acting address that leads back to the page being shown.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    known = request.session.get(SESSION, {}) if hasattr(request, "session") and request.method == "GET" else {}
    for path, entry in known.items():
        if entry["page"] == request.path and path != request.path and (opened := _open(entry["id"])):
            return sorted_out(opened["action"], opened["values"])
    return None


def sorted_out(action: str, values: list[Any]) -> KeptDraft:
    """Values of a form as words for a person to read and the rest.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    words = table().asked_words | SPOKEN
    spoken = [(k, v) for k, v in values if k in words and len(v) >= SHORTEST]
    return KeptDraft(action, spoken, [(k, v) for k, v in values if (k, v) not in spoken])


def sweep(batch: int = 500) -> int:
    """Drop drafts whose time is over; returns how many.

    Source: docs/topics/faces.md (kept sealed for two hours); docs/adr/0244.
    """
    over = list(FormDraft.objects.filter(until__lt=datetime.now(UTC))[:batch])
    left = [key for draft in over for key in draft.uploads]
    for row in MediaRow.objects.filter(pk__in=left, case_id__isnull=True):
        media.discard(row.pk)  # chosen for a form that was never sent
    return FormDraft.objects.filter(pk__in=[draft.pk for draft in over]).delete()[0]


def _interrupted(response: HttpResponseBase) -> bool:
    if response.status_code == 302:
        return str(response.headers.get("Location", "")).startswith(settings.LOGIN_URL)
    return response.status_code == 422 or getattr(response, "keeps_words", False)


def _open(key: str) -> dict[str, Any] | None:
    row = FormDraft.objects.filter(pk=UUID(key), until__gte=datetime.now(UTC)).first()
    if row is None:
        return None
    opened: dict[str, Any] = json.loads(sealer().unseal(bytes(row.sealed), row.key_id, SESSION, row.pk)["note"])
    return opened
