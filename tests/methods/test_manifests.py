"""Waybills: every state, kilograms conserved, bounds decided on fractions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.running import run

LOADS = "manifest,plate,from,to,time,net_kg\n"
ARRIVALS = "ticket,manifest,plate,site,time,net_kg\n"
VEHICLES = "plate,permit,from,to\np,x,2026-01-01,2026-09-10\nq,y,2026-01-01,"


def _at(hour: int, minute: int = 0, day: int = 10) -> str:
    return f"2026-09-{day}T{hour:02}:{minute:02}:00+08:00"


def test_every_state() -> None:
    loads = [
        f"a,p,s,y,{_at(8)},10000", f"b,p,s,y,{_at(9)},10000", f"c,q,s,y,{_at(9)},10000", f"d,q,s,y,{_at(10)},10000",
        f"e,p,s,y,{_at(8, day=11)},10000", f"f,q,s,y,{_at(3)},10000", f"g,q,s,y,{_at(19)},10000",
    ]  # fmt: skip
    arrivals = [
        f"t1,a,p,y,{_at(9)},9500", f"t2,a,p,y,{_at(10)},9500", f"t3,,p,y,{_at(10)},10000", f"t4,c,p,z,{_at(16)},9499",
        f"t5,f,q,y,{_at(2)},1", f"t6,zz,r,y,{_at(12)},1", f"t7,e,p,y,{_at(9, day=11)},10000",
    ]  # fmt: skip
    rows, outcome = run(
        "manifests", LOADS + "\n".join(loads), ARRIVALS + "\n".join(arrivals), VEHICLES, shuffle=2, tolerance="0.05",
        within_hours=6, at=_at(20),
    )  # fmt: skip
    assert {(row["manifest"], row["ticket"]): row["status"] for row in rows} == {
        ("a", "t1"): "matched", ("a", "t2"): "duplicate", ("b", "t3"): "inferred", ("c", "t4"): "late|plate|weight|wrong_site",
        ("d", ""): "missing", ("f", ""): "missing", ("f", "t5"): "unannounced", ("g", ""): "en_route",
        ("", "t6"): "unannounced",
    }  # fmt: skip
    assert outcome.facts["kg_out"] == 60000


def test_the_permit_is_that_of_the_day_of_departure() -> None:
    rows, _ = run("manifests", LOADS + f"e,p,s,y,{_at(8, day=11)},1", ARRIVALS, VEHICLES, at=_at(9, day=11))
    assert rows[0]["status"] == "en_route|unlicensed"


drawn = st.lists(st.tuples(st.integers(0, 20), st.sampled_from("pq"), st.integers(1, 99)), max_size=8)


@settings(deadline=None)
@given(drawn, drawn, st.integers(0, 23))
def test_kilograms_out_are_matched_missing_or_on_the_way(
    loads: list[tuple[int, str, int]], arrivals: list[tuple[int, str, int]], at: int
) -> None:
    left = LOADS + "\n".join(f"m{n},{plate},s,y,{_at(hour)},{kg}" for n, (hour, plate, kg) in enumerate(loads))
    right = ARRIVALS + "\n".join(
        f"t{n},{f'm{n}' if kg % 2 else ''},{plate},y,{_at(hour)},{kg}" for n, (hour, plate, kg) in enumerate(arrivals)
    )
    rows, outcome = run("manifests", left, right, VEHICLES, at=_at(at))
    facts = outcome.facts
    assert facts["kg_out"] == facts["kg_matched_out"] + facts["kg_missing"] + facts["kg_en_route"]
    assert facts["departures"] == facts["matched"] + facts["missing"] + facts["en_route"]
    tickets = [row["ticket"] for row in rows if row["ticket"]]
    assert len(tickets) == len(set(tickets)) == sum(hour <= at for hour, _, _ in arrivals)
