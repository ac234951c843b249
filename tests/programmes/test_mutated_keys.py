"""Change one key of a declaration, and somebody is answered otherwise.

Every key of the schema is either changed here or named in `SHOWN` with the test that sees it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bihuan.loop.kernel.programme import Programme
from bihuan.loop.kernel.subject_rules import EffectRule
from bihuan.registers.pure.roles import LocalRole
from tests.loop.district import programme
from tests.programmes.test_declared_keys import KEYS
from tests.programmes.touring import Tour, recorded

HOTLINE, SCENE, GATE, PUSHED = (
    ("hotline", "request", "handled"),
    ("street-scene", "finding", "handled"),
    ("community-access", "item", "gate"),
    ("community-access", "task", "pushed"),
)
ABOUT = ("hotline", "request", "about")
Where = tuple[str, str, str]
OTHER = {"zh": "别的", "en": "Something else"}
MORE = {"zh": "另填", "en": "More"}
FIELD = {"name": OTHER, "type": "text"}
GONE = object()

# (model, key) → which declaration, where in the case type, what instead.
CHANGES: list[tuple[str, str, Where, str, Any]] = [
    ("CaseType", "shape", SCENE, "shape", "complaint"),
    ("CaseType", "opened_by", HOTLINE, "opened_by", ["resident"]),
    ("CaseType", "desk", HOTLINE, "desk", "inspector"),
    ("CaseType", "categories", HOTLINE, "categories", None),
    ("CaseType", "urgencies", HOTLINE, "urgencies", ["general"]),
    ("CaseType", "auto_dispatch", HOTLINE, "auto_dispatch", True),
    ("CaseType", "clocks", HOTLINE, "clocks.5", GONE),
    ("CaseType", "suspend", HOTLINE, "suspend", None),
    ("CaseType", "parties", HOTLINE, "parties", None),
    ("CaseType", "exclusions", HOTLINE, "exclusions", None),
    ("CaseType", "admission", PUSHED, "admission", None),
    ("CaseType", "fields", HOTLINE, "fields", {"more": {**FIELD, "required": True}}),
    ("CaseType", "disabled", HOTLINE, "disabled", ["answer"]),
    ("CaseType", "disabled", HOTLINE, "disabled", ["invalidate", "refuse"]),
    ("CaseType", "disabled", SCENE, "disabled", ["refuse"]),
    ("CaseType", "outcomes", HOTLINE, "outcomes", ["closed", "answered"]),
    ("CaseType", "outcomes", HOTLINE, "outcomes.0", "done"),
    ("CaseType", "returns", HOTLINE, "returns", {}),
    ("CaseType", "evidence", HOTLINE, "evidence", {}),
    ("CaseType", "reopen", HOTLINE, "reopen", {}),
    ("CaseType", "duty", HOTLINE, "duty", {"by": "given"}),
    ("CaseType", "verify", HOTLINE, "verify", {"by": "inspector", "results": ["passed"]}),
    ("CaseType", "gate", GATE, "gate", {"reviewer": "leader"}),
    ("ClockRule", "name", HOTLINE, "clocks.4.name", "otherwise"),
    ("ClockRule", "label", HOTLINE, "clocks.4.label", OTHER),
    ("ClockRule", "from_", HOTLINE, "clocks.0.from", "recalled"),
    ("ClockRule", "from_", HOTLINE, "clocks.4.from", "accepted"),
    ("ClockRule", "to", HOTLINE, "clocks.3.to", "contacted"),
    ("ClockRule", "within", HOTLINE, "clocks.0.within", "3h"),
    ("ClockRule", "within", HOTLINE, "clocks.4.within", "7 working days"),
    ("ClockRule", "within", SCENE, "clocks.2.within", "9 days"),
    ("ClockRule", "warn", HOTLINE, "clocks.0.warn", ["0.9"]),
    ("ClockRule", "extend", HOTLINE, "clocks.4.extend", None),
    ("ClockRule", "restart", HOTLINE, "clocks.4.restart", False),
    ("ClockRule", "pauses", HOTLINE, "clocks.4.pauses", False),
    ("Extend", "times", HOTLINE, "clocks.4.extend.times", 2),
    ("Extend", "approver", HOTLINE, "clocks.4.extend.approver", "leader"),
    ("Extend", "within", HOTLINE, "clocks.4.extend.within", "1 days"),
    ("Extend", "within", SCENE, "clocks.2.extend.within", "1 working days"),
    ("ByTable", "table", HOTLINE, "clocks.4.within.table", "hotline_contact_clocks"),
    ("DutyRule", "by", HOTLINE, "duty.by", "area"),
    ("DutyRule", "by", ABOUT, "duty.by", "about"),
    ("CaseType", "effects", HOTLINE, "effects", [{"on": "opened", "subject": "enterprise", "set": {"no_field": "=x"}}]),
    ("CaseType", "about", ABOUT, "about", {"subject": "enterprise"}),
    ("AboutRule", "subject", ABOUT, "about.subject", "vehicle"),
    ("AboutRule", "required", ABOUT, "about.required", False),
    ("AboutRule", "area", ABOUT, "about.area", "industry"),
    ("AboutRule", "place", ABOUT, "about.place", "spot"),
    ("AboutRule", "unit", ABOUT, "about.unit", "website"),
    ("AboutRule", "keep", ABOUT, "about.keep", ["name", "address"]),
    ("CaseType", "demands", ABOUT, "demands", []),
    ("DemandRule", "id", ABOUT, "demands.0.id", "otherwise"),
    ("DemandRule", "before", ABOUT, "demands.0.before", ["dispatch"]),
    ("DemandRule", "facts", ABOUT, "demands.0.facts.kind.ask", "enterprise.website"),
    ("DemandRule", "tables", ABOUT, "demands.0.tables.span.table", "hotline_contact_clocks"),
    ("DemandRule", "when", ABOUT, "demands.0.when", [{"fact": "kind", "in": ["x"]}]),
    ("DemandRule", "need", ABOUT, "demands.0.need.0", {"fact": "span", "in": ["x"]}),
    ("DemandRule", "reason", ABOUT, "demands.0.reason", OTHER),
    ("DemandRule", "remedy", ABOUT, "demands.0.remedy", OTHER),
    ("DemandRule", "citation", ABOUT, "demands.0.citation", "another article"),
    ("DemandRule", "tell", ABOUT, "demands.0.tell", ["urgency"]),
    ("DutyRule", "lead", HOTLINE, "duty.lead", "street-110108011"),
    ("DutyRule", "fallback", HOTLINE, "duty.fallback", "street-110108011"),
    ("ReturnRule", "max", HOTLINE, "returns.max", 0),
    ("ReturnRule", "max", SCENE, "returns.max", 3),
    ("ReturnRule", "reasons", HOTLINE, "returns.reasons.not_our_area", GONE),
    ("ReturnRule", "reasons", HOTLINE, "returns.reasons.other_reason", OTHER),
    ("ReturnRule", "arbiter", HOTLINE, "returns.arbiter", "leader"),
    ("EvidenceRule", "min", HOTLINE, "evidence.min", 0),
    ("EvidenceRule", "min", HOTLINE, "evidence.min", 2),
    ("EvidenceRule", "types", HOTLINE, "evidence.types", ["document"]),
    ("EvidenceRule", "types", SCENE, "evidence.types", ["photo", "measurement"]),
    ("EvidenceRule", "within_m", SCENE, "evidence.within_m", 50_000),
    ("EvidenceRule", "taken_after", SCENE, "evidence.taken_after", "opened"),
    ("EvidenceRule", "taken_after", SCENE, "evidence.taken_after", None),
    ("EvidenceRule", "unique", HOTLINE, "evidence.unique", True),
    ("EvidenceRule", "unique", SCENE, "evidence.unique", False),
    ("VerifyRule", "by", HOTLINE, "verify.by", "inspector"),
    ("VerifyRule", "independent_of", HOTLINE, "verify.independent_of", []),
    ("VerifyRule", "independent_of", HOTLINE, "verify.independent_of", ["handler"]),
    ("VerifyRule", "independent_of", SCENE, "verify.independent_of", ["unit"]),
    ("VerifyRule", "sample", HOTLINE, "verify.sample", {"fraction": "0.0000001"}),
    ("VerifyRule", "attempts", HOTLINE, "verify.attempts", {"max": 1}),
    ("VerifyRule", "script", HOTLINE, "verify.script", "another"),
    ("VerifyRule", "results", HOTLINE, "verify.results", ["solved"]),
    ("VerifyRule", "results", SCENE, "verify.results", ["failed"]),
    ("Sample", "fraction", HOTLINE, "verify.sample", {"fraction": "0.0000001"}),
    ("Attempts", "max", HOTLINE, "verify.attempts.max", 2),
    ("Attempts", "spacing", HOTLINE, "verify.attempts.spacing", "1h"),
    ("ReopenRule", "max", HOTLINE, "reopen.max", 0),
    ("ReopenRule", "window", HOTLINE, "reopen.window", "3 days"),
    ("ReopenRule", "by", HOTLINE, "reopen.by", ["leader"]),
    ("ReopenRule", "by", SCENE, "reopen.by", ["operator"]),
    ("SuspendRule", "approver", HOTLINE, "suspend.approver", "leader"),
    ("SuspendRule", "max", HOTLINE, "suspend.max", "10 days"),
    ("SuspendRule", "max", HOTLINE, "suspend.max", "300 days"),
    ("SuspendRule", "reasons", HOTLINE, "suspend.reasons.season", GONE),
    ("SuspendRule", "reasons", HOTLINE, "suspend.reasons.other_reason", OTHER),
    ("PartyRule", "kinds", HOTLINE, "parties.kinds.hard", GONE),
    ("PartyRule", "kinds", HOTLINE, "parties.kinds.other_kind", OTHER),
    ("PartyRule", "arrive", HOTLINE, "parties.arrive.emergency", "45min"),
    ("PartyRule", "arrival_within_m", HOTLINE, "parties.arrival_within_m", 50_000),
    ("PartyRule", "signature", HOTLINE, "parties.signature", False),
    ("PartyRule", "finish", HOTLINE, "parties.finish", "3 days"),
    ("PartyRule", "score", HOTLINE, "parties.score", False),
    ("NoticePeriod", "field", GATE, "gate.notice.field", "item"),
    ("NoticePeriod", "within", GATE, "gate.notice.within", "5 days"),
    ("AdmissionRule", "by", PUSHED, "admission.by", "task"),
    ("AdmissionRule", "reason", PUSHED, "admission.reason", OTHER),
    ("Name", "zh", PUSHED, "admission.reason.zh", "别的"),
    ("Name", "en", PUSHED, "admission.reason.en", "Something else"),
    ("GateRule", "reviewer", GATE, "gate.reviewer", "leader"),
    ("GateRule", "valid_max", GATE, "gate.valid_max", "200 days"),
    ("GateRule", "notice", GATE, "gate.notice", None),
    ("GateRule", "requires", GATE, "gate.requires.more", OTHER),
    ("ExclusionRule", "reviewer", SCENE, "exclusions.reviewer", "leader"),
    ("ExclusionRule", "cutoff", SCENE, "exclusions.cutoff", "60 days"),
    ("ExclusionRule", "reasons", SCENE, "exclusions.reasons.force_majeure", GONE),
    ("ExclusionRule", "reasons", SCENE, "exclusions.reasons.other_reason", OTHER),
    ("FieldRule", "name", HOTLINE, "fields.more.name", OTHER),
    ("FieldRule", "required", HOTLINE, "fields.more.required", False),
    ("FieldRule", "personal", HOTLINE, "fields.more.personal", True),
    ("FieldRule", "public", HOTLINE, "fields.more.public", True),
    ("FieldRule", "choices", HOTLINE, "fields.more.choices", {"x": OTHER}),
    ("FieldRule", "type", HOTLINE, "fields.more.type", "number"),
    ("FieldRule", "type", HOTLINE, "fields.more.type", "date"),
]
# What must be declared first, so that the key can matter.
ENTERPRISE = {"subject": "enterprise", "area": "street", "place": "position", "unit": "authority", "keep": ["name"]}
DEMAND = {
    "id": "known", "before": ["open"], "reason": MORE,
    "facts": {"kind": {"ask": "enterprise.industry"}, "urgency": {"case": "urgency"}, "category": {"case": "category"}},
    "tables": {"span": {"table": "hotline_clocks", "inputs": {"urgency": "urgency", "category": "category"}}},
    "need": [{"fact": "span", "known": True}, {"fact": "kind", "known": True}],
}  # fmt: skip
GIVEN: dict[tuple[str, str], tuple[str, Any]] = {
    **{("DemandRule", key): ("demands", [DEMAND])
       for key in ("id", "before", "facts", "tables", "when", "need", "reason", "remedy", "citation", "tell")},
    ("CaseType", "demands"): ("demands", [DEMAND]),
    ("DutyRule", "by"): ("about", ENTERPRISE | {"required": False}),
    **{("AboutRule", key): ("about", ENTERPRISE)
       for key in ("subject", "required", "area", "place", "unit", "keep")},
    ("ClockRule", "restart"): ("clocks.4.from", ["dispatched", "accepted"]),
    **{("FieldRule", key): ("fields", {"more": {"name": MORE, "type": "text", "required": True}})
       for key in ("name", "required", "public", "choices", "type")},
    ("FieldRule", "personal"): ("fields", {"more": {"name": MORE, "type": "number"}}),
}  # fmt: skip
# Keys that no single case shows; what shows them is asked in `test_seen_keys`.
SEEN = {
    ("CaseType", "name"), ("Programme", "applies_to"), ("Programme", "clause"), ("Programme", "legal_basis"),
    ("Programme", "name"), ("Programme", "ranks"), ("Programme", "retention"),
    ("Programme", "roles"),
}  # fmt: skip
# Keys of the programme itself that the tours see.
WHOLE = [
    ("id", "hotline-too"),
    ("edition", "2027-01"),
    ("cases", {}),
    ("indicators", ["no_such_rate"]),
    ("indicators", [{"id": "no_such_rate", "clock": "feedback"}]),
    ("indicators", [{"id": "on_time_rate", "clock": "triage"}]),
    ("scorecard", "no_such_table"),
]


def mutated(declared: Programme, kind: str, path: str, value: Any) -> Programme:
    """The declaration with one place of one case type changed, read again through the schema."""
    raw = declared.model_dump(mode="json", by_alias=True)
    place: Any = raw["cases"][kind]
    *above, last = path.split(".")
    for step in above:
        place = place[int(step)] if isinstance(place, list) else place[step]
    key: Any = int(last) if isinstance(place, list) else last
    if value is GONE:
        del place[key]
    else:
        place[key] = value
    return Programme.model_validate(raw)


def declared_for(model: str, key: str, where: Where) -> Programme:
    """The shipped declaration, with what must be declared first."""
    shipped = programme(where[0])
    return mutated(shipped, where[1], *GIVEN[model, key]) if (model, key) in GIVEN else shipped


@cache
def answered(where: Where, given: tuple[str, str] | None = None) -> list[str]:
    """What everybody is answered before the change."""
    return recorded(declared_for(*(given or ("", "")), where), *where[1:])


@pytest.mark.parametrize(
    ("model", "key", "where", "path", "value"), CHANGES, ids=[f"{c[0]}.{c[1]}-{c[2][0]}-{c[3]}" for c in CHANGES]
)
def test_another_value_of_a_key_is_answered_otherwise(
    model: str, key: str, where: Where, path: str, value: Any
) -> None:
    before = declared_for(model, key, where)
    changed = mutated(before, where[1], path, value)
    assert changed != before
    said = answered(where, (model, key) if (model, key) in GIVEN else None)
    assert recorded(changed, *where[1:]) != said, f"{path} = {value!r} changes nothing anybody can see"


@pytest.mark.parametrize(("key", "value"), WHOLE, ids=[f"{key}-{n}" for n, (key, _) in enumerate(WHOLE)])
def test_another_value_of_a_programmes_key_is_answered_otherwise(key: str, value: Any) -> None:
    raw = programme("hotline").model_dump(mode="json", by_alias=True) | {key: value}
    changed = Programme.model_validate(raw)
    if key in ("id", "cases"):  # nobody can open a case under it
        assert Tour(changed, "request").opened().record != Tour(programme("hotline"), "request").opened().record
        return
    assert recorded(changed, "request") != answered(HOTLINE)


# Rules whose keys are changed where the room is that answers for them.
ELSEWHERE = {"ByDay": "programmes/test_petitions.py", "EffectRule": "effects/test_effects.py",
             "GroundsRule": "loop/test_grounds.py",
             "KeepRule": "watches/test_observing.py",
             "ObservedRule": "watches/test_observing.py", "TellsRule": "faces/test_petition_pages.py"}  # fmt: skip
PARENTS = {("CaseType", "keep"): "watches/test_observing.py", ("VerifyRule", "observed"): "watches/test_observing.py",
           ("GateRule", "grounds"): "loop/test_grounds.py",
           ("DemandRule", "products"): "loop/test_demands.py", ("CaseType", "tells"): "faces/test_petition_pages.py",
           ("CaseType", "unseen"): "faces/test_petition_pages.py",
           ("FieldRule", "of"): "faces/test_petition_pages.py"}  # fmt: skip


def changed_elsewhere(model: str, key: str) -> bool:
    """Whether a key stands in the tests of its room."""
    file = PARENTS.get((model, key)) or ELSEWHERE.get(model, "")
    text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8") if file else ""
    return re.search(rf"\b{key.rstrip('_')}\b", text) is not None


def test_no_key_of_the_schema_is_left_out() -> None:
    changed = {change[:2] for change in CHANGES} | {("Programme", key) for key, _ in WHOLE}
    changed |= {("IndicatorUse", "id"), ("IndicatorUse", "clock")}  # within `indicators` above
    changed |= {("EffectRule", key) for key in EffectRule.model_fields}  # see tests/effects
    changed |= {("LocalRole", key) for key in LocalRole.model_fields}  # see test_toy_role.py
    assert [each for each in sorted(set(KEYS) - changed - SEEN) if not changed_elsewhere(*each)] == []
    assert sorted(changed & SEEN) == []
