"""Applications of the sample: who asks for how much where, what the officer tries, and proposals of enforcement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.loop.models import CaseRow
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
FIRST, E6, HALF, ROAD = 200, 1_000_000, 3_000, 130
"""Number of the first applicant's place; half a zone and a road, in millionths of a degree."""
ALLOTTED = {"COD": "10.000", "NOx": "12.000"}


@dataclass
class AskedPermit:
    """An application: what more, what it must meet, and when it is decided.

    Args:
        key: Of the permit. cod, nox: Tonnes a year more. rule: What must refuse it; empty: it is approved.
        hour: When the officer decides, from the play's first day. days: How long it is valid.
    """

    key: str
    spot: Spot
    cod: str
    nox: str
    rule: str
    hour: float
    days: int = 1_000


def apply_for_permits(play: Play) -> None:
    """Load zones, permits and the total quantity; write down applications and what the officer does with each."""
    asked = _asked(play)
    _load(play, asked)
    officer = play.person("source_officer", play.unit("ecology"))
    applicant = play.person("handler", play.graph.units("department")[0].id)
    for each in asked:
        fields = {"kind": "more", "cod_more": each.cod, "nox_more": each.nox}
        matter = play.report(
            "approval", play.day(0, each.hour - 6), applicant, key=f"permit:{each.key}", title="排污许可申请",
            subject=each.key, fields=fields, dispatch=False,
        )  # fmt: skip
        until, at = play.day(each.days, 9).isoformat(), play.day(0, each.hour)
        if not each.rule:
            play.act(matter, "approve", at, officer, until=until)
        else:
            play.attempt(each.rule, each.key, matter, "approve", at, officer, until=until)
            words = {"reason": "不符合许可条件，见依据 · see the ground"}
            play.act(matter, "reject", play.day(0, each.hour + 3), officer, words, ground=each.rule)


def _asked(play: Play) -> list[AskedPermit]:
    spots = [play.district.spot("discharge-permit", FIRST + n) for n in range(9)]
    core, wider = spots[0], spots[1]
    across = core.moved(HALF + ROAD, 0)
    rows = [
        ("SQ0", core.moved(HALF, 0), "1", "0", "in_core_zone", 10.0, 1_000, "inside level I, by a single point"),
        ("SQ1", wider, "0", "2", "in_wider_zone", 11.0, 1_000, "inside level II"),
        ("SQ2", across, "3", "0", "", 12.0, 1_000, "a neighbour across the boundary road"),
        ("SQ3", spots[3], "0", "40.5", "total_quantity", 13.0, 1_000, "more NOx than there is"),
        ("SQ4", spots[4], "4", "0", "", 14.0, 1, "fits; its approval ends the next day"),
        ("SQ5", spots[5], "2.5", "5", "", 15.0, 1_000, "fits"),
        ("SQ6", spots[6], "2.5", "0", "total_quantity", 15.0, 1_000, "in the same minute, and half a tonne is left"),
        ("SQ7", spots[7], "4", "6.999", "", 72.0, 1_000, "what ran out two days before is free again"),
        ("SQ8", spots[8], "0", "0.002", "total_quantity", 73.0, 1_000, "two kilograms more than what is left"),
    ]
    for key, _, _, _, rule, _, _, how in rows:
        if rule:
            play.plant(rule, key, how)
        else:
            for other in ("total_quantity", "in_core_zone"):
                play.look_alike(other, key, how)
    return [AskedPermit(*row[:-1]) for row in rows]


def _load(play: Play, asked: list[AskedPermit]) -> None:
    on, firms = play.on(-300), [play.district.enterprise(FIRST + n) for n in range(len(asked))]
    permits = [
        {
            "number": each.key, "name": f"示范单位{n + 1}", "holder": firm["credit_code"], "begins": play.on(-600),
            "ends": play.on(400), "cod_t": "20", "nox_t": "15", "street": each.spot.street,
            "position": each.spot.text(),
        }
        for n, (each, firm) in enumerate(zip(asked, firms, strict=True))
    ]  # fmt: skip
    zones = [_zone(play, f"BH-{level}", level, spot) for level, spot in (
        ("I", play.district.spot("discharge-permit", FIRST)),
        ("II", play.district.spot("discharge-permit", FIRST + 1)),
    )]  # fmt: skip
    for kind, rows in (("enterprise", firms), ("protection-zone", zones), ("discharge-permit", permits)):
        told = play.load(kind, rows, at=on, source="source desk")
        assert not told.rejected, told.rejects
    posted = play.post("total-quantity", [
        {"entry": f"A-{name}", "date": play.on(0).isoformat(), "account": f"{account}:{name}", "debit": debit,
         "credit": credit, "unit": "t", "ref": ""}
        for name, tonnes in ALLOTTED.items()
        for account, debit, credit in (("available", tonnes, ""), ("allotted", "", tonnes))
    ])  # fmt: skip
    assert not posted.rejects, posted.rejects


def _zone(play: Play, number: str, level: str, spot: Spot) -> Row:
    corners = [(-HALF, -HALF), (HALF, -HALF), (HALF, HALF), (-HALF, HALF), (-HALF, -HALF)]
    border = "; ".join(f"{(spot.lon + x) / E6:.6f}, {(spot.lat + y) / E6:.6f}" for x, y in corners)
    return {
        "number": number, "name": f"{spot.name}水源{level}区", "level": level, "border": border,
        "street": spot.street, "decree": "示政水〔2019〕1号", "decreed_on": play.on(-900).isoformat(),
    }  # fmt: skip


def propose_enforcement(play: Play, row: CaseRow) -> None:
    """An officer proposes on a closed exceedance: once without evidence, once with; another office reviews."""
    officer = play.person("source_officer", play.unit("ecology"))
    reviewer = play.person("source_reviewer", play.unit("urban-enforcement"))
    key, said = str(row.about).partition("/")[2], {"finding": "above", "matter": row.number}
    digest = play.evidence(row, officer)
    play.plant("no_evidence", key, "proposed without an evidence package")
    for n, fields in enumerate((said, said | {"evidence": digest})):
        hour = 12 + 30 * n
        matter = play.report(
            "enforcement", play.now.replace(minute=5), officer, key=f"enforce:{row.number}:{n}", title="非现场执法建议",
            subject=key, fields=fields, dispatch=False,
        )  # fmt: skip
        at = play.day(play_days(play), hour)
        until = play.day(play_days(play) + 200).isoformat()
        if n:
            play.act(matter, "approve", at, reviewer, until=until)
        else:
            play.attempt("no_evidence", key, matter, "approve", at, reviewer, until=until)
            play.act(matter, "reject", play.day(play_days(play), hour + 1), reviewer, {"reason": "缺少证据包"})


def play_days(play: Play) -> int:
    """How many days have been played."""
    return (play.now - play.day(0)).days


def prove_quantities(play: Play) -> None:
    """What is left of each total quantity, as the book says."""
    from bihuan.books.balances import balances
    from bihuan.registers.isolation import in_district

    with in_district(play.registers.district.code):
        held = {
            line.subject: line.balance for line in balances("total-quantity") if line.account == "available"
        }  # fmt: skip
    play.prove("available", held)
