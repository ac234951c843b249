"""Optional rewording by an OpenAI-compatible endpoint; a text that changes a number or a name is thrown away."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx

from bihuan.briefings.text import Briefing, FactSentence
from bihuan.briefings.trace import refit

ASKS = {
    "zh": "请把下面这句政务简报改写得通顺、简洁。不得改动、增加或删去任何数字、日期和名称，只输出改写后的一句话。",
    "en": "Reword this sentence of a briefing plainly. Do not change, add or drop any number, date or name. "
    "Answer with the sentence only.",
}


@dataclass(frozen=True)
class Endpoint:
    """Where rewordings come from.

    Args:
        url: Base address up to and with the version, without `/chat/completions`.
        model: Its name there.
        key: Bearer token; empty for none.
        seconds: Patience for one answer.
    """

    url: str
    model: str
    key: str = ""
    seconds: float = 20.0

    @classmethod
    def from_environment(cls) -> Endpoint | None:
        """BIHUAN_REWORD_URL, BIHUAN_REWORD_MODEL and BIHUAN_REWORD_KEY; None without an address.

        Source: docs/topics/briefings.md, "Rewording".
        """
        url = os.environ.get("BIHUAN_REWORD_URL", "").rstrip("/")
        return (
            cls(url, os.environ.get("BIHUAN_REWORD_MODEL", ""), os.environ.get("BIHUAN_REWORD_KEY", ""))
            if url
            else None
        )


@dataclass
class RewordOutcome:
    """What came of it: accepted, rejected (with reasons) and failed calls."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """As plain values. Source: docs/topics/briefings.md, "Rewording"."""
        return {**{k: self.counts[k] for k in ("accepted", "rejected", "failed")}, "reasons": self.reasons}


def reword(briefing: Briefing, endpoint: Endpoint, names: Iterable[str], outcome: RewordOutcome) -> Briefing:
    """Return the briefing with every line reworded that came back with the same facts; the others stay as they were.

    Args:
        briefing: What was composed.
        endpoint: The model. It receives the sentence only: no case text, no identity.
        names: All names of the registers; none may appear that was not there.
        outcome: Counts are added here.

    Source: docs/topics/briefings.md, "Rewording".
    """
    known = tuple(names)
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    with httpx.Client(timeout=endpoint.seconds, headers=headers) as client:
        return briefing.with_lines(lambda line: _one(line, client, endpoint, known, outcome))


def _one(
    line: FactSentence, client: httpx.Client, endpoint: Endpoint, names: tuple[str, ...], outcome: RewordOutcome
) -> FactSentence:
    messages = [{"role": "system", "content": ASKS[line.language]}, {"role": "user", "content": line.text}]
    try:
        answer = client.post(
            f"{endpoint.url}/chat/completions",
            json={"model": endpoint.model, "messages": messages, "temperature": 0},
        )
        answer.raise_for_status()
        text = str(answer.json()["choices"][0]["message"]["content"]).strip()
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
        outcome.counts["failed"] += 1
        outcome.reasons.append(f"{type(error).__name__}: {error}"[:200])
        return line
    found = refit(line, text, names)
    if isinstance(found, str):
        outcome.counts["rejected"] += 1
        outcome.reasons.append(found[:200])
        return line
    outcome.counts["accepted"] += 1
    return found
