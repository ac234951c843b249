"""The judge of entries: one by one, whole or not at all, with the first reason that applies.

The one judge of the house: a file (`bihuan calc journal`) and the poster of the books, which fills it from locked rows,
ask it; the database repeats what it must hold whoever writes (`books.guards`). Amounts are whole numbers of the unit's
smallest part; a line's amount is positive for debit and negative for credit; so are standings. One look finds every
reason against a draft, the declared order picks the one that is told.

Source: DESIGN §14 (Σ = 0 per entry and unit; limits; reversed, never edited); docs/adr/0260-books.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from bihuan.faults import Fault

type Key = str
"""The number of an entry: of its book, a slash, and its own."""


class Reason(StrEnum):
    """Why an entry is refused."""

    NUMBER_USED = "number_used"
    UNKNOWN_ACCOUNT = "unknown_account"
    ONE_SIDE_ONLY = "one_side_only"
    NOT_POSITIVE = "not_positive"
    UNIT = "unit"
    UNBALANCED = "unbalanced"
    REVERSES_NOTHING = "reverses_nothing"
    REVERSED_BEFORE = "reversed_before"
    NOT_A_MIRROR = "not_a_mirror"
    UNKNOWN_REF = "unknown_ref"
    PERIOD_CLOSED = "period_closed"
    NOT_HELD = "not_held"
    BELOW_FLOOR = "below_floor"
    ABOVE_CEILING = "above_ceiling"


ORDER: tuple[Reason, ...] = tuple(Reason)
"""The order in which reasons are looked for, unless a book declares another."""


class PostedLine(NamedTuple):
    """One line as somebody wrote it.

    Args:
        account: Key of the account.
        debit, credit: Smallest units; None for an empty side, 0 for what is no amount.
        unit: As written.
    """

    account: str
    debit: int | None
    credit: int | None
    unit: str

    @property
    def amount(self) -> int:
        """Signed: positive for debit. Source: docs/adr/0260 (2, 4)."""
        return (self.debit or 0) - (self.credit or 0)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that asks to be posted.

    Args:
        key: Its number, which makes it single.
        day: The day it belongs to.
        lines: In order.
        ref: Key of the earlier entry it rests on (a payment its contract), or empty.
        reverses: Key of the entry it mirrors, or empty.
        restates: Why it changes a closed period, or empty.
        hold: Key of the reservation it posts from, or empty.
        kind: The declared kind, or empty.
        book: The book, whose rules judge it.
        pending: It reserves its two lines instead of posting them.
    """

    key: Key
    day: date
    lines: tuple[PostedLine, ...]
    ref: Key = ""
    reverses: Key = ""
    restates: str = ""
    hold: Key = ""
    kind: str = ""
    book: str = ""
    pending: bool = False


@dataclass(frozen=True, slots=True)
class BookRules:
    """What a book demands of its entries.

    Args:
        order: In which reasons are looked for.
        closed_until: The last closed day, or None.
        refs: Whether an entry may rest only on an entry of the journal.
    """

    order: Sequence[Reason] = ORDER
    closed_until: date | None = None
    refs: bool = False


@dataclass(slots=True)
class Standing:
    """Where an account stands, in smallest units, debit positive.

    Args:
        unit: What is counted. normal: 1 when its balance is a debit, else -1.
        posted: Σ of its lines. pending_debit, pending_credit: reserved and not yet posted; both positive.
        floor, ceiling: Bounds of the balance on the normal side; None for none.
    """

    unit: str
    normal: int = 1
    posted: int = 0
    pending_debit: int = 0
    pending_credit: int = 0
    floor: int | None = None
    ceiling: int | None = None

    @property
    def balance(self) -> int:
        """On the normal side. Source: docs/adr/0260 (2, 4)."""
        return self.posted * self.normal

    def least(self) -> int:
        """The balance if of everything reserved only what lowers it were posted. Source: docs/adr/0260 (2, 4)."""
        return self.balance - (self.pending_credit if self.normal > 0 else self.pending_debit)

    def most(self) -> int:
        """The balance if of everything reserved only what raises it were posted. Source: docs/adr/0260 (2, 4)."""
        return self.balance + (self.pending_debit if self.normal > 0 else self.pending_credit)


@dataclass(slots=True)
class HeldAmount:
    """A reservation as the judge sees it: what is left of an amount between two accounts."""

    debit: str
    credit: str
    left: int


class Verdict(NamedTuple):
    """What became of a draft: `posted`, `repeated` (identical, no effect) or `refused` with a reason."""

    state: str
    reason: Reason | None = None


HOUSE_RULES = BookRules()
POSTED, REPEATED = Verdict("posted"), Verdict("repeated")


class ReasonOrderError(Fault):
    """A declared order of reasons leaves one out or names one twice."""

    remedy = f"list each of these once: {', '.join(ORDER)}"


@dataclass(slots=True)
class Journal:
    """A journal in memory.

    Args:
        standings: By account key.
        entries: What was posted, by number.
        reversed: Numbers that were reversed.
        holds: Reservations by number.
        rules: By book; a book without any follows the house's.
    """

    standings: dict[str, Standing]
    entries: dict[Key, Draft] = field(default_factory=dict)
    reversed: set[Key] = field(default_factory=set)
    holds: dict[Key, HeldAmount] = field(default_factory=dict)
    rules: Mapping[str, BookRules] = field(default_factory=dict)

    def rules_of(self, draft: Draft) -> BookRules:
        """The rules that judge a draft. Source: docs/adr/0260 (1, 2, the first reason that applies)."""
        return self.rules.get(draft.book, HOUSE_RULES)

    def post(self, draft: Draft) -> Verdict:
        """Post a draft, or say why not; nothing of a refused draft has any effect.

        Source: docs/adr/0260-books.md (refusals in one declared order).
        """
        known = self.entries.get(draft.key)
        if known is not None and known == draft:
            return REPEATED
        against = self.reasons_against(draft)
        if against:
            return Verdict("refused", next(reason for reason in self.rules_of(draft).order if reason in against))
        self._apply(draft, 1)
        self.entries[draft.key] = draft
        if draft.reverses:
            self.reversed.add(draft.reverses)
        return POSTED

    def reasons_against(self, draft: Draft) -> set[Reason]:
        """Every reason to refuse a draft that is not the same as one posted before; empty when it may be posted.

        Source: docs/adr/0260-books.md (2).
        """
        found, moved = self._against_lines(draft)
        if draft.key in self.entries:
            found.add(Reason.NUMBER_USED)
        if draft.reverses:
            found |= self._against_reversal(draft)
        rules = self.rules_of(draft)
        if rules.refs and draft.ref and draft.ref not in self.entries:
            found.add(Reason.UNKNOWN_REF)
        if rules.closed_until is not None and draft.day <= rules.closed_until and not draft.restates:
            found.add(Reason.PERIOD_CLOSED)
        if not self._held(draft, moved):
            found.add(Reason.NOT_HELD)
        return found | self._against_bounds(draft, moved)

    def _against_lines(self, draft: Draft) -> tuple[set[Reason], dict[str, int]]:
        """What speaks against the lines by themselves, and what they move: net amount per account, debit positive."""
        found: set[Reason] = set()
        moved: dict[str, int] = {}
        sums: dict[str, int] = {}
        for account, debit, credit, unit in draft.lines:
            amount = (debit or 0) - (credit or 0)
            moved[account] = moved.get(account, 0) + amount
            sums[unit] = sums.get(unit, 0) + amount
            if (debit is None) == (credit is None):
                found.add(Reason.ONE_SIDE_ONLY)
            if (debit if debit is not None else credit or 0) <= 0:
                found.add(Reason.NOT_POSITIVE)
            standing = self.standings.get(account)
            if standing is None:
                found.add(Reason.UNKNOWN_ACCOUNT)
            elif standing.unit != unit:
                found.add(Reason.UNIT)
        if not sums or any(sums.values()):
            found.add(Reason.UNBALANCED)
        return found, moved

    def _against_reversal(self, draft: Draft) -> set[Reason]:
        before = self.entries.get(draft.reverses)
        if before is None:
            return {Reason.REVERSES_NOTHING}
        found = {Reason.REVERSED_BEFORE} if draft.reverses in self.reversed else set()
        mirrored = sorted((line.account, line.unit, -line.amount) for line in before.lines)
        if mirrored != sorted((line.account, line.unit, line.amount) for line in draft.lines):
            found.add(Reason.NOT_A_MIRROR)
        return found

    def _held(self, draft: Draft, moved: Mapping[str, int]) -> bool:
        """Whether the reservation that it posts from has as much left; a new one is between a pair of accounts."""
        if draft.pending:
            return len(draft.lines) == 2 and len(moved) == 2
        if not draft.hold:
            return True
        held, part = self.holds.get(draft.hold), _part(draft)
        return held is not None and part <= held.left and moved.get(held.debit) == part == -moved.get(held.credit, 0)

    def _against_bounds(self, draft: Draft, moved: Mapping[str, int]) -> set[Reason]:
        """What each account may still do on its normal side; what was reserved changes nothing."""
        found: set[Reason] = set()
        held = self.holds.get(draft.hold) if draft.hold else None
        kept = {held.debit: _part(draft), held.credit: -_part(draft)} if held else {}
        for account, amount in moved.items():
            standing = self.standings.get(account)
            if standing is None or (standing.floor is None and standing.ceiling is None):
                continue
            change = (amount - kept.get(account, 0)) * standing.normal
            if change < 0 and standing.floor is not None and standing.least() + change < standing.floor:
                found.add(Reason.BELOW_FLOOR)
            elif change > 0 and standing.ceiling is not None and standing.most() + change > standing.ceiling:
                found.add(Reason.ABOVE_CEILING)
        return found

    def post_all(self, drafts: Sequence[Draft]) -> list[Verdict]:
        """Post drafts in one act: all of them, or none.

        Returns:
            One verdict each; when one is refused, those before it say `undone` and those after it `not_tried`.

        Source: docs/adr/0260 (1, 2, the first reason that applies)
        """
        verdicts: list[Verdict] = []
        for number, draft in enumerate(drafts):
            verdict = self.post(draft)
            if verdict.reason is not None:
                self._undo(drafts[:number], verdicts)
                rest = len(drafts) - number - 1
                return [Verdict("undone")] * number + [verdict] + [Verdict("not_tried")] * rest
            verdicts.append(verdict)
        return verdicts

    def _undo(self, drafts: Sequence[Draft], verdicts: Sequence[Verdict]) -> None:
        for draft, verdict in zip(drafts, verdicts, strict=True):
            if verdict is POSTED:
                self._apply(draft, -1)
                del self.entries[draft.key]
                self.reversed.discard(draft.reverses)

    def _apply(self, draft: Draft, sign: int) -> None:
        if draft.pending:
            self._reserve(draft, sign)
            return
        held = self.holds.get(draft.hold) if draft.hold else None
        if held is not None:
            part = sign * _part(draft)
            held.left -= part
            self.standings[held.debit].pending_debit -= part
            self.standings[held.credit].pending_credit -= part
        for line in draft.lines:
            self.standings[line.account].posted += sign * line.amount

    def _reserve(self, draft: Draft, sign: int) -> None:
        debit, credit = sorted(draft.lines, key=lambda line: -line.amount)
        self.standings[debit.account].pending_debit += sign * debit.amount
        self.standings[credit.account].pending_credit -= sign * credit.amount
        if sign > 0:
            self.holds[draft.key] = HeldAmount(debit.account, credit.account, debit.amount)
        else:
            del self.holds[draft.key]


def check_order(order: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return a declared order of reasons when it names each once.

    Raises:
        ReasonOrderError: one is missing or stands twice.

    Source: docs/adr/0260 (1, 2, the first reason that applies)
    """
    if sorted(order) != sorted(ORDER):
        raise ReasonOrderError(f"the order of refusals names {len(set(order))} of {len(ORDER)} reasons")
    return tuple(order)


def _part(draft: Draft) -> int:
    """How much of a reservation an entry posts: its first debit."""
    return next((line.debit for line in draft.lines if line.debit), 0)
