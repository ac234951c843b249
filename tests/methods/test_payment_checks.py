"""Payments: every reason once, look-alikes left alone, and the same as a reading of each against all before it."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.running import by, run

CONTRACTS = """contract,payee,amount,from,to
C1,A,1000.00,2025-01-01,2025-12-31
C2,B,500,2025-03-01,"""
BASES = "basis,from,to\nsalary,2025-01-01,"
HEAD = "payment,day,payee,amount,invoice,contract,basis,recorder,approver,payer"


def test_every_reason_and_its_look_alike() -> None:
    payments = "\n".join(
        [
            HEAD,
            "p01,2025-02-01,A,100.00,FP-001,C1,,r,a,p",
            "p02,2025-03-01,A,100.0,ＦＰ001,C1,,r,a,p",  # the same invoice, written otherwise
            "p03,2025-03-02,A,100.00,FP-002,C1,,r,a,p",  # the same rent, another invoice
            "p04,2025-06-01,A,100.00,FP-001,C1,,r,a,p",  # later than sixty days
            "p05,2025-02-01,B,10,FP-9,C2,,r,a,p",  # before the contract
            "p06,2025-02-01,B,10,FP-9,,,r,a,p",
            "p07,2025-02-01,B,10,FP-9,,pension,r,a,p",
            "p08,2025-02-02,B,10,FP-9,,salary,r,a,p",
            "p09,2025-04-01,A,10,FP-9,C2,,r,a,p",
            "p10,2025-04-01,B,10,FP-10,C2,,r,a,a",
            "p11,2025-04-01,B,500.01,FP-11,C2,,r,a,p",
            "p12,2025-04-02,B,500,FP-11,C2,,r,a,p",
            "p13,2025-04-03,B,0.01,FP-13,C2,,r,a,p",
        ]
    )
    rows, outcome = run("payment-checks", payments, CONTRACTS, BASES)
    status = by(rows, "payment", "status")
    assert status == {
        "p01": "ok", "p02": "duplicate", "p03": "ok", "p04": "ok", "p05": "no_basis", "p06": "no_basis",
        "p07": "no_basis", "p08": "ok", "p09": "other_payee", "p10": "not_four_eyes", "p11": "over_contract",
        "p12": "ok", "p13": "over_contract",
    }  # fmt: skip
    assert by(rows, "payment", "of")["p02"] == "p01"
    assert outcome.facts["payable"] == 5


asked = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from("AB"), st.sampled_from([100, 250, 400]), st.sampled_from("xyz"),
              st.sampled_from(["C1", "C2", ""])), max_size=14,
)  # fmt: skip


@settings(deadline=None)
@given(asked, st.randoms(use_true_random=False))
def test_the_answer_is_that_of_reading_each_against_all_before_it(
    found: list[tuple[int, str, int, str, str]], luck: object
) -> None:
    first = date(2025, 2, 1)
    lines = [
        f"p{n:02},{first + timedelta(days=day)},{payee},{amount},{invoice},{contract},,r,a,p"
        for n, (day, payee, amount, invoice, contract) in enumerate(found)
    ]
    luck.shuffle(lines)  # type: ignore[attr-defined]
    rows, _ = run("payment-checks", "\n".join([HEAD, *lines]), CONTRACTS, BASES)
    told = by(rows, "payment", "status")
    paid: list[tuple[int, str, int, str, str]] = []
    for day, number in sorted((f[0], n) for n, f in enumerate(found)):
        _, payee, amount, invoice, contract = found[number]
        spent = sum(p[2] for p in paid if p[4] == contract)
        begins, owner, most = {"C1": (0, "A", 1000), "C2": (28, "B", 500), "": (999, "", 0)}[contract]
        if day < begins:
            want = "no_basis"
        elif payee != owner:
            want = "other_payee"
        elif spent + amount > most:
            want = "over_contract"
        elif any(p[1:4] == (payee, amount, invoice) and day - p[0] <= 60 for p in paid):
            want = "duplicate"
        else:
            want = "ok"
            paid.append(found[number])
        assert told[f"p{number:02}"] == want
