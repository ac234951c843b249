"""Both registers as sides: from columns of text to what is judged; for an instant, as known then.

Source: DESIGN §14; docs/topics/handovers.md; docs/topics/subjects.md, "For a day, as known on a day".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from fractions import Fraction
from functools import lru_cache

from bihuan.handovers.catalogue import DeclaredHandover
from bihuan.handovers.declaration import HandoverFile, ReceiptFile, ReceiptPartyFile, SideFile
from bihuan.handovers.pure.judging import HandoverAnswer, HandoverSide, LicenceSpan, judge_sides
from bihuan.handovers.pure.receipts import ReceiptFacts, ReceiptParty
from bihuan.methods.parts.weighing import Weighed
from bihuan.registers.live import current_registers
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker

type TextColumns = Mapping[str, Sequence[str | None]]
"""Field → texts in the order of keys, with `key`."""


def ask_handover(
    found: DeclaredHandover, district: str, at: datetime, known: datetime | None = None, looker: Looker | None = None
) -> HandoverAnswer:
    """Judge a handover from the registers at an instant.

    Args:
        known: As known then; None: now. looker: Who reads; None: the house itself, for the handover's programme.

    Raises:
        FenceClosed: a register is closed to the looker.

    Source: docs/topics/handovers.md
    """
    zone = current_registers(district).calendar.zone
    asked = asking.Viewpoint(at.astimezone(zone).date(), known)
    reader = looker or Looker("system:handover", frozenset(), frozenset({found.programme}), "a declared handover")
    tables: dict[str, TextColumns] = {}
    for type_id, names in found.declared.needs().items():
        keys, columns = asking.columns(district, subject_type(type_id), asked, reader, sorted(names))
        tables[type_id] = {"key": keys, **columns}
    return judge_columns(found.declared, tables, at, zone)


def judge_columns(
    declared: HandoverFile, tables: Mapping[str, TextColumns], at: datetime, zone: tzinfo
) -> HandoverAnswer:
    """Judge a handover from columns that somebody has read already.

    Args:
        tables: By type. zone: In which days are counted.

    Source: docs/topics/handovers.md
    """
    given = list(_sides(declared, declared.given, tables[declared.given.subject], zone))
    received = list(_sides(declared, declared.received, tables[declared.received.subject], zone))
    licences: defaultdict[str, list[LicenceSpan]] = defaultdict(list)
    if declared.licence:
        table, rule = tables[declared.licence.subject], declared.licence
        for carrier, first, last in zip(table[rule.carrier], table[rule.first], table[rule.last], strict=True):
            if carrier and first:
                licences[carrier].append(
                    LicenceSpan(date.fromisoformat(first), date.fromisoformat(last) if last else None)
                )
    return judge_sides(given, received, licences, declared.rule, at.astimezone(zone))


def _sides(declared: HandoverFile, side: SideFile, table: TextColumns, zone: tzinfo) -> Iterator[HandoverSide]:
    empty: Sequence[str | None] = [""] * len(table["key"])

    def column(name: str) -> Sequence[str | None]:
        field = side.fields.get(name)
        return table[field] if field else empty

    wanted = ("number", "carrier", "place", "giver", "at", "gross", "tare", "interval", "estimated", "settled", "group")
    share = Fraction() if declared.counted else Fraction(declared.estimate)
    whole = "1" if side.gross is None else ""
    for key, *cells in zip(table["key"], *map(column, wanted), strict=True):
        found = None
        if key is not None:
            found = _read_side(key, *(cell or "" for cell in cells), whole=whole, share=share, zone=zone)
        if found is not None:
            yield found


@lru_cache(maxsize=1 << 16)  # a register is read again by every look at it, and few of its rows are new
def _read_side(
    key: str, number: str, carrier: str, place: str, giver: str, when: str, gross: str, tare: str, interval: str,
    estimated: str, settled: str, group: str, *, whole: str, share: Fraction, zone: tzinfo,
) -> HandoverSide | None:  # fmt: skip
    """One record as a side; None for one that does not say when or how much (`whole`: where no field says it)."""
    gross = gross or whole
    if not when or not gross:
        return None
    at = datetime.fromisoformat(when)
    weighed = Weighed(
        Fraction(gross), Fraction(tare or 0), Fraction(interval) if interval else None, estimated == "true", share
    )
    return HandoverSide(
        key, number, carrier, place, giver, (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zone), weighed,
        date.fromisoformat(settled[:10]) if settled else None, group,
    )  # fmt: skip


def ask_receipts(found: DeclaredHandover, rule: ReceiptFile, district: str, at: datetime) -> ReceiptFacts:
    """Return what registers say of receipts beside both sides, at an instant.

    Raises:
        FenceClosed: a register is closed to the handover's programme.

    Source: docs/topics/handovers.md, "Receiving records"
    """
    asked = asking.Viewpoint(at.astimezone(current_registers(district).calendar.zone).date())
    looker = Looker("system:handover", frozenset(), frozenset({found.programme}), "receiving records")

    def columns(type_id: str, *names: str) -> tuple[list[str], dict[str, list[str]]]:
        return asking.columns(district, subject_type(type_id), asked, looker, list(dict.fromkeys(names)))

    def parties(party: ReceiptPartyFile) -> dict[str, ReceiptParty]:
        keys, told = columns(party.subject, party.name, party.number)
        named = zip(told[party.name], told[party.number], strict=True)
        return {key: ReceiptParty(*each) for key, each in zip(keys, named, strict=True)}

    receipts, of_receipt = columns(found.declared.received.subject, rule.code, rule.treatment)
    loads, of_load = columns(found.declared.given.subject, str(rule.carrier.by))
    known, by = parties(rule.carrier), of_load[str(rule.carrier.by)]
    return ReceiptFacts(
        dict(zip(receipts, of_receipt[rule.code], strict=True)),
        dict(zip(receipts, of_receipt[rule.treatment], strict=True)),
        {key: known.get(carrier, ReceiptParty()) for key, carrier in zip(loads, by, strict=True)},
        parties(rule.receiver),
    )
