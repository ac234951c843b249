"""What happens together with an event: within the transaction that stores it, or the step is refused.

Another room's part (an amount that is reserved for what is approved) is done before the event is written; when it
cannot be done, nothing of the step is. A group that fails takes back what its earlier orders had done.
Source: docs/adr/0363-together-with-an-event.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction

from bihuan.extend import COMPANIONS, Companion, JoinedEvent
from bihuan.loop.kernel.model import Case, Event, Refusal, Text

type Wanted = dict[tuple[str, str], list[Companion]]


class Companions:
    """The companions of one append; asked for once."""

    def __init__(self) -> None:
        self._wanted: Wanted = {}
        for each in COMPANIONS.all():
            for concerned in each.wanted():
                self._wanted.setdefault(concerned, []).append(each)

    def join(self, case: Case, events: Sequence[Event]) -> Refusal | None:
        """Let every companion do its part; the refusal of the first that cannot, with nothing done.

        Args:
            case: As these events leave it. events: Of one step, not stored yet.

        Source: docs/adr/0363-together-with-an-event.md.
        """
        due = [(each, event) for event in events for each in self._wanted.get((case.programme, event.kind), ())]
        if not due:
            return None
        with undone_unless_kept() as kept:
            for companion, event in due:
                told = JoinedEvent(
                    event.kind, event.occurred_at, case.programme, case.number, event.version, event.data, case.kept
                )
                if (refused := companion.join(told)) is not None:
                    code, zh, en = refused
                    return Refusal(code, Text(zh, en))
            kept()
        return None

    @contextmanager
    def together(self, orders: int) -> Iterator[KeepAll]:
        """A group of orders: what companions did for it is undone unless it is kept.

        Args:
            orders: How many; one alone undoes its own.

        Source: docs/adr/0363-together-with-an-event.md.
        """
        if orders == 1 or not self._wanted:
            yield KeepAll()
            return
        with undone_unless_kept() as kept:
            yield kept


class KeepAll:
    """Says that what was done within a block stays."""

    def __init__(self) -> None:
        self.said = False

    def __call__(self) -> None:
        """Keep it."""
        self.said = True


@contextmanager
def undone_unless_kept() -> Iterator[KeepAll]:
    """A savepoint that is rolled back unless somebody says that it stays.

    Source: docs/adr/0363-together-with-an-event.md.
    """
    kept = KeepAll()
    with transaction.atomic():
        yield kept
        if not kept.said:
            transaction.set_rollback(True)
