"""How a card stands: proofs that run out, looks of the own unit, the house's numbers, vetoes, order of gaps, forecast."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bihuan.methods.declared.running import TooLittleError
from bihuan.methods.declared.scoring import score_file
from bihuan.methods.parts.proofs import months_later
from bihuan.rules.book import read_editions
from bihuan.rules.scorecards import Scorecard
from tests.methods.running import by, run

CARD = """
scorecard: toy-card
edition: "1"
name: {zh: 玩具卡, en: Toy card}
source: toy
citation: toy
verified: false
jurisdiction: "*"
effective_from: 2000-01-01
total: 10
rounding: {method: half_even, digits: 2}
items:
  - {id: a, name: {zh: 甲, en: A}, max: 2, method: capped_deduction, points: {each: 0.5}}
  - {id: b, name: {zh: 乙, en: B}, max: 3, method: ratio_with_exclusions, zero_at: 0.5, full_at: 1, min_n: 10, too_few: full}
  - {id: c, name: {zh: 丙, en: C}, max: 2, method: piecewise_linear, corners: [[0.5, 0], [1, 2]]}
  - {id: d, name: {zh: 丁, en: D}, max: 1, method: band, bands: [{bounds: "[0, 0.8]", points: 0}, {bounds: "(0.8, 1]", points: 1}]}
  - {id: e, name: {zh: 戊, en: E}, max: 2, method: capped_deduction, points: {each: 1, dead: 2}, veto: {codes: [dead], total: 0}}
"""  # fmt: skip
ITEMS = "item,months,measure,effort\na,12,,2\nb,12,p.rate,1\nc,6,,1\nd,6,pipes,5\ne,3,,1"
PROOFS = "proof,item,value,dated,owner,checker,checked,ended\n"
FINDINGS = "finding,item,code,count,found,closed\n"
NUMBERS = "measure,numerator,denominator\n"
THINGS = "thing,measure,met,weight\n"
SOUND = "p1,a,,2026-01-10,u1,u2,2026-01-12,\np3,c,0.9,2026-01-10,u1,u2,2026-01-12,\np5,e,,2026-01-10,u1,u2,2026-01-12,"


def told(
    proofs: str = SOUND, findings: str = "", numbers: str = "p.rate,16,20", things: str = "", at: str = "2026-03-01",
    items: str = ITEMS, card: str | bytes = CARD, **options: str,
) -> tuple[dict[str, dict[str, str]], dict[str, object]]:  # fmt: skip
    """The rows by item, and the facts."""
    raw = card.encode() if isinstance(card, str) else card
    rows, outcome = run("card-standing", raw, items, PROOFS + proofs, FINDINGS + findings, NUMBERS + numbers,
                        THINGS + things, at=at, **options)  # type: ignore[arg-type]  # fmt: skip  # no option is called shuffle
    return {row["item"]: row for row in rows}, dict(outcome.facts) | {"rejects": outcome.rejects}


@pytest.mark.parametrize(
    ("proof", "at", "state"),
    [
        ("p,a,,2026-01-31,u1,u2,2026-02-01,", "2026-06-01", "proven"),
        ("p,a,,2026-01-31,u1,u2,2026-02-01,", "2027-01-31", "ending"),       # its last day still counts
        ("p,a,,2026-01-31,u1,u2,2026-02-01,", "2027-02-01", "stale"),        # and the night after does not
        ("p,a,,2026-01-31,u1,u1,2026-02-01,", "2026-06-01", "unchecked"),    # looked at by its own unit
        ("p,a,,2026-01-31,u1,,,", "2026-06-01", "unchecked"),
        ("p,a,,2026-01-31,u1,u2,2026-06-02,", "2026-06-01", "unchecked"),    # the look comes later
        ("p,a,,2026-01-31,u1,u2,2026-02-01,2026-06-01", "2026-06-01", "stale"),
        ("p,a,,2026-06-02,u1,u2,2026-06-03,", "2026-06-01", "missing"),      # nobody has handed it in yet
        ("q,a,,2025-01-01,u1,u2,2025-01-02,\np,a,,2026-01-31,u1,,,", "2026-06-01", "stale"),   # the new one waits
        ("q,a,,2025-09-01,u1,u2,2025-09-02,\np,a,,2026-01-31,u1,,,", "2026-06-01", "proven"),  # the old one stands
    ],
)  # fmt: skip
def test_a_proof_stands_from_the_look_of_another_unit_until_its_term_is_over(proof: str, at: str, state: str) -> None:
    rows, _ = told(proof, at=at)
    assert rows["a"]["state"] == state
    assert (rows["a"]["proven"] == "2.000000") == (state in ("proven", "ending"))


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-08-31", 6, "2027-02-28"),
     ("2026-02-28", 12, "2027-02-28"), ("2025-12-15", 1, "2026-01-15")],
)  # fmt: skip
def test_months_end_on_their_day_or_on_the_last_of_the_month(day: str, months: int, last: str) -> None:
    epoch = date(1970, 1, 1)
    found = months_later((date.fromisoformat(day) - epoch).days, months)
    assert (epoch + timedelta(days=found)).isoformat() == last


@pytest.mark.parametrize(
    ("count", "points"), [(0, "2.000000"), (1, "1.500000"), (3, "0.500000"), (4, "0.000000"), (9, "0.000000")]
)
def test_findings_take_points_off_while_they_are_open(count: int, points: str) -> None:
    open_, closed = f"f1,a,each,{count},2026-02-01,", "f2,a,each,5,2026-01-01,2026-03-01\nf3,a,each,5,2026-03-02,"
    rows, _ = told(findings=f"{open_}\n{closed}")
    assert (rows["a"]["proven"], rows["a"]["claimed"]) == (points, points)


def test_a_counted_item_takes_the_number_of_the_house_never_what_was_typed() -> None:
    rows, facts = told(f"{SOUND}\np2,b,45/50,2026-01-10,u1,u2,2026-01-11,\np4,d,0.9,2026-01-10,u1,,,",
                       things="t1,pipes,1,800\nt2,pipes,0,200")  # fmt: skip
    assert (rows["b"]["claimed"], rows["b"]["proven"], rows["b"]["claim"]) == ("2.400000", "1.800000", "above")
    assert (rows["d"]["claimed"], rows["d"]["proven"], rows["d"]["claim"]) == ("1.000000", "0.000000", "above")
    assert facts["above"] == ["b", "d"]
    rows, facts = told(f"{SOUND}\np2,b,16/20,2026-01-10,u1,u2,2026-01-11,")
    assert (rows["b"]["claim"], rows["d"]["state"], rows["d"]["claim"]) == ("agrees", "uncounted", "none")
    rows, _ = told(numbers="p.rate,1,3", things="t1,pipes,1,1\nt2,pipes,1,1\nt3,pipes,0,1")
    assert rows["b"]["proven"] == "3.000000", "too few cases follow the card's own rule"
    assert rows["d"]["proven"] == "0.000000", "two thirds lie in a band although they are no decimal"
    rows, _ = told(f"{SOUND}\np2,b,0.7,2026-01-10,u1,u2,2026-01-11,", margin="0.3")
    assert rows["b"]["claim"] == "below", "1.2 of 3 points beside 1.8"


def test_a_veto_strikes_whether_the_item_is_proven_or_not() -> None:
    for proofs in (SOUND, ""):
        rows, facts = told(proofs, findings="v,e,dead,1,2026-02-01,", numbers="p.rate,20,20")
        assert rows["e"]["state"] == "veto"
        assert facts["proven"] == (0 if proofs else 3.0), "without a proof the item is worth nothing anyway"
    _, facts = told(findings="v,e,dead,1,2026-02-01,2026-02-20")
    assert facts["vetoed_by"] == []


def test_gaps_come_in_the_order_of_points_for_a_day_of_work() -> None:
    rows, _ = told("p5,e,,2026-01-10,u1,u2,2026-01-12,", most="2")  # a: 2 in 2 days, b: 1.2 in 1, c: 2 in 1, d: 1 in 5
    assert by(list(rows.values()), "item", "place") == {"a": "3", "b": "2", "c": "1", "d": "4", "e": ""}
    assert [rows[item]["turn"] for item in "abcde"] == ["later", "now", "now", "later", "none"]


def test_the_forecast_says_what_is_lost_on_which_day() -> None:
    _, facts = told(ahead="120")
    assert facts["proven"] == 7.4  # 2 + 1.8 + 1.6 + 0 + 2
    assert facts["forecast"] == [{"day": "2026-03-01", "total": 7.4}, {"day": "2026-04-11", "total": 5.4}]
    _, facts = told(f"{SOUND}\np9,e,,2026-04-01,u1,u2,2026-04-02,", ahead="120")
    assert facts["forecast"] == [{"day": "2026-03-01", "total": 7.4}], "a new proof follows before the old one ends"


def test_what_is_proven_is_what_bihuan_score_gives_for_it(tmp_path: Path) -> None:
    rows, facts = told(findings="f1,a,each,3,2026-02-01,", things="t1,pipes,1,9\nt2,pipes,0,1")
    card, evidence = tmp_path / "card.yaml", tmp_path / "evidence.csv"
    card.write_text(CARD, encoding="utf-8")
    evidence.write_text("item,value,code,count\na,,each,3\nb,16/20,,\nc,0.9,,\nd,0.9,,\n", encoding="utf-8")
    (found,) = (each for each in read_editions(card) if isinstance(each, Scorecard))
    outcome = score_file(found, evidence)
    assert outcome.facts["total"] == facts["proven"]
    scored = dict(zip(outcome.columns["item"], outcome.columns["points"], strict=True))
    assert {item: Decimal(row["proven"]) for item, row in rows.items()} == {
        item: Decimal(str(points)) for item, points in scored.items()
    }


STANDS = """
SELECT count(DISTINCT item) FROM read_csv(?, all_varchar=true)
WHERE checked <> '' AND owner <> checker AND greatest(dated::DATE, checked::DATE) <= ?::DATE
  AND (dated::DATE + INTERVAL 6 MONTH)::DATE >= ?::DATE
"""


def test_what_stands_is_what_a_query_gives(tmp_path: Path) -> None:
    luck = random.Random(4)
    names = [f"i{n:03}" for n in range(200)]
    card = CARD[: CARD.index("total: 10")] + "total: 200\nrounding: {method: half_even, digits: 2}\nitems:\n" + "".join(
        f"  - {{id: {name}, name: {{zh: 项, en: Item}}, max: 1, method: capped_deduction, points: {{each: 1}}}}\n"
        for name in names
    )  # fmt: skip
    lines = []
    for n in range(600):
        day = date(2026, 1, 1) + timedelta(days=luck.randrange(420))
        looked = (day + timedelta(days=luck.randrange(40))).isoformat() if luck.random() < 0.8 else ""
        lines.append(f"p{n:04},{luck.choice(names)},,{day},u1,{luck.choice(['u1', 'u2', 'u3'])},{looked},")
    file, at = tmp_path / "proofs.csv", "2026-12-31"
    file.write_text(PROOFS + "\n".join(lines) + "\n", encoding="utf-8")
    asked = duckdb.execute(STANDS, [str(file), at, at]).fetchone()
    assert asked is not None
    items = "item,months\n" + "".join(f"{name},6\n" for name in names)
    _, facts = told("\n".join(lines), numbers="", items=items, card=card, at=at)
    assert facts["proven"] == asked[0] > 40
    _, other = told("\n".join(reversed(lines)), numbers="", items=items, card=card, at=at)
    assert other == facts


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"items": f"{ITEMS}\nx,12,,"}, "item"), ({"items": ITEMS.replace("a,12", "a,0")}, "months"),
        ({"items": ITEMS.replace("a,12,,", "a,12,p.rate,")}, "measure"),
        ({"proofs": f"{SOUND}\np9,x,,2026-01-10,u1,u2,2026-01-12,"}, "item"),
        ({"proofs": f"{SOUND}\np9,c,viel,2026-01-10,u1,u2,2026-01-12,"}, "value"),
        ({"proofs": f"{SOUND}\np9,b,3/0,2026-01-10,u1,u2,2026-01-12,"}, "value"),
        ({"proofs": f"{SOUND}\np9,a,,2026-02-30,u1,u2,2026-01-12,"}, "dated"),
        ({"findings": "f,a,other,1,2026-01-10,"}, "code"), ({"findings": "f,b,each,1,2026-01-10,"}, "code"),
        ({"findings": "f,a,each,-1,2026-01-10,"}, "count"), ({"numbers": "p.rate,21,20"}, "numerator"),
        ({"things": "t,pipes,1,0"}, "weight"), ({"things": "t,pipes,1,1\nt,pipes,0,1"}, "thing"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_and_the_rest_is_done(given: dict[str, str], field: str) -> None:
    rows, facts = told(**given)
    rejects = facts["rejects"]
    assert isinstance(rejects, list)
    assert field in {each.field for each in rejects} <= {field, "item"}, (
        "proofs of an item that is refused are refused too"
    )
    assert len(rows) == 5


@pytest.mark.parametrize("card", ["", "scorecard: x\n", CARD.replace("2000-01-01", "2027-01-01"), b"\xff\xfe"])
def test_no_card_in_force_is_said(card: str | bytes) -> None:
    with pytest.raises(TooLittleError):
        told(card=card)
