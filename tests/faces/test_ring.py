"""The ring: every state has its gap where the loop is open, and an unconfirmed closing does not look closed."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bihuan.faces.parts.ring import SEGMENTS, arc, example, ring_of
from bihuan.loop.kernel.model import Case, Verification
from bihuan.loop.kernel.states import OPEN_STATES, OUTCOMES


def case(state: str, **facts: object) -> Case:
    return Case(id=uuid4(), version=3, state=state, **facts)  # type: ignore[arg-type]  # facts of the fold by name


@pytest.mark.parametrize("state", OPEN_STATES)
def test_an_open_case_has_one_current_segment_and_a_gap(state: str) -> None:
    ring = ring_of(case(state))
    assert [s.status for s in ring.segments].count("current") == 1
    assert not ring.closed
    assert "尚未闭环" in ring.text.zh


@pytest.mark.parametrize("state", [o for o in OUTCOMES if o != "closed"])
def test_what_ends_at_the_desk_is_closed_without_pretending_to_be_handled(state: str) -> None:
    ring = ring_of(case(state))
    assert ring.closed
    assert {s.key for s in ring.segments if s.status == "skipped"} == {
        "dispatch",
        "handling",
        "evidence",
        "verification",
    }


@pytest.mark.parametrize(
    ("result", "status"),
    [("solved", "done"), ("passed", "done"), ("unreachable", "broken"), ("refused", "broken"),
     ("unsolved", "broken"), (None, "broken")],
)  # fmt: skip
def test_only_a_confirmed_result_closes_the_ring(result: str | None, status: str) -> None:
    ring = ring_of(case("closed", verification=Verification(result=result)))
    assert ring.segments[5].status == status
    assert ring.closed is (status == "done")


def test_a_case_closed_without_any_verification_keeps_its_gap() -> None:
    assert not ring_of(case("closed")).closed


def test_the_arcs_stand_round_the_circle_without_touching() -> None:
    ends = [tuple(map(float, a.replace("M", "").split("A")[0].split())) for a in (arc(i) for i in range(len(SEGMENTS)))]
    assert len(set(ends)) == len(SEGMENTS)
    assert all(abs((x - 60) ** 2 + (y - 60) ** 2 - 44**2) < 1 for x, y in ends)


def test_an_example_shows_what_it_is_told() -> None:
    assert [s.status for s in example("signal", current="triage").segments] == ["done", "current", *["open"] * 5]
