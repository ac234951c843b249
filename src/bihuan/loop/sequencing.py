"""The log's sequencer as a loop of the house: a leaf that cannot enter the tree is shown like everything set aside.

Which leaves are held and what waits behind them is the log's own matter (`bihuan.ledger.holding`).
"""

from uuid import UUID

from bihuan.ledger import holding, store
from bihuan.loop import scope, stuck
from bihuan.loop.models import CaseRow, EventRow
from bihuan.registers.live import default_district
from bihuan.registers.pure.errors import RegisterError

LOOP = "sequencer"


def sequence(limit: int) -> int:
    """Move queued leaves into the tree; held ones are tried again when their pause is over. Returns how many moved.

    Source: docs/topics/ledger.md, "One leaf that cannot enter"; docs/adr/0200.
    """
    try:
        scope.ensure(default_district())
    except RegisterError:
        return store.sequence_leaves(
            limit
        )  # without a district there are statements at most, and no page to show them on
    resting, known = stuck.resting(LOOP)
    holding.release_leaves([UUID(subject) for subject in known - resting])
    done = store.sequence_leaves(limit)
    held = holding.held_leaves()
    for event, reason in held.items():
        if str(event) not in resting:
            stuck.set_aside(LOOP, str(event), _number(event), reason)
    stuck.mended(LOOP, known - {str(event) for event in held})
    return done


def _number(event: UUID) -> str:
    cases = EventRow.objects.filter(pk=event).values("case_id")
    return CaseRow.objects.filter(pk__in=cases).values_list("number", flat=True).first() or ""
