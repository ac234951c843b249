"""What a sample planted, what must be left alone, and what the engine said: matched by rule and key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bihuan.faults import Fault


class SampleFault(Fault):
    """A sample does what it may not: it plants twice, or an act of its people is refused."""

    remedy = "correct the programme's sample.py"


@dataclass(frozen=True)
class Planting:
    """One planted item.

    Args:
        rule: What must find it, as the sample calls it. key: What it is about: a site, a firm, a case's own key.
        how: In words, for whoever reads the explanation. false_friend: It must be left alone.
    """

    rule: str
    key: str
    how: str
    false_friend: bool = False


@dataclass
class GroundTruth:
    """What is really so, beside the data and never inside it; and what the engine found."""

    plantings: dict[tuple[str, str], Planting] = field(default_factory=dict)
    findings: dict[tuple[str, str], str] = field(default_factory=dict)

    def plant(self, rule: str, key: str, how: str, *, false_friend: bool = False) -> None:
        """Remember an item that a rule must find, or with `false_friend` must leave alone.

        Raises:
            SampleFault: the rule has an item of that key.

        Source: docs/topics/play.md, "Planting".
        """
        if (rule, key) in self.plantings:
            raise SampleFault(f"{rule} {key} 重复埋设 · {rule} {key} is planted twice")
        self.plantings[rule, key] = Planting(rule, key, how, false_friend)

    def find(self, rule: str, key: str, how: str) -> None:
        """Remember what the engine said; said twice it counts once. Source: docs/topics/play.md, "Planting"."""
        self.findings.setdefault((rule, key), how)

    def counts(self) -> dict[str, int]:
        """How many were planted, found, missed, and found although nothing was planted."""
        true = {at for at, each in self.plantings.items() if not each.false_friend}
        found = true & self.findings.keys()
        return {
            "planted": len(true), "found": len(found), "false": len(self.findings.keys() - true),
            "missed": len(true) - len(found),
        }  # fmt: skip

    def explain(self) -> list[dict[str, Any]]:
        """Every item with what became of it, by rule and key; then what was found without being planted."""
        told = []
        for at, each in sorted(self.plantings.items()):
            found = self.findings.get(at)
            verdict = ("false" if found else "left alone") if each.false_friend else ("found" if found else "missed")
            told.append({"rule": at[0], "key": at[1], "verdict": verdict, "planted": each.how, "found_by": found or ""})
        for at, how in sorted(self.findings.items()):
            if at not in self.plantings:
                told.append({"rule": at[0], "key": at[1], "verdict": "false", "planted": "", "found_by": how})
        return told
