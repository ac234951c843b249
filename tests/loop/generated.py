"""Programmes nobody has written: combinations of what a declaration may say, each fit to be loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bihuan.loop.kernel.programme import Programme
from bihuan.loop.kernel.states import OUTCOMES
from bihuan.loop.kernel.table import table
from bihuan.loop.programme_checks import findings

NAME = {"zh": "名", "en": "Name"}
SPANS = ("30min", "2h", "24h", "3 days", "7 days", "5 working days", "1 working day", "15 working days")
SOME = st.sampled_from(
    ["classified", "accepted", "contacted", "evidence_added", "noted", "urged", "called_in", "extended"]
)

# One clock for every way into an open state; the generator adds others, changes spans and sometimes drops one.
WAYS: tuple[tuple[str, list[str], list[str]], ...] = (
    ("triage", ["opened", "recalled", "returned", "expired"], ["dispatched", "approved"]),
    ("ruling", ["returned"], ["arbitrated", "dispatched"]),
    ("handling", ["dispatched"], ["submitted", "returned", "recalled"]),
    ("checking", ["submitted"], ["verified"]),
)
OPTIONAL = ("answer", "merge", "unmerge", "recall", "return", "delegate", "hand_back", "urge", "withdraw", "sample",
            "reopen", "request_extension", "transfer_out", "invalidate", "refuse", "revoke", "withdraw_application",
            "contact")  # fmt: skip


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """A programme with one kind of case, `thing`, that passes every check of the catalogue."""
    shape = draw(st.sampled_from(["complaint", "patrol", "gate"]))
    case = _gate(draw) if shape == "gate" else _handled(draw, shape)
    declared: dict[str, Any] = {
        "id": "generated", "name": NAME, "clause": "none", "edition": "2026-01",
        "cases": {"thing": {"name": NAME, "shape": shape, "outcomes": list(OUTCOMES), **case}},
    }  # fmt: skip
    programme = Programme.model_validate(declared)
    return programme if not list(findings(programme, Path())) else _covered(programme)


def _covered(programme: Programme) -> Programme:
    """The same programme with the clocks that were dropped: a draw is never wasted."""
    case = programme.cases["thing"]
    have = {c.name for c in case.clocks}
    missing = [_clock(n, f, t, "7 days") for n, f, t in WAYS if n not in have]
    raw = programme.model_dump(by_alias=True, mode="json")
    raw["cases"]["thing"]["clocks"] += missing
    whole = Programme.model_validate(raw)
    problems = [f.what for f in findings(whole, Path())]
    assert not problems, problems
    return whole


def _clock(name: str, start: list[str], stop: list[str], span: str) -> dict[str, Any]:
    return {"name": name, "from": start, "to": stop, "within": span}


def _clocks(draw: st.DrawFn) -> list[dict[str, Any]]:
    clocks = []
    for name, start, stop in WAYS:
        if draw(st.integers(0, 9)) == 0:
            continue
        clock = _clock(name, start, stop, draw(st.sampled_from(SPANS)))
        clock["restart"] = draw(st.booleans())
        clock["pauses"] = draw(st.booleans())
        if draw(st.booleans()):
            clock["extend"] = {"times": draw(st.integers(1, 2)), "approver": "arbiter"}
        clocks.append(clock)
    for i in range(draw(st.integers(0, 2))):
        clocks.append(_clock(f"extra_{i}", [draw(SOME)], [draw(SOME)], draw(st.sampled_from(SPANS))))
    return clocks


def _handled(draw: st.DrawFn, shape: str) -> dict[str, Any]:
    good = ["passed", "failed"] if shape == "patrol" else ["solved", "partly", "unsolved", "unreachable", "refused"]
    relations = ["handler", "unit", "superiors_below_district", "contractor", "finder"]
    verify: dict[str, Any] = {
        "by": draw(st.sampled_from(["callback_agent", "inspector"])), "results": good,
        "independent_of": draw(st.lists(st.sampled_from(relations), unique=True)),
        "attempts": {"max": draw(st.integers(1, 3)), "spacing": draw(st.sampled_from(["4h", "1 working day"]))},
    }  # fmt: skip
    if draw(st.booleans()):
        verify["sample"] = {"fraction": draw(st.sampled_from(["0.2", "0.5", "1"]))}
    case: dict[str, Any] = {
        "clocks": _clocks(draw), "verify": verify, "auto_dispatch": draw(st.booleans()),
        "returns": {"max": draw(st.integers(0, 2)), "reasons": {"not_ours": NAME, "elsewhere": NAME}},
        "evidence": {"min": draw(st.integers(0, 2))}, "reopen": {"max": draw(st.integers(0, 2))},
        "duty": {"by": draw(st.sampled_from(["matrix", "area"]))},
        "disabled": draw(_disabled(shape)),
    }  # fmt: skip
    if draw(st.booleans()):
        case["suspend"] = {"approver": "arbiter", "max": "90 days", "reasons": {"season": NAME}}
    if draw(st.booleans()):
        case["parties"] = {"kinds": {"daily": NAME, "urgent": NAME}, "arrive": {"daily": "24h", "urgent": "30min"}}
        case["parties"]["score"] = draw(st.booleans())
    if draw(st.booleans()):
        case["exclusions"] = {"reviewer": "arbiter", "reasons": {"no_basis": NAME}}
    return case


def _gate(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "clocks": _clocks(draw), "disabled": draw(_disabled("gate")), "opened_by": ["operator", "handler"],
        "gate": {"reviewer": "district_admin", "valid_max": draw(st.sampled_from(["30 days", "365 days"])),
                 "requires": {"purpose": NAME} if draw(st.booleans()) else {}},
    }  # fmt: skip


def _disabled(shape: str) -> st.SearchStrategy[list[str]]:
    known = {step.command for step in table().steps if shape in step.shapes}
    return st.lists(st.sampled_from(sorted(known & set(OPTIONAL))), unique=True, max_size=3)
