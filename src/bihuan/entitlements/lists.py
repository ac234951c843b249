"""Lists: who is granted what is frozen with a digest in the log, published for some working days, and struck by reason.

Left out of a list, each with its reason: who said they do not want it, who has it for the period already, who is
excluded by another grant or above the cap, whose amount is not known. What is missing of whom is counted, not guessed.
Source: docs/topics/entitlements.md, "Delivery"; docs/adr/0296-entitlements.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from bihuan.entitlements.catalogue import all_policies, programme_of
from bihuan.entitlements.judging import LOOKER, RegisterAnswers, alternative_of, judge_register
from bihuan.entitlements.models import GrantListRow, GrantRow
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.entitlements.pure.stacking import Claimant, stack_grants
from bihuan.entitlements.registering import note_list
from bihuan.faults import Fault
from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.statements import promise_statement
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.registers.pure.durations import Duration
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type

STATEMENT = "grant_list"
STANDS = ("listed", "paid")
"""States of a line that count as granted."""


class ListRefused(Fault):
    """A list that may not be made, published, changed or paid."""


@dataclass
class Frozen:
    """What became of the register: the list, and how many were left out for which reason."""

    row: GrantListRow
    listed: int
    fen: int
    left_out: Counter[str] = field(default_factory=Counter)
    answers: Mapping[str, int] = field(default_factory=dict)


def freeze_list(policy: PolicyFile, district: str, day: date, actor: str) -> Frozen:
    """Freeze the list of a policy for the period of a day: its rows, and their digest in the log.

    Raises:
        ListRefused: the policy is not in force, or what it requires (a review) is not known or has ended.

    Source: docs/topics/entitlements.md, "Delivery"
    """
    if not policy.runs_on(day):
        raise ListRefused(
            f"{policy.name.zh} {day} 不在有效期 · {policy.name.en} is not in force on {day}", "another day"
        )
    _check_required(policy, district, day)
    found = judge_register([policy], district, day, programme=programme_of(policy.id))
    with in_district(district):
        period = policy.period_of(day)
        candidates, left = _candidates(policy, found, day, _declined(policy, district, day))
        judged = stack_grants(candidates, _granted(district, period), all_policies())
        rows = [(j.candidate, j.reason) for j in judged] + left
        return _store(policy, district, day, period, actor, rows, found.counts(0))


def publish_list(key: str, district: str) -> GrantListRow:
    """Publish a list; from now on its notice runs, in working days of the district.

    Raises:
        ListRefused: there is no such list.
    """
    with in_district(district):
        row = list_named(key)
        if row.published_at is None:
            row.published_at = timezone.now()
            span = Duration.parse(all_policies()[row.policy].notice)
            row.notice_ends = current_registers(district).calendar.due(row.published_at, span).at
            row.save(update_fields=["published_at", "notice_ends"])
            note_list(all_policies()[row.policy], row, district, row.frozen_by, row.published_at, "published")
        return row


def strike(key: str, whom: str, reason: str, district: str) -> None:
    """Take somebody off a list before it is paid.

    Raises:
        ListRefused: no such list, it is paid, whom is not on it, or no reason is given.
    """
    with in_district(district):
        row = list_named(key)
        if row.paid_at is not None or not reason.strip():
            raise ListRefused(f"名单已兑付或未说明理由 · {key} is paid, or no reason is given", "claw back instead")
        if not row.rows.filter(key=whom, state="listed").update(state="struck", reason=reason[:200]):
            raise ListRefused(f"名单中没有 {whom} · {whom} is not on {key}", "see the list")


def list_named(key: str) -> GrantListRow:
    """Return a list by its key, in the transaction's district.

    Raises:
        ListRefused: there is none.
    """
    found = GrantListRow.objects.filter(key=key).first()
    if found is None:
        raise ListRefused(f"没有名单 {key!r} · there is no list {key!r}", "see `bihuan entitle lists`")
    return found


def _check_required(policy: PolicyFile, district: str, day: date) -> None:
    """What the policy requires is known on that day, and has not ended."""
    need = policy.requires
    if need is None:
        return
    kind = subject_type(need.subject)
    held = asking.get(district, kind, need.key, day, LOOKER)
    value = held.values.get(need.field) if held else None
    until = held.values.get(need.until) if held and need.until else None
    if value not in need.in_ or (until is not None and until <= day.isoformat()):
        raise ListRefused(
            f"{policy.name.zh}未经审查或审查已失效（{need.field}={value}） · "
            f"{policy.name.en}: {need.subject} {need.key} has {need.field} {value!r}, which does not let it run",
            "have it reviewed first · 先完成审查",
        )


def _declined(policy: PolicyFile, district: str, day: date) -> set[str]:
    """Who said that they do not want this policy, or none."""
    said = policy.opt_out
    if said is None:
        return set()
    names = (said.whom, said.policy)
    _, cells = asking.columns(district, subject_type(said.subject), asking.Viewpoint(day), LOOKER, names)
    return {who for who, what in zip(cells[said.whom], cells[said.policy], strict=True) if what in ("", policy.id)}


def _candidates(
    policy: PolicyFile, found: RegisterAnswers, day: date, declined: set[str]
) -> tuple[list[Claimant], list[tuple[Claimant, str]]]:
    """Who is entitled; and who of them does not want it, or whose amount is not known."""
    good: list[Claimant] = []
    left: list[tuple[Claimant, str]] = []
    for place in found.of(0):
        facts = found.facts_of(place)
        fen = policy.amount.fen(facts)
        each = Claimant(found.keys[place], policy.id, fen or 1, alternative_of(policy, day, facts))
        if each.key in declined:
            left.append((each, "declined"))
        elif not fen or fen <= 0:
            left.append((each, "amount_not_known"))
        else:
            good.append(each)
    return good, left


def _granted(district: str, period: str) -> dict[str, dict[str, int]]:
    """For each subject what stands for it in a period, or once for ever: policy → fen."""
    rows = GrantRow.objects.filter(district_id=district, state__in=STANDS, list__period__in=(period, "once"))
    told: dict[str, dict[str, int]] = {}
    for key, policy, amount in rows.values_list("key", "list__policy", "amount"):
        told.setdefault(key, {})[policy] = amount
    return told


def _store(
    policy: PolicyFile, district: str, day: date, period: str, actor: str, rows: list[tuple[Claimant, str]],
    answers: Mapping[str, int],
) -> Frozen:  # fmt: skip
    listed = sorted(each for each, reason in rows if not reason)
    with transaction.atomic():
        number = GrantListRow.objects.filter(policy=policy.id, period=period).count() + 1
        now = timezone.now()
        body: dict[str, Any] = {
            "policy": policy.id, "edition": policy.edition, "period": period, "day": day.isoformat(),
            "rows": [[each.key, each.fen, each.alternative] for each in listed],
        }  # fmt: skip
        digest = hashlib.sha256(canonical(body)).hexdigest()
        row = GrantListRow.objects.create(
            district_id=district, key=f"{policy.id}-{period}-{number}", policy=policy.id, edition=policy.edition,
            period=period, day=day, frozen_at=now, frozen_by=actor, digest=digest,
        )  # fmt: skip
        GrantRow.objects.bulk_create([
            GrantRow(
                district_id=district, list=row, key=each.key, amount=each.fen, alternative=each.alternative,
                state="left_out" if reason else "listed", reason=reason,
            )
            for each, reason in rows
        ], batch_size=2000)  # fmt: skip
        note_list(policy, row, district, actor, now, "frozen")
        told = {"list": row.key, "policy": policy.id, "district": district, "digest": digest, "rows": len(listed)}
        promise_statement(STATEMENT, told, now)
    left = Counter(reason for _, reason in rows if reason)
    return Frozen(row, len(listed), sum(each.fen for each in listed), left, answers)
