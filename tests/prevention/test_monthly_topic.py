"""The topic of the month: selected with a public reason, carried out with plan and lists, judged, or going on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bihuan.insight.shelf import Folder
from bihuan.loop import campaigns
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, get_case, history
from bihuan.numbers.periods import Month
from bihuan.prevention.proposing import PlanError
from bihuan.prevention.selecting import TopicChoice, read_summary, select_topics
from tests.loop.district import facts, handler, registers

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
MONTH = Month.parse("2026-11")
INSPECTOR = Actor("user:inspector", frozenset({"inspector"}))
OTHER = Actor("user:other-inspector", frozenset({"inspector"}))


def summary(folder: Path) -> dict[str, Any]:
    """Two ranked topics as the command writes them."""
    topics = [
        {"topic_id": f"T{n}", "label": f"专题{n}", "rank": n, "why": {"zh": "因", "en": "why"}, "members": ["1", "2"]}
        for n in (1, 2)
    ]
    path = folder / "topics.json"
    path.write_text(json.dumps({"topics": topics}, ensure_ascii=False), encoding="utf-8")
    return read_summary(path)


def do(case_id: Any, name: str, actor: Actor | None, day: float, **data: Any) -> Any:
    """One command that must be possible; the case after it."""
    at = NOW + timedelta(days=day)
    case = get_case(case_id)
    assert case is not None
    result = append([Order(Command(name, actor or handler(case.lead), at, data), case_id)], facts=facts(at))[0]
    return result.refusal.code if result.refusal else result.case


@pytest.mark.django_db
def test_a_topic_is_selected_carried_out_found_wanting_and_goes_on(tmp_path: Path) -> None:
    choice = TopicChoice("T2", "topic.property", "涉及面广，三个月持续高发")
    told = select_topics(
        Folder(tmp_path), MONTH, summary(tmp_path), [choice], "monthly-topic", "problem", registers().district.code
    )
    assert told["selected"][0]["reason"] == choice.reason
    assert [t["topic"] for t in told["not_selected"]] == ["T1"], "what was not chosen is told too"
    assert campaigns.open_cases(told["campaign"], INSPECTOR, NOW, facts(NOW)) == 1
    key = CaseRow.objects.get(programme="monthly-topic").id
    assert do(key, "dispatch", INSPECTOR, 1) == "unclassified", "a matter without a place names no unit by itself"
    do(key, "dispatch", INSPECTOR, 1, unit=facts(NOW).unit("street-110108011", NOW))
    do(key, "accept", None, 2)
    assert do(key, "submit", None, 3) == "evidence_lacking"
    for n in range(4):
        do(key, "add_evidence", None, 4 + n, sha256=f"{n:064x}", type="document")
    assert do(key, "submit", None, 30).state == "verifying"
    assert do(key, "verify", OTHER, 40, result="failed").open, "no effect: it goes on"
    do(key, "accept", None, 42)
    for n in range(4, 8):
        do(key, "add_evidence", None, 40 + n, sha256=f"{n:064x}", type="document")
    assert do(key, "submit", None, 60).state == "verifying", "each round brings its own plan and lists"
    assert do(key, "verify", OTHER, 70, result="passed").outcome == "closed"


@pytest.mark.django_db
def test_a_topic_with_a_declared_lead_goes_there_without_being_named(tmp_path: Path) -> None:
    choice = TopicChoice("T1", "topic.property", "涉及面广", "urban-management")
    district = registers().district.code
    told = select_topics(Folder(tmp_path), MONTH, summary(tmp_path), [choice], "monthly-topic", "problem", district)
    assert campaigns.open_cases(told["campaign"], INSPECTOR, NOW, facts(NOW)) == 1
    row = CaseRow.objects.get(programme="monthly-topic")
    sent = do(row.id, "dispatch", INSPECTOR, 1)
    lead = facts(NOW).unit(choice.lead or "", NOW)
    assert lead is not None
    assert (sent.lead, sent.holder.id) == (lead, lead)
    assert history(row.id)[-1].data["duty"] == {"campaign": told["campaign"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (TopicChoice("T9", "topic.other", "因"), "no topic 'T9'"),
        (TopicChoice("T1", "topic.other", " "), "why it was chosen"),
    ],
)
def test_no_topic_without_a_public_reason(tmp_path: Path, choice: TopicChoice, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        select_topics(
            Folder(tmp_path), MONTH, summary(tmp_path), [choice], "monthly-topic", "problem", registers().district.code
        )


def test_another_file_is_no_summary(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]", encoding="utf-8")
    with pytest.raises(PlanError, match="bihuan topics --summary"):
        read_summary(tmp_path / "x.json")
