"""What the worker would do meanwhile: effects reach the registers, silence is noticed, watches look, sensors verify.

Source: docs/topics/play.md, "Meanwhile".
"""

from __future__ import annotations

from datetime import datetime

from bihuan.books.posting_rules import follow_events as post_next
from bihuan.documents.orders.course import OBLIGED
from bihuan.documents.orders.drafting import draft_after_events, end_after_events
from bihuan.documents.orders.models import OrderEvent
from bihuan.documents.orders.obliging import follow_obligations
from bihuan.effects.following import follow_events
from bihuan.handovers.catalogue import known_handovers
from bihuan.handovers.posting import post_handover
from bihuan.loop.facts import LoopFacts
from bihuan.loop.sequencing import sequence
from bihuan.numbers.keeping import catch_up
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.series.background import follow_all, notice_silence
from bihuan.series.catalogue import current_catalogue as current_series
from bihuan.watches.catalogue import current_catalogue
from bihuan.watches.observing import look_after_closing, verify_observed
from bihuan.watches.running import run_watches

BATCH = 50_000


def number_events() -> None:
    """Put what happened into the log. Source: docs/topics/ledger.md."""
    while sequence(BATCH):
        pass


def keep_numbers(now: datetime) -> None:
    """Count what the log has brought since, as the worker's loop of numbers does.

    Source: docs/topics/indicators.md, "Kept numbers".
    """
    number_events()
    with in_district(default_district()):
        catch_up(now=now)


def write_effects(now: datetime) -> None:
    """Put what happened into the log, and write what it means for registers and books.

    Source: docs/adr/0295-effects.md; docs/topics/books.md, "Rules".
    """
    number_events()
    district = default_district()
    with in_district(district):
        while post_next():
            pass
        while follow_events(district, now):
            pass


def post_handovers(programme: str, now: datetime) -> None:
    """Bring the books that follow a programme's handovers up to what both sides say.

    Source: docs/topics/handovers.md, "The book".
    """
    district = default_district()
    for each in known_handovers().found.values():
        if each.programme == programme:
            with in_district(district):
                post_handover(each, district, now)


def follow_series(now: datetime) -> None:
    """Notice who is silent, and work out what hangs on values. Source: docs/adr/0256 (4), docs/adr/0257."""
    district, catalogue = default_district(), current_series()
    if catalogue.series:
        notice_silence(district, catalogue, now)
        follow_all(district, catalogue, now)


def follow_orders(programme: str, facts: LoopFacts) -> int:
    """Draft and end the orders of a programme that events ask for, open and lift what they ask; returns cases opened.

    Source: docs/topics/orders.md, "Drafted by what happens", "Obligations".
    """
    with in_district(default_district()):
        before = OrderEvent.objects.filter(kind=OBLIGED).count()
        draft_after_events(facts, programme)
        end_after_events(facts, programme)
        follow_obligations(facts, programme)
        return OrderEvent.objects.filter(kind=OBLIGED).count() - before


def let_sensors_verify(facts: LoopFacts) -> int:
    """Close what the series of its subject verifies; returns how many cases.

    Source: docs/adr/0284-verification-by-observation.md.
    """
    return verify_observed(facts)


def look_at_closed(facts: LoopFacts, before: datetime) -> int:
    """Reopen closed cases under observation that are seen again; returns how many cases.

    Args:
        before: When it was looked last.

    Source: docs/adr/0284-verification-by-observation.md (4).
    """
    return look_after_closing(facts, before)


def let_watches_look(programme: str, now: datetime, facts: LoopFacts) -> int:
    """Let every watch of a programme look once; returns how many cases they opened.

    Source: docs/topics/watches.md, "A run".
    """
    catalogue = current_catalogue()
    names = [name for name, watch in catalogue.watches.items() if watch.programme == programme]
    if not names:
        return 0
    run = run_watches(catalogue, now, names=names, facts=facts)
    return sum(1 for look in run.looks for each in look.opened if each.how == "opened" and each.case is not None)
