"""Template tags: built assets, the ring, words, names and times."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bihuan.faces.parts import assets, drafts, language, people, ring, words
from bihuan.faces.parts.clocks import Dial
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.coded import REPORT_CHANNELS
from bihuan.loop.kernel.fields import URGENCIES
from bihuan.loop.kernel.model import Case
from bihuan.loop.kernel.states import STATE_NAMES
from bihuan.loop.programmes import folders_aside
from bihuan.server import beating
from bihuan.subjects.catalogue import subject_types

register = template.Library()


@register.simple_tag
def entry(name: str) -> SafeString:
    """Script and style tags of a built entry."""
    styles = format_html_join("", '<link rel="stylesheet" href="{}">', ((url,) for url in assets.styles(name)))
    scripts = format_html_join("", '<script type="module" src="{}"></script>', ((url,) for url in assets.scripts(name)))
    return SafeString(styles + scripts)


@register.simple_tag
def ring_svg(value: ring.Ring | Case, size: str = "large", late: bool = False) -> SafeString:
    """The ring as SVG; `size` is `large` (with tick and label) or `small` (decoration beside a text).

    Source: docs/topics/faces.md, "The ring".
    """
    shape = value if isinstance(value, ring.Ring) else ring.ring_of(value)
    return _drawn(tuple(s.status for s in shape.segments), shape.closed, language.say(shape.text), size, late)


@lru_cache(maxsize=512)
def _drawn(statuses: tuple[str, ...], closed: bool, label: str, size: str, late: bool) -> SafeString:
    """Drawn once: a list shows the same few rings again and again, and forty of them were a fifth of its time."""
    arcs = format_html_join(
        "", '<path class="{}" d="{}"/>', ((status, ring.arc(i)) for i, status in enumerate(statuses))
    )
    tick = SafeString('<path class="tick" d="M42 61l13 13 24-27"/>') if closed else ""
    late_class = " late" if late else ""
    return format_html(
        '<svg class="ring {}{}" viewBox="0 0 120 120" role="img" aria-label="{}"><title>{}</title>{}{}</svg>',
        size, late_class, label, label, arcs, tick,
    )  # fmt: skip


@register.simple_tag
def brand_ring() -> SafeString:
    """The mark beside the name: the ring with its gap. Source: docs/topics/faces.md, "The ring"."""
    shape = ring.example("signal", "triage", "dispatch", "handling", "evidence", "verification")
    arcs = format_html_join(
        "", '<path class="{}" d="{}"/>', ((s.status, ring.arc(i)) for i, s in enumerate(shape.segments))
    )
    return format_html('<svg class="ring" viewBox="0 0 120 120" aria-hidden="true">{}</svg>', arcs)


@register.filter
def say(text: Any) -> str:
    """A bilingual text in the reader's language."""
    return language.say(text)


@register.filter
def moment(at: datetime | str | None) -> str:
    """An instant in district time."""
    return language.moment(datetime.fromisoformat(at) if isinstance(at, str) else at)


@register.filter
def phone(written: str) -> str:
    """A stored phone as it is dialled: the number, and its extension in words. Source: RFC 3966 (`;ext=`)."""
    number, _, extension = written.partition(";ext=")
    return f"{number} {language.say(('转', 'ext.'))} {extension}" if extension else number


@register.filter
def iso(at: datetime | None) -> str:
    """An instant for the `datetime` attribute. Source: WHATWG HTML, the `datetime` attribute."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


@register.filter
def state_name(state: str) -> str:
    """The name of a state."""
    return language.say(STATE_NAMES[state]) if state in STATE_NAMES else state


@register.filter
def urgency_name(urgency: str) -> str:
    """The name of an urgency."""
    return language.say(URGENCIES[urgency]) if urgency in URGENCIES else urgency


@register.filter
def type_name(kind: str) -> str:
    """The name of a type of subjects."""
    found = subject_types().get(kind)
    return language.say(found.name) if found else kind


@register.filter
def command_name(command: str) -> str:
    """What a command is called on a button."""
    return words.command(command)


@register.filter
def channel_name(channel: str) -> str:
    """The name of a channel."""
    return language.say(REPORT_CHANNELS[channel]) if channel in REPORT_CHANNELS else channel


@register.simple_tag(takes_context=True)
def dial(context: dict[str, Any], due: datetime | None, started: datetime | None = None) -> Dial | None:
    """How a deadline stands against now. Source: docs/adr/0050 (3)."""
    return Dial.of(started, due, context.get("now") or datetime.now(UTC)) if due else None


@register.filter
def unit_name(key: str | None, names: Any) -> str:
    """The name of a unit."""
    return str(names.unit(key))


@register.filter
def area_name(code: str | None, names: Any) -> str:
    """The name of an area."""
    return str(names.area(code))


@register.filter
def category_name(code: str | None, names: Any) -> str:
    """The name of a category."""
    return str(names.category(code))


@register.filter
def person_name(actor: str | None, names: Any) -> str:
    """Who acted."""
    return str(names.person(actor))


@register.simple_tag(takes_context=True)
def staff_rooms(context: dict[str, Any]) -> list[people.Room]:
    """The pages of the navigation this person has work on. Source: docs/adr/0234 (rooms of a role)."""
    request = context.get("request")
    return people.rooms(request) if isinstance(request, HttpRequest) else []


@register.simple_tag
def upload_limit() -> int:
    """The largest file that is taken, in bytes; browsers refuse larger ones before they travel."""
    return int(settings.BIHUAN_MAX_UPLOAD_BYTES)


@register.simple_tag(takes_context=True)
def kept_form(context: dict[str, Any]) -> drafts.KeptDraft | None:
    """The interrupted form that belongs to this page, if any.

    Source: docs/topics/faces.md ("Nothing written is lost")
    """
    request = context.get("request")
    return drafts.waiting(request) if isinstance(request, HttpRequest) else None


@register.filter
def role_name(code: str, names: Any) -> str:
    """The name of a role."""
    return str(names.role(code))


@register.filter
def split_words(text: str) -> list[str]:
    """Words of a literal, for a short loop."""
    return text.split()


@register.filter
def shape_name(shape: str) -> str:
    """The name of a shape."""
    return language.say(words.SHAPES[shape]) if shape in words.SHAPES else shape


@register.simple_tag
def pending_words(key: str, case: Case, names: Any, written: Any = None) -> str:
    """What was asked for, with its reason where the reader may read words (`written`, by request).

    Source: docs/adr/0234 (capability `read_words`)
    """
    return words.asked(key, case, names, (written or {}).get(key))


@register.filter
def part_name(part: str) -> str:
    """The name of a part of a rate."""
    return language.say(words.PARTS[part]) if part in words.PARTS else part


@register.filter
def class_name(name: Any) -> str:
    """The name of a rank class, which comes as a mapping of languages."""
    return str(name[language.language()]) if isinstance(name, dict) else str(name or "–")


@register.filter
def event_names(kinds: tuple[str, ...]) -> str:
    """Kinds of events by the names of the commands that cause them."""
    return language.say(("、", ", ")).join(words.event_name(kind) for kind in kinds)


@register.filter
def within_words(within: Any, about: Any = None) -> str:
    """A declared span such as `7 working days`, or the field of the register that names the day."""
    if isinstance(within, str):
        return words.within(within)
    kind = subject_types().get(about.subject) if about is not None else None
    field = kind.fields.get(within.day) if kind is not None else None
    return language.say(words.UNTIL_DAY).format(language.say(field.name) if field is not None else within.day)


@register.inclusion_tag("faces/parts/silence.html", takes_context=True)
def silence_banner(context: dict[str, Any]) -> dict[str, Any]:
    """For staff: which background work is silent, since when, and what to do; nothing when all is heard.

    Source: docs/topics/operations.md, "Watching".
    """
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return {"silent": []}
    spoken = language.language()
    return {"silent": [(silence.sentence[spoken], silence.remedy[spoken]) for silence in beating.shown_silences()]}


@register.simple_tag(takes_context=True)
def programmes_set_aside(context: dict[str, Any]) -> list[tuple[str, str]]:
    """Programme folders that are not in use, for staff until it is mended; with what is wrong for their keeper.

    Source: DESIGN §4 (a faulty folder is set aside)
    """
    found = folders_aside()
    request = context.get("request")
    keeper = bool(found) and request is not None and world(request).actor.may("keep")
    return [(folder.name, str(error.problems[0]) if keeper else "") for folder, error in found.items()]
