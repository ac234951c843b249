"""Every key of a programme is read: what is declared changes what happens, what does nothing does not exist."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from bihuan.loop.kernel import programme as kernel_programme
from bihuan.loop.kernel.programme import NO_LONGER, DutyRule, EvidenceRule, Programme
from bihuan.loop.programme_checks import findings
from bihuan.loop.programmes import folder_of
from tests.loop.district import OPERATOR, START, Walk, programme, registers
from tests.programmes.test_declared_loops import HERE, INSPECTOR, place


def walk_with(programme_id: str, kind: str, **changed: object) -> Walk:
    """A walk under the shipped declaration with some keys of one case type changed."""
    walk = Walk(programme_id)
    case = walk.programme.cases[kind].model_copy(update=changed)
    walk.programme = walk.programme.model_copy(update={"cases": {**walk.programme.cases, kind: case}})
    return walk


@pytest.mark.parametrize("key", NO_LONGER)
def test_what_nobody_read_is_refused_and_recorded_editions_stay_readable(key: str) -> None:
    declared = programme().model_dump(mode="json", by_alias=True)
    with pytest.raises(ValidationError, match=key):
        Programme.model_validate({**declared, key: None})
    assert Programme.recorded({**declared, key: None}) == programme()


def test_duty_by_given_asks_whoever_dispatches() -> None:
    walk = walk_with("hotline", "request", duty=DutyRule(by="given")).opened()
    assert walk.refused("dispatch", OPERATOR, 0.1) == "field_missing"
    unit = next(o.code for o in registers().organisations if o.kind == "street")
    assert walk.do("dispatch", OPERATOR, 0.1, unit=unit).state == "dispatched"
    with pytest.raises(ValidationError):
        DutyRule(by="subject")  # type: ignore[arg-type]


@pytest.mark.parametrize(("event", "enough"), [("opened", True), ("dispatched", False)])
def test_taken_after_counts_from_its_own_event(event: str, enough: bool) -> None:
    evidence = EvidenceRule(min=1, types=["photo"], taken_after=event)
    walk = walk_with("street-scene", "finding", evidence=evidence)
    walk.do("open", INSPECTOR, **{"kind": "finding"}, category="cleanliness.litter", **place())
    walk.do("dispatch", INSPECTOR, 2)
    walk.do("accept", walk.holder, 3)
    taken = (START + timedelta(hours=1)).isoformat()
    walk.do("add_evidence", walk.holder, 4, sha256="a" * 64, type="photo", place=HERE, taken_at=taken)
    if enough:
        assert walk.do("submit", walk.holder, 5).state == "verifying"
    else:
        assert walk.refused("submit", walk.holder, 5) == "evidence_lacking"


def test_taken_after_an_event_without_a_time_is_refused() -> None:
    changed = walk_with("street-scene", "finding", evidence=EvidenceRule(taken_after="urged")).programme
    assert any("no clock starts at 'urged'" in f.what for f in findings(changed, folder_of("street-scene")))


SOURCE = Path(kernel_programme.__file__).parents[2]
CODE = "\n".join(
    file.read_text(encoding="utf-8")
    for pattern in ("*.py", "*.html")
    for file in sorted(SOURCE.rglob(pattern))
    if file.name != "programme.py" or file.parent.name != "kernel"
)
MODELS = [m for m in vars(kernel_programme).values() if isinstance(m, type) and issubclass(m, kernel_programme.Strict)]
KEYS = sorted({(m.__name__, name) for m in MODELS for name in m.model_fields})
# Read under another name: both spellings of a clock's events, an indicator's parts.
THROUGH = {
    "arrive": "arrival",
    "from_": "(?:starts|from_)",
    "to": "stops",
    "indicators": "indicator_ids",
    "clock": "indicator_clocks",
}


@pytest.mark.parametrize(("model", "key"), KEYS, ids=lambda each: str(each))
def test_every_declared_key_is_read_somewhere(model: str, key: str) -> None:
    """A key that no code and no page asks for must not exist: it would promise what nobody does."""
    assert re.search(rf"\.{THROUGH.get(key, key)}\b", CODE), f"{model}.{key} is declared and never read"
