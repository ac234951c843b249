"""每月一题: which ranked topics a month takes up, with the public reason, as a campaign of cases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.insight.shelf import Shelf
from bihuan.ledger import statements
from bihuan.loop import campaigns
from bihuan.loop.kernel.campaign import Campaign
from bihuan.loop.kernel.model import Data
from bihuan.numbers.periods import Month
from bihuan.prevention.effects import MEMBERS
from bihuan.prevention.proposing import PlanError

SELECTED = "monthly-topic"
PUBLIC = ("label", "rank", "why", "first_seen", "last_seen")
RUNS = timedelta(days=365)  # a topic is followed for a year


class TopicChoice(NamedTuple):
    """A topic taken up: its id in the summary, the category of its case, and the reason the public reads.

    `lead` is the code of the department that leads (牵头单位); without one the desk names it when it dispatches.
    """

    topic: str
    category: str
    reason: str
    lead: str | None = None


def read_summary(path: Path) -> dict[str, dict[str, Any]]:
    """Topic id → facts, of the summary that `bihuan topics --summary` wrote.

    Raises:
        PlanError: the file is not such a summary.

    Source: docs/topics/topics.md.
    """
    try:
        topics = json.loads(path.read_text(encoding="utf-8"))["topics"]
        return {str(topic["topic_id"]): topic for topic in topics}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlanError(
            f"{path} is no summary of topics ({error}); write one with `bihuan topics --summary`"
        ) from error


def select_topics(
    shelf: Shelf,
    month: Month,
    known: dict[str, dict[str, Any]],
    choices: Sequence[TopicChoice],
    programme: str,
    kind: str,
    district: str,
) -> dict[str, Any]:
    """Publish the selection in the ledger and declare its campaign.

    Args:
        shelf: Where the selection is kept.
        month: The month whose topics they are.
        known: As `read_summary` gives it: every candidate, those not chosen too.
        choices: What is taken up; each needs a reason.
        programme, kind: The declared kind of case.
        district: Official code.

    Raises:
        PlanError: no such topic, or no reason.
        django.db.IntegrityError: that month was selected already.

    Source: docs/topics/prevention.md (a topic taken up is published with its reason); docs/topics/topics.md.
    """
    for choice in choices:
        if choice.topic not in known:
            raise PlanError(f"there is no topic {choice.topic!r}; there are: {', '.join(list(known)[:10])}")
        if not choice.reason.strip():
            raise PlanError(f"topic {choice.topic}: the public reads why it was chosen; give a reason")
    campaign = f"monthly-topic-{month}"
    members = tuple(f"{month}:{choice.topic}" for choice in choices)
    facts_of: dict[str, Data] = {f"{month}:{c.topic}": _opens_with(c) for c in choices}
    start = date(month.year, month.month, 1)
    campaigns.start(Campaign(campaign, programme, kind, start, start + RUNS, members), district, facts_of)
    told = [_told(known[c.topic], c) for c in choices]
    others = [
        {"topic": key, "label": topic.get("label", "")}
        for key, topic in known.items()
        if key not in {c.topic for c in choices}
    ]
    body = {
        "campaign": campaign,
        "month": str(month),
        "selected": [{"topic": t["topic"], "reason": t["reason"]} for t in told],
    }
    statements.publish_statement(SELECTED, body)
    answer = {"campaign": campaign, "month": str(month), "selected": told, "not_selected": others[:50]}
    shelf.write(f"{campaign}.json", json.dumps(answer, ensure_ascii=False, indent=1).encode())
    behind = {c.topic: list(known[c.topic].get("members", [])) for c in choices}
    shelf.write(f"{campaign}{MEMBERS}", json.dumps(behind, ensure_ascii=False).encode())
    return answer


def _opens_with(choice: TopicChoice) -> Data:
    return {"category": choice.category, **({"lead": choice.lead} if choice.lead else {})}


def _told(topic: dict[str, Any], choice: TopicChoice) -> dict[str, Any]:
    """Return what is published of a topic: label and figures, never its messages."""
    facts: dict[str, Any] = {k: topic[k] for k in PUBLIC if k in topic}
    return {
        "topic": choice.topic,
        **facts,
        "members": len(topic.get("members", [])),
        "category": choice.category,
        "reason": choice.reason,
    }
