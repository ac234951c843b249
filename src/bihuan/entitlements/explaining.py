"""Why somebody is on a list or not, clause by clause; and the letters that say so.

Source: docs/topics/entitlements.md, "Why"; 行政许可法 第三十八条 (reasons are given).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.gathering import LetterOccasion
from bihuan.documents.letters.sending import write_after
from bihuan.entitlements.catalogue import policy_named, programme_of
from bihuan.entitlements.judging import LOOKER
from bihuan.entitlements.lists import list_named
from bihuan.entitlements.models import GrantListRow, GrantRow
from bihuan.entitlements.paying import number_of
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.entitlements.pure.questions import ask_all, explain
from bihuan.loop.facts import LoopFacts
from bihuan.registers.isolation import in_district
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type

type Both = dict[str, str]
NOT_GRANTED = "not-granted"
REASONS: Mapping[str, tuple[str, str]] = {
    "listed": ("已列入名单", "it is on the list"),
    "paid": ("已兑付", "it was paid"),
    "refused": ("资金不足，未付", "there was no money left"),
    "struck": ("公示后剔除", "it was struck off after notice"),
    "declined": ("企业声明放弃享受", "the firm said that it does not want it"),
    "amount_not_known": ("计算金额所需数据未登记", "what the amount rests on is not registered"),
    "granted_before": ("本期间已经享受", "it has had it for this period"),
    "excluded_by": ("与已享受的政策不得同时享受", "another policy that it has had excludes this one"),
    "over_cap": ("超过合计上限", "all policies together would be above the cap"),
    "no": ("按登记数据不符合条件", "by registered data it is not entitled"),
    "unknown": ("登记数据不足，不能确定", "too little is registered to tell"),
}
ANSWERS: Mapping[str, tuple[str, str]] = {
    "yes": ("符合", "yes"), "no": ("不符合", "no"), "unknown": ("未登记", "not registered")
}  # fmt: skip


@dataclass(frozen=True)
class LineReason:
    """Why: what became of somebody in a list, each clause with what the register said on the list's day.

    Args:
        code: A key of `REASONS`. detail: What the list says besides. missing: Fields that are not known.
    """

    policy: PolicyFile
    row: GrantListRow
    line: GrantRow | None
    code: str
    detail: str
    missing: tuple[str, ...]
    clauses: tuple[dict[str, Any], ...]

    @property
    def words(self) -> Both:
        """The reason in both languages."""
        zh, en = REASONS[self.code]
        more = f"（{self.detail}）" if self.detail else ""
        return {"zh": f"{zh}{more}", "en": f"{en} ({self.detail})" if self.detail else en}

    def as_json(self) -> dict[str, Any]:
        """For the command."""
        return {
            "list": self.row.key, "policy": self.policy.id, "edition": self.row.edition, "reason": self.code,
            "detail": self.detail, "missing": list(self.missing), "clauses": list(self.clauses),
            "amount": None if self.line is None else f"{self.line.amount // 100}.{self.line.amount % 100:02}",
        }  # fmt: skip


def explain_line(key: str, whom: str, district: str) -> LineReason:
    """Return why somebody is on a list or not, by what is known now of the list's own day.

    Raises:
        ListRefused: there is no such list.

    Source: docs/topics/entitlements.md, "Why".
    """
    with in_district(district):
        row = list_named(key)
        line = row.rows.filter(key=whom).first()
    policy, kind = policy_named(row.policy), subject_type(policy_named(row.policy).over)
    looker = LOOKER._replace(programmes=frozenset({programme_of(policy.id)}))
    _, columns = asking.columns(district, kind, asking.Viewpoint(row.day, None, {"key": whom}), looker, policy.fields)
    facts = {name: texts[0] for name, texts in columns.items() if texts and texts[0]}
    answer, missing = ask_all([policy], row.day.isoformat(), facts)[policy.id]
    code, _, detail = (line.reason if line is not None and line.reason else "").partition(":")
    if line is not None and line.state != "left_out":
        code, detail = line.state, line.reason
    elif line is None:
        code, detail = ("no" if answer == "no" else "unknown"), ""
    rows = tuple(
        {
            "text": {"zh": each.rule.text.zh, "en": each.rule.text.en}, "citation": each.rule.citation,
            "known": facts.get(each.rule.field) or "—",
            "answer": dict(zip(("zh", "en"), ANSWERS[each.state], strict=True)),
        }
        for each in explain(policy, row.day.isoformat(), facts) if each.counts
    )  # fmt: skip
    return LineReason(policy, row, line, code if code in REASONS else "no", detail, tuple(missing), rows)


def letter_facts(found: LineReason, whom: str, officer: str) -> dict[str, Any]:
    """Return the facts of the letter that tells somebody why. Source: docs/topics/entitlements.md, "Why"."""
    policy, row = found.policy, found.row
    told: dict[str, Any] = {
        "firm_code": whom, "policy": {"zh": policy.name.zh, "en": policy.name.en}, "edition": row.edition,
        "list": row.key, "clauses": list(found.clauses), "officer": officer,
    }  # fmt: skip
    if found.code == "paid" and found.line is not None and row.paid_at is not None:
        fen = found.line.amount
        return told | {
            "period": row.period, "amount": f"{fen // 100}.{fen % 100:02}",
            "paid_on": row.paid_at.date().isoformat(),
        }  # fmt: skip
    return told | {"reason": found.words} | ({"missing": "；".join(found.missing)} if found.missing else {})


def tell_why(key: str, whom: str, world: LoopFacts, officer: str, actor: str) -> str:
    """Write the letter that says why somebody was paid, or why not; once for each; returns its number.

    Raises:
        ListRefused: there is no such list.
        LetterRefused: the letter has a gap.

    Source: docs/topics/entitlements.md, "Why".
    """
    found = explain_line(key, whom, world.registers.district.code)
    paid = found.code == "paid" and found.policy.tells is not None
    declared = letter_named(str(found.policy.tells) if paid else NOT_GRANTED)
    number = number_of(found.policy.id, whom, found.row.period)
    occasion = LetterOccasion(
        f"{'entry' if paid else 'hand'}:{number}:{key}", world.now, programme_of(found.policy.id), actor=actor
    )
    written = write_after(declared, occasion, letter_facts(found, whom, officer), world)
    return str(written[0].row.number)
