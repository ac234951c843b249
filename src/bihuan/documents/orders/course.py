"""The course of an order: what its events say, and whether the next one may happen. Pure.

    drafted → dispatched (by a second person, signed) → ended: expired | cancelled
    at each addressee: addressed → received → done | refused; or preempted by an order that goes first

Source: DESIGN §14 (order: second approver, signature, receipts, expiry, cancellation, pre-emption, coverage).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from bihuan.declare.fieldtype import Words

DRAFTED, DISPATCHED, REFUSED, CANCELLED, EXPIRED, PREEMPTED = (
    "drafted", "dispatched", "refused", "cancelled", "expired", "preempted",
)  # fmt: skip
RECEIVED, DONE, DECLINED = "received", "done", "declined"
RECEIPTS = (RECEIVED, DONE, DECLINED)
OBLIGED, RELEASED = "obliged", "released"
"""A case was opened with an addressee; it was lifted."""
ENDED = frozenset({CANCELLED, EXPIRED, REFUSED})


class OrderHappening(NamedTuple):
    """One event of an order; `addressee` of those that concern one."""

    kind: str
    at: datetime
    actor: str
    addressee: str = ""
    data: Mapping[str, Any] = {}


@dataclass(frozen=True)
class OrderCourse:
    """An order as its events tell it.

    Args:
        state: drafted, dispatched, refused, cancelled or expired.
        drafted_by, approved_by: Who. dispatched_at, expires_at, ended_at: When.
        receipts: Addressee → its last receipt. preempted: Addressees at whom another order goes first.
    """

    state: str = ""
    drafted_by: str = ""
    approved_by: str = ""
    dispatched_at: datetime | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    receipts: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)
    preempted: frozenset[str] = frozenset()


class OrderRefused(Exception):
    """An act on an order that may not happen: its code, why, what to do."""

    def __init__(self, code: str, what: Words, remedy: Words) -> None:
        super().__init__(f"{code}: {what.en}")
        self.code, self.what, self.remedy = code, what, remedy


def course_of(happenings: Iterable[OrderHappening]) -> OrderCourse:
    """Return the fold of an order's events in their order. Source: docs/topics/orders.md, "Its course"."""
    state, by, approved, at, until, ended = "", "", "", None, None, None
    receipts: dict[str, tuple[str, datetime]] = {}
    preempted: set[str] = set()
    for each in happenings:
        if each.kind in RECEIPTS:
            receipts[each.addressee] = (each.kind, each.at)
        elif each.kind == PREEMPTED:
            preempted.add(each.addressee)
        elif each.kind in (OBLIGED, RELEASED):
            continue
        else:
            state = each.kind
            by = each.actor if each.kind == DRAFTED else by
            if each.kind == DISPATCHED:
                approved, at = each.actor, each.at
                until = datetime.fromisoformat(str(each.data["expires_at"]))
            ended = each.at if each.kind in ENDED else ended
    return OrderCourse(state, by, approved, at, until, ended, receipts, frozenset(preempted))


def may_approve(course: OrderCourse, actor: str) -> None:
    """Refuse an approval of what is no draft, or by the person who drafted it.

    Raises:
        OrderRefused: it may not be approved, or not by this person.

    Source: DESIGN §14 (approval by a second person).
    """
    _need(course, DRAFTED)
    if actor == course.drafted_by:
        what = Words("拟稿人不得自行签发", "who drafted it may not approve it")
        raise OrderRefused("same_person", what, Words("请另一人签发", "let another person approve it"))


def may_cancel(course: OrderCourse) -> None:
    """Refuse to cancel what holds no longer. Raises OrderRefused. Source: docs/topics/orders.md, "Its course"."""
    _need(course, DRAFTED, DISPATCHED)


def may_receipt(course: OrderCourse, addressee: str, kind: str, addressed: Iterable[str], at: datetime) -> None:
    """Refuse a receipt of somebody who was not addressed, of what holds no longer, or one that takes another back.

    Raises:
        OrderRefused: the first reason that applies.

    Source: docs/topics/orders.md, "Receipts".
    """
    _need(course, DISPATCHED)
    if kind not in RECEIPTS:
        what = Words(f"没有回执“{kind}”", f"there is no receipt {kind!r}")
        raise OrderRefused("unknown_receipt", what, Words(f"用 {', '.join(RECEIPTS)}", f"use {', '.join(RECEIPTS)}"))
    if addressee not in addressed:
        what = Words("指令不是发给该对象的", "the order is not to this addressee")
        raise OrderRefused("not_addressed", what, Words("核对对象", "check the addressee"))
    if course.expires_at is not None and at >= course.expires_at:
        raise _over("指令已过期", "the order has expired")
    if addressee in course.preempted:
        raise _over("已被更高优先级的指令取代", "an order that goes first holds there now")
    before = course.receipts.get(addressee)
    if before is not None and (before[0] in (DONE, DECLINED) or before[0] == kind):
        what = Words("已有回执", f"it was answered already: {before[0]}")
        raise OrderRefused("answered", what, Words("无需再报", "nothing more to send"))


def holds_at(course: OrderCourse, addressee: str, at: datetime) -> bool:
    """Return whether an order holds at an addressee at an instant. Source: docs/topics/orders.md, "Pre-emption"."""
    running = course.state == DISPATCHED and (course.expires_at is None or at < course.expires_at)
    answered = course.receipts.get(addressee, ("", at))[0]
    return running and addressee not in course.preempted and answered != DECLINED


def coverage_of(course: OrderCourse, addressed: Iterable[str]) -> dict[str, Any]:
    """Return how far an order got: counts, and the shares as exact fractions of those addressed.

    Source: docs/topics/orders.md, "Coverage".
    """
    everyone = sorted(set(addressed))
    last = [course.receipts.get(each, ("", None))[0] for each in everyone]
    reached = sum(1 for kind in last if kind)
    done, declined = last.count(DONE), last.count(DECLINED)
    return {
        "addressed": len(everyone), "received": reached, "done": done, "declined": declined,
        "preempted": len(course.preempted), "silent": len(everyone) - reached,
        "coverage": f"{reached}/{len(everyone)}" if everyone else None,
    }  # fmt: skip


def _need(course: OrderCourse, *states: str) -> None:
    if course.state not in states:
        what = Words(f"指令处于“{course.state}”", f"the order is {course.state or 'not there'}")
        remedy = Words("刷新后再看", "look at it again")
        raise OrderRefused("wrong_state", what, remedy)


def _over(zh: str, en: str) -> OrderRefused:
    return OrderRefused("over", Words(zh, en), Words("无需执行", "it need not be carried out"))
