"""Matching with a bank: one to one, one to many, the rest; camt.053 and what hides in XML."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.books.pure.camt import StatementFault, read_statement
from bihuan.books.pure.matching import MatchLine, reconcile

DAY = date(2026, 3, 2)
AT = date(2026, 3, 31)


def line(name: str, amount: int, after: int = 0, reference: str = "") -> MatchLine:
    return MatchLine(name, DAY + timedelta(days=after), amount, reference)


def test_references_first_then_the_nearest_day() -> None:
    ours = [line("o1", 100, 0, "A"), line("o2", 100, 1), line("o3", 100, 3)]
    theirs = [line("t1", 100, 9, "A"), line("t2", 100, 3), line("t3", 100, 2)]
    found = reconcile(ours, theirs, AT)
    assert [(m.ours, m.theirs, m.how) for m in found.matched] == [
        (("o1",), ("t1",), "reference"), (("o2",), ("t3",), "amount"), (("o3",), ("t2",), "amount"),
    ]  # fmt: skip
    assert not found.rest


def test_a_reference_that_only_one_side_knows_says_nothing() -> None:
    found = reconcile([line("o1", 7, 0, "pay/1")], [line("t1", 7, 1, "BANK-0001")], AT)
    assert [m.how for m in found.matched] == ["amount"]
    found = reconcile(
        [line("o1", 7, 0, "A"), line("o2", 8, 0, "B")], [line("t1", 7, 0, "B"), line("t2", 8, 0, "A")], AT
    )
    assert not found.matched, "both sides know these references, and they differ"


def test_one_against_many_both_ways() -> None:
    ours = [line("o1", 60, 0, "run"), line("o2", 40, 0, "run"), line("o3", -500)]
    theirs = [line("t1", 100, 1, "run"), line("t2", -200, 1), line("t3", -300, 2)]
    found = {(m.ours, m.theirs, m.how) for m in reconcile(ours, theirs, AT).matched}
    assert found == {(("o1", "o2"), ("t1",), "group"), (("o3",), ("t2", "t3"), "sum")}


def test_two_ways_to_add_up_are_left_to_a_person_and_age_is_counted() -> None:
    found = reconcile([line("o1", 50)], [line("t1", 20), line("t2", 30), line("t3", 20)], AT)
    assert not found.matched
    assert [(r.side, r.line.id, r.age) for r in found.rest] == [
        ("ours", "o1", 29), ("theirs", "t1", 29), ("theirs", "t2", 29), ("theirs", "t3", 29),
    ]  # fmt: skip


SIDE = st.lists(
    st.tuples(st.integers(-5, 5).filter(bool), st.integers(0, 9), st.sampled_from(["", "", "A", "B"])), max_size=9
)


@given(SIDE, SIDE, st.randoms())
def test_nothing_is_lost_sums_agree_and_order_does_not_matter(ours: list, theirs: list, dice: object) -> None:
    left = [line(f"o{n}", *each) for n, each in enumerate(ours)]
    right = [line(f"t{n}", *each) for n, each in enumerate(theirs)]
    found = reconcile(left, right, AT)
    amounts = {each.id: each.amount for each in (*left, *right)}
    named = [name for m in found.matched for name in (*m.ours, *m.theirs)] + [r.line.id for r in found.rest]
    assert sorted(named) == sorted(amounts)
    for m in found.matched:
        assert sum(amounts[n] for n in m.ours) == sum(amounts[n] for n in m.theirs)
    dice.shuffle(left)  # type: ignore[attr-defined]
    dice.shuffle(right)  # type: ignore[attr-defined]
    assert reconcile(left, right, AT) == found


CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><Stmt><Id>S1</Id>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><NtryRef>N1</NtryRef><Amt Ccy="CNY">250.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>{booked}</Sts>
<BookgDt><Dt>2026-03-02</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>p1</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">10</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>{booked}</Sts>
<BookgDt><DtTm>2026-03-03T10:00:00+08:00</DtTm></BookgDt><NtryDtls>
<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">77</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>{pending}</Sts>
<BookgDt><Dt>2026-03-04</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""
OLD = {"version": "02", "booked": "BOOK", "pending": "PDNG"}
NEW = {"version": "08", "booked": "<Cd>BOOK</Cd>", "pending": "<Cd>PDNG</Cd>"}


@pytest.mark.parametrize("words", [OLD, NEW])
def test_a_statement_is_read_whatever_its_version(tmp_path: Path, words: dict[str, str]) -> None:
    file = tmp_path / "s.xml"
    file.write_text(CAMT.format(closing="759.50", **words), encoding="utf-8")
    found = read_statement(file, 2)
    assert [(x.day, x.amount, x.reference) for x in found.lines] == [
        (date(2026, 3, 2), -25050, "p1"), (date(2026, 3, 3), 1000, ""),
    ]  # fmt: skip
    assert (found.opening, found.closing, found.currency, found.connected) == (100000, 75950, "CNY", True)
    file.write_text(CAMT.format(closing="759.51", **words), encoding="utf-8")
    assert read_statement(file, 2).connected is False


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
) + "]><Document><Ntry><Amt>&j;</Amt></Ntry></Document>"  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LAUGHS, "entities"),
        ('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>', "entities"),
        ('<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd"><Document/>', "entities"),
        ("<Document><Ntry>", "no XML"),
        ("<Document/>", "no entries"),
        ("<Document><Ntry><Amt>1.005</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry></Document>", "cannot be read"),
        ("<Document><Ntry><Amt>1</Amt><CdtDbtInd>?</CdtDbtInd></Ntry></Document>", "cannot be read"),
        ("<Document><Ntry><Amt>1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry></Document>", "no booking date"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_with_a_remedy(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "s.xml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StatementFault, match=told) as found:
        read_statement(file, 2)
    assert found.value.remedy


def test_two_late_bookings_of_one_amount_are_both_matched() -> None:
    """Nearest first would take the second payment for the first booking and leave two lines."""
    ours = [MatchLine("a", date(2026, 3, 1), -500), MatchLine("b", date(2026, 3, 4), -500)]
    theirs = [MatchLine("x", date(2026, 3, 5), -500), MatchLine("y", date(2026, 3, 8), -500)]
    done = reconcile(ours, theirs, date(2026, 4, 1))
    assert [(m.ours, m.theirs) for m in done.matched] == [(("a",), ("x",)), (("b",), ("y",))]
    near = reconcile(ours, [MatchLine("x", date(2026, 3, 4), -500)], date(2026, 4, 1))
    assert near.matched[0].ours == ("b",), "of two that would do, the nearer"
