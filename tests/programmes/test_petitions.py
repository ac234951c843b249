"""Petitions: terms of both sides, letters without a gap, rules that stand aside; what is declared, not a play."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from bihuan.documents.letters.catalogue import letters_of
from bihuan.documents.letters.factfiles import compose_from, described
from bihuan.effects.rules import EffectEvent, planned_of
from bihuan.loop.kernel.clocks import start
from bihuan.loop.kernel.model import Case
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.methods.parts.rulebook import method_rules
from bihuan.registers.pure.calendar_files import load_calendar
from bihuan.rules.book import RuleBook
from bihuan.rules.terms import end_term, term_of
from bihuan.watches.catalogue import read_watch

FOLDER = folder_of("petitions")
CALENDAR = load_calendar("CN", "Asia/Shanghai")
TERMS = RuleBook.from_folder(FOLDER / "tables")


def last_day(_programme: str, table: str, begun: date, inputs: Any) -> date:
    """What the house's own counting answers."""
    return end_term(term_of(TERMS.lookup(table, begun, "*", **inputs)), begun, lambda day: CALENDAR.worked(day)[0]).last


def test_every_watch_is_in_use() -> None:
    watches = [read_watch(path) for path in sorted((FOLDER / "watches").glob("*.yaml"))]
    assert len(watches) == 10
    assert sum(each.declared.opens is not None for each in watches) == 4


@pytest.mark.parametrize("clock", ["accept", "answer", "ask_review", "review", "ask_recheck", "recheck"])
def test_loop_letters_and_method_count_by_the_same_table(clock: str) -> None:
    day = date(2026, 3, 2)
    ours = term_of(TERMS.lookup("petition_term", day, "*", clock=clock))
    theirs = term_of(method_rules().lookup("petition.term", day, "*", clock=clock, extended=False))
    assert (ours.amount, ours.unit, ours.citizen, ours.moves) == (
        theirs.amount,
        theirs.unit,
        theirs.citizen,
        theirs.moves,
    )


@pytest.mark.parametrize(
    ("served", "until", "gone"),
    [
        ("2025-09-01", "2025-10-09", "2025-10-10"),  # 1 October is off until the eighth, which 2025 adds
        ("2025-12-02", "2026-01-04", "2026-01-05"),  # New Year's Day is off; Sunday 4 January is worked (调休)
        ("2025-07-01", "2025-07-31", "2025-08-01"),
    ],
)
def test_the_right_to_review_is_a_day_of_the_register(served: str, until: str, gone: str) -> None:
    at = datetime.fromisoformat(f"{served}T14:00:00+08:00").astimezone(UTC)
    event = EffectEvent(
        uuid4(), "verified", at, "petitions", "petition", "25", {"result": "passed"}, {}, {"number": "25"}
    )
    (planned,) = planned_of(event, all_programmes()["petitions"], CALENDAR.zone, last_day)
    assert (planned.type, planned.key) == ("petition", "25")
    assert planned.values == {"served": served, "closed": served, "ask_review_until": until, "ask_review_gone": gone}


def test_a_step_has_a_clock_to_the_evening_of_its_day() -> None:
    class Told:
        def due(self, at: datetime, within: str) -> Any:
            return at, {"within": within, "zone": "Asia/Shanghai"}

        def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> Any:
            return (
                {"agreement-step.due": (date(2026, 5, 8), {"source": "mediation record"})}.get(kind)
                if key == "A-1"
                else None
            )

    rule = next(c for c in all_programmes()["petitions"].cases["step"].clocks if c.name == "perform")
    at = datetime(2026, 5, 1, 2, tzinfo=UTC)
    facts: Any = Told()
    op = start(rule, Case(uuid4(), about="agreement-step", subject="A-1"), at, facts, {})
    assert op["due"] == "2026-05-08T15:59:59Z"
    assert op["why"]["promised"] == "2026-05-08"
    nobody = start(rule, Case(uuid4(), about="agreement-step", subject="B-1"), at, facts, {})
    assert nobody["due"] == "2026-05-01T02:00:00Z"  # a day that nobody said is due at once


FACTS: dict[str, Any] = {
    "number_of_case": "2605080000001", "matter": "拆迁安置房办证迟缓", "matter_code": "M-02", "received": "2026-04-01",
    "body": "区住房和城乡建设委员会", "officer": "李某", "accepted": "2026-04-08", "served": "2026-05-08",
    "decision_text": "支持部分请求", "way": "litigation", "competent": "人民法院", "competent_en": "the court",
    "mediator": "MED-03", "agreement": "AGR-001", "effective": "2026-05-08", "step": "AGR-001-1", "due": "2026-05-20",
    "amount": "12000.00", "steps": [{"what": "第1期款项", "due": "2026-05-20", "amount": "12000.00"}],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(letters_of("petitions")))
def test_every_letter_states_basis_remedy_and_the_day_until_which(name: str) -> None:
    declared = letters_of("petitions")[name]
    facts = {key: value for key, value in FACTS.items() if key in declared.letter.facts}
    told = described(
        compose_from(declared, {"facts": facts, "dated": "2026-05-08", "count": 7, "case": "25", "addressee": ["王某"]})
    )
    assert told["basis"]
    assert told["remedy"]
    assert told["remedy_until"] > "2026-05-08"


def test_the_way_of_the_law_has_its_own_term() -> None:
    declared = letters_of("petitions")["petition-not-accepted"]
    until = {}
    for way in ("litigation", "arbitration", "administrative_review"):
        facts = {key: value for key, value in FACTS.items() if key in declared.letter.facts} | {"way": way}
        told = described(
            compose_from(declared, {"facts": facts, "dated": "2026-05-08", "count": 1, "addressee": ["王某"]})
        )
        until[way] = told["remedy_until"]
    assert until == {"litigation": "2026-11-09", "arbitration": "2027-05-10", "administrative_review": "2026-07-07"}
