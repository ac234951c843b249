"""A bank's statement as ISO 20022 camt.053 (any version): entries and the two balances that they must connect.

Entities, external or internal, and document types are refused before anything is expanded: a file of a few hundred
bytes cannot become gigabytes. Reads names without their namespace, because banks send versions 2 to 13.

Source: ISO 20022, BankToCustomerStatement (camt.053.001); docs/adr/0261-reconciliation.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from bihuan.books.pure.amounts import read_amount, write_amount
from bihuan.books.pure.matching import MatchLine
from bihuan.faults import Fault

OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)


class StatementFault(Fault):
    """A file that is no bank statement, or one that cannot be read without guessing."""

    remedy = "ask the bank for a camt.053 file, or give a CSV file with the columns id, day, amount, reference"


class BankStatement(NamedTuple):
    """A statement.

    Args:
        lines: Booked entries; what comes in is positive.
        opening, closing: Balances before and after, in smallest units; None when the bank says none.
        currency: Of all entries.
    """

    lines: tuple[MatchLine, ...]
    opening: int | None
    closing: int | None
    currency: str

    @property
    def connected(self) -> bool | None:
        """Whether opening + Σ = closing; None when a balance is missing.

        Source: ISO 20022 camt.053 (opening and closing balance)
        """
        if self.opening is None or self.closing is None:
            return None
        return self.opening + sum(line.amount for line in self.lines) == self.closing


class BookedLine(NamedTuple):
    """A booked entry to be written: day, amount in smallest units (incoming is positive), the payer's reference."""

    day: date
    amount: int
    reference: str = ""


def written_statement(lines: Iterable[BookedLine], *, opening: int = 0, currency: str = "CNY", scale: int = 2) -> str:
    """Write a camt.053 with the two balances that its entries connect, in the order of days.

    Source: ISO 20022 camt.053.001.08: Bal, Ntry, EndToEndId.
    """
    booked = sorted(lines)

    def money(amount: int) -> str:
        side = "CRDT" if amount >= 0 else "DBIT"
        return f'<Amt Ccy="{currency}">{write_amount(abs(amount), scale)}</Amt><CdtDbtInd>{side}</CdtDbtInd>'

    parts = ['<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>']
    for code, amount in (("OPBD", opening), ("CLBD", opening + sum(line.amount for line in booked))):
        parts.append(f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{money(amount)}</Bal>")
    for number, line in enumerate(booked, 1):
        reference = escape(line.reference) or "NOTPROVIDED"
        parts.append(
            f"<Ntry><NtryRef>{number}</NtryRef>{money(line.amount)}<Sts><Cd>BOOK</Cd></Sts>"
            f"<BookgDt><Dt>{line.day}</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{reference}"
            "</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
        )
    return "".join([*parts, "</Stmt></BkToCstmrStmt></Document>"])


def read_statement(path: Path, scale: int) -> BankStatement:
    """Read a camt.053 file.

    Args:
        path: XML.
        scale: Decimals of the currency.

    Raises:
        StatementFault: it declares entities or a document type, is no XML, has no entry, or an entry is unreadable.

    Source: ISO 20022 camt.053.001: Ntry, Amt, CdtDbtInd, BookgDt, Bal.
    """
    lines: list[MatchLine] = []
    balances: dict[str, int] = {}
    currencies: set[str] = set()
    try:
        with path.open("rb") as stream:
            for element in _elements(stream):
                if _name(element) == "Ntry":
                    if _text(element, "Sts", "Cd") not in ("PDNG", "INFO") and _text(element, "Sts") not in (
                        "PDNG",
                        "INFO",
                    ):
                        lines.append(_line(element, len(lines) + 1, scale, currencies))
                    element.clear()
                elif _name(element) == "Bal":
                    balances.setdefault(_text(element, "Tp", "CdOrPrtry", "Cd"), _signed(element, scale, currencies))
                    element.clear()
    except DefusedXmlException as error:
        raise StatementFault(f"{path.name}：含实体或文档类型声明 · declares entities or a document type") from error
    except ParseError as error:
        raise StatementFault(f"{path.name}：不是 XML · is no XML: {error}") from error
    if not lines and not balances:
        raise StatementFault(f"{path.name}：没有对账单条目 · holds no entries of a statement")
    if len(currencies) > 1:
        raise StatementFault(f"{path.name}：含多种货币 · holds several currencies: {', '.join(sorted(currencies))}")
    return BankStatement(tuple(lines), _first(balances, OPENING), _first(balances, CLOSING), next(iter(currencies), ""))


def _elements(stream: IO[bytes]) -> Iterator[Element]:
    for _, element in iterparse(stream, events=("end",), forbid_dtd=True):
        yield element


def _line(entry: Element, number: int, scale: int, currencies: set[str]) -> MatchLine:
    amount = _signed(entry, scale, currencies)
    written = _text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm") or _text(entry, "ValDt", "Dt")
    try:
        day = date.fromisoformat(written[:10])
    except ValueError as error:
        raise StatementFault(f"第{number}条：没有记账日 · entry {number} has no booking date: {written!r}") from error
    ends = [_text(each, "Refs", "EndToEndId") for each in entry.iter() if _name(each) == "TxDtls"]
    references = {end for end in ends if end and end != "NOTPROVIDED"}
    name = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef") or str(number)
    return MatchLine(f"{number}:{name}", day, amount, references.pop() if len(references) == 1 else "")


def _signed(element: Element, scale: int, currencies: set[str]) -> int:
    """The amount of an entry or a balance: CRDT comes in, DBIT goes out; a reversal is already told by that."""
    found = _child(element, "Amt")
    amount = read_amount((found.text or "") if found is not None else "", scale)
    side = _text(element, "CdtDbtInd")
    if amount is None or side not in ("CRDT", "DBIT"):
        told = found.text if found is not None else ""
        raise StatementFault(f"金额或方向不可读 · an amount or its side cannot be read: {told!r} {side!r}")
    if found is not None and found.get("Ccy"):
        currencies.add(str(found.get("Ccy")))
    return amount if side == "CRDT" else -amount


def _first(balances: dict[str, int], kinds: tuple[str, ...]) -> int | None:
    return next((balances[kind] for kind in kinds if kind in balances), None)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _name(child) == name), None)


def _text(element: Element, *path: str) -> str:
    found: Element | None = element
    for name in path:
        found = _child(found, name) if found is not None else None
    return (found.text or "").strip() if found is not None else ""
