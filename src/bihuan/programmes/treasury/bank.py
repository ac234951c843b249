"""The bank's files of the sample's year: one a month, reconciled and kept; what no file answers becomes a case."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.books.balances import statement
from bihuan.books.catalogue import book_named
from bihuan.books.kept_reconciling import keep_reconciliation, newest_reconciliations
from bihuan.books.pure.camt import BookedLine, written_statement
from bihuan.programmes.treasury.year import UNBANKED, Row, Year, fen
from bihuan.readers import Rejects
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

ACCOUNT = "treasury"


def reconcile_year(play: Play, year: Year) -> None:
    """Reconcile thirteen files: two payments are in none of them; others come late, or two in one line."""
    entries = _booked(play, year)
    months = [date(year.first.year, month, 1) for month in range(1, 13)] + [year.last + timedelta(days=1)]
    ends = [after - timedelta(days=1) for after in months[1:]] + [year.last + timedelta(days=14)]
    with in_district(default_district()), tempfile.TemporaryDirectory() as folder:
        rejects = Rejects(Path(folder) / "rejects.jsonl", "en")
        with rejects:
            for first, last in zip(months, ends, strict=True):
                path = Path(folder) / f"{first}.xml"
                found = [line for line in entries if first <= line.day <= last]
                path.write_text(written_statement(found), encoding="utf-8")
                for _ in range(2):  # a file sent twice is reconciled once
                    keep_reconciliation(book_named("cash").book, ACCOUNT, path, last, "play", rejects=rejects)
        kept = newest_reconciliations("cash", ACCOUNT)
    figures = kept[0].figures
    play.prove("reconciliations", {
        "kept": len(kept), "matched": sum(row.figures["matched"] for row in kept),
        "left_ours": figures["left_ours"], "left_theirs": figures["left_theirs"],
    })  # fmt: skip
    play.meanwhile()
    for row in play.cases(kind="difference"):
        play.find("not_at_bank", str(row.fold["subject"]).rpartition("/")[2], row.number)
    _explain(play)


def _booked(play: Play, year: Year) -> list[BookedLine]:
    luck = play.luck.stream("bank")
    paid = sorted(year.paid.values(), key=lambda p: p["payment"])
    lost = luck.sample([p for p in paid if p["day"][5:7] != "12"], UNBANKED)
    for payment in lost:
        play.plant("not_at_bank", payment["payment"], "the bank never made it")
    left = [p for p in paid if p not in lost]
    late = {p["payment"]: luck.whole(1, 4) for p in luck.sample(left, 40)}
    both = next(
        pair
        for pair in pairwise(sorted(left, key=lambda p: p["day"]))
        if not late.keys() & {p["payment"] for p in pair}
    )
    for payment in [p for p in left if p["payment"] in late][:3] + list(both):
        play.look_alike("not_at_bank", payment["payment"], "days later, or two in one line, without a reference")
    entries = [_line(p, late.get(p["payment"])) for p in left if p not in both]
    entries.append(BookedLine(date.fromisoformat(both[1]["day"]), -sum(fen(p["amount"]) for p in both)))
    with in_district(default_district()):
        entries += [BookedLine(x.day, x.amount, x.key) for x in statement("cash", ACCOUNT) if x.amount > 0]
    return entries


def _line(payment: Row, days: int | None) -> BookedLine:
    """A payment as the bank books it: what comes late comes without its reference."""
    day = date.fromisoformat(payment["day"]) + timedelta(days=days or 0)
    return BookedLine(day, -fen(payment["amount"]), "" if days else payment["payment"])


def _explain(play: Play) -> None:
    """The finance bureau looks into each difference, and a supervisor verifies it."""
    unit, start = play.unit("finance"), (play.local(play.now) - play.on(0)).days
    handler = play.person("handler", unit)
    for row in play.cases(kind="difference"):
        matter = play.matter(row)
        play.act(matter, "accept", play.day(start + 1, 9), handler)
        play.photo(matter, play.day(start + 2, 10), handler, play.district.spot("site", 1), picture=row.number)
        play.act(matter, "submit", play.day(start + 2, 11), handler, {"text": "已向银行查询并补付 · asked and paid"})
        play.act(matter, "verify", play.day(start + 3, 10), play.person("fiscal_supervisor", number=1), result="passed")
    play.to(play.day(start + 8))
