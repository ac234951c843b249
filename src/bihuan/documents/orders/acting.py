"""Acting on orders: draft, approve and dispatch, refuse, cancel, receipt, expire. Every act is a row with a leaf.

Acts on one order, and dispatches of one lane, are one at a time, so a second approval, a receipt after the end or two
orders that both think they go first cannot happen. Source: docs/adr/0276-orders.md.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bihuan.declare.fieldtype import NOBODY, Plain, Words
from bihuan.declare.types import field_type
from bihuan.documents.letters.pure.declaration import LANGUAGES, FactColumn
from bihuan.documents.letters.pure.facts import write_fact
from bihuan.documents.letters.pure.wording import Placeholder, parse_wording
from bihuan.documents.orders import course as courses
from bihuan.documents.orders.addressing import check_addressees
from bihuan.documents.orders.catalogue import DeclaredOrder, order_named
from bihuan.documents.orders.course import OrderCourse, OrderHappening, OrderRefused
from bihuan.documents.orders.declaration import OrderDeclaration, span_of
from bihuan.documents.orders.models import OrderEvent, OrderRow, OrderTo
from bihuan.documents.orders.recording import (
    addressees_of_order,
    course_of_order,
    locked_order,
    record_happenings,
    take_lock,
)
from bihuan.documents.orders.sealing import seal_message, sealed_end
from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.keyring import log_keys, signing_key
from bihuan.loop.facts import LoopFacts
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id

MOST_ADDRESSED = 20_000


def draft_order(
    name: str, key: str, facts: Mapping[str, Any], to: Sequence[str], world: LoopFacts, actor: str
) -> OrderRow:
    """Draft an order; the same key twice is one order.

    Args:
        name: Of the declared order. key: Names this one. facts: Its values. to: Codes of its addressees.
        world: The facts in force. actor: Who drafts.

    Raises:
        UnknownOrder: it is not declared.
        OrderRefused: a fact is missing or wrong, or there is nobody to send it to.

    Source: docs/topics/orders.md, "Its course".
    """
    declared, district = order_named(name), world.registers.district.code
    everyone = sorted({each.strip() for each in to if each.strip()})
    if not everyone or len(everyone) > MOST_ADDRESSED:
        what = Words("没有收令对象，或过多", f"an order has 1 to {MOST_ADDRESSED} addressees")
        raise OrderRefused("no_addressees", what, Words("写明对象", "name the addressees"))
    check_addressees(declared.order.to, everyone, world)
    checked = _checked(declared.order, facts)
    texts = {each: _text(declared.order, checked, each, world.registers.calendar.zone) for each in LANGUAGES}
    with in_district(district):
        take_lock(f"{district} key {key}")
        known = OrderRow.objects.filter(key=key).first()
        if known is not None:
            return known
        row = _draft_row(declared, key, (checked, texts), everyone, world)
        row.save(force_insert=True)
        OrderTo.objects.bulk_create(OrderTo(order_id=row.id, addressee=e, district_id=district) for e in everyone)
        record_happenings(row, [OrderHappening(courses.DRAFTED, world.now, actor)])
    return row


def approve_order(key: UUID, world: LoopFacts, actor: str) -> OrderCourse:
    """Approve a draft as a second person: sign it, dispatch it, and end at its addressees what it goes before.

    Raises:
        OrderRefused: no draft, or the same person.

    Source: DESIGN §14 (order); RFC 8032 (Ed25519).
    """
    with in_district(world.registers.district.code):
        row = locked_order(key)
        take_lock(f"{row.district_id} lane {row.lane}")
        courses.may_approve(course_of_order(row), actor)
        signer = signing_key()
        declared = order_named(row.order).order
        # Whom it may reach is asked again: rows may have come into the table by another way.
        check_addressees(declared.to, addressees_of_order(row.id), world)
        expires = (world.now + span_of(declared.expires)).isoformat()
        signed: dict[str, Any] = {
            "key": signer.id, "expires_at": expires,
            "signature": base64.b64encode(signer.sign(signed_bytes(row, expires))).decode(),
        }  # fmt: skip
        replaced = _replaced(row, declared)
        if replaced is not None:
            signed["replaces"] = str(replaced.id)
        if declared.carried is not None:
            signed["seal"] = seal_message(row, declared.carried.queue, world.now, expires)
        record_happenings(row, [OrderHappening(courses.DISPATCHED, world.now, actor, "", signed)])
        if replaced is not None:
            _end_replaced(replaced, row, world.now, actor)
        _preempt(row, world.now, actor)
        return course_of_order(row)


def end_order(key: UUID, kind: str, world: LoopFacts, actor: str, reason: str = "") -> OrderCourse:
    """Refuse a draft (`refused`) or cancel an order (`cancelled`).

    Raises:
        OrderRefused: it holds no longer.

    Source: docs/topics/orders.md, "Its course".
    """
    with in_district(world.registers.district.code):
        row = locked_order(key)
        found = course_of_order(row)
        courses.may_approve(found, actor) if kind == courses.REFUSED else courses.may_cancel(found)
        told: dict[str, Any] = {"reason": reason[:200]} if reason else {}
        if kind == courses.CANCELLED and found.state == courses.DISPATCHED:
            told |= sealed_end(row, world.now)
        record_happenings(row, [OrderHappening(kind, world.now, actor, "", told)])
        return course_of_order(row)


def receipt_order(key: UUID, addressee: str, kind: str, world: LoopFacts, actor: str) -> OrderCourse:
    """Record what an addressee says: received, done, declined.

    Raises:
        OrderRefused: with the first reason that applies.

    Source: docs/topics/orders.md, "Receipts".
    """
    with in_district(world.registers.district.code):
        row = locked_order(key)
        courses.may_receipt(course_of_order(row), addressee, kind, addressees_of_order(row.id), world.now)
        record_happenings(row, [OrderHappening(kind, world.now, actor, addressee)])
        return course_of_order(row)


def expire_orders(world: LoopFacts, batch: int = 100) -> int:
    """Record the end of orders whose time is over; returns how many. Source: docs/topics/orders.md, "Its course"."""
    with in_district(world.registers.district.code):
        ended = OrderEvent.objects.filter(kind__in=[*courses.ENDED]).values("order_id")
        running = OrderEvent.objects.filter(kind=courses.DISPATCHED).exclude(order_id__in=ended)
        due = [each.order_id for each in running if datetime.fromisoformat(each.data["expires_at"]) <= world.now]
        for key in due[:batch]:
            row = locked_order(key)
            if course_of_order(row).state == courses.DISPATCHED:
                record_happenings(row, [OrderHappening(courses.EXPIRED, world.now, "system:orders")])
    return len(due[:batch])


def signed_bytes(row: OrderRow, expires: str) -> bytes:
    """Return what the signature is over: order, text, addressees (by their digest) and end. Source: RFC 8785."""
    return canonical({"order": str(row.id), "digest": row.digest, "expires_at": expires})


def is_signed(row: OrderRow) -> bool:
    """Return whether a dispatched order carries a good signature of a key of the log, over what it says now.

    Source: RFC 8032 (Ed25519); docs/topics/ledger.md, "Keys".
    """
    event = OrderEvent.objects.filter(order_id=row.id, kind=courses.DISPATCHED).first()
    if event is None or digest_of(row, addressees_of_order(row.id)) != row.digest:
        return False
    key = next((each for each in log_keys() if each.id == event.data["key"]), None)
    signature = base64.b64decode(event.data["signature"])
    return key is not None and key.holds(signature, signed_bytes(row, event.data["expires_at"]))


def digest_of(row: OrderRow, to: Iterable[str]) -> str:
    """Return the SHA-256 of all that an order says and to whom. Source: RFC 8785; FIPS 180-4."""
    said = {
        "id": str(row.id), "order": row.order, "edition": row.edition, "lane": row.lane, "priority": row.priority,
        "facts": row.facts, "texts": row.texts, "to": sorted(to),
    }  # fmt: skip
    return sha256(canonical(said)).hexdigest()


def _draft_row(
    declared: DeclaredOrder,
    key: str,
    said: tuple[dict[str, Any], dict[str, str]],
    to: Sequence[str],
    world: LoopFacts,
) -> OrderRow:
    order = declared.order
    row = OrderRow(
        id=new_id(), district_id=world.registers.district.code, order=order.order, edition=order.digest,
        programme=declared.programme, lane=order.lane, priority=order.priority, key=key, facts=said[0], texts=said[1],
        made_at=world.now,
    )  # fmt: skip
    row.digest = digest_of(row, to)
    return row


def _replaced(row: OrderRow, declared: OrderDeclaration) -> OrderRow | None:
    """The order whose place this one takes, by the fact that names its key; only one of the same name that holds."""
    key = row.facts.get(declared.replaces) if declared.replaces else None
    if not key:
        return None
    found = OrderRow.objects.filter(key=key, order=row.order).first()
    if found is None or course_of_order(found).state != courses.DISPATCHED:
        what = Words(f"没有正在执行的同类指令“{key}”", f"no order of this kind with the key {key!r} holds")
        raise OrderRefused("nothing_to_replace", what, Words("核对编号，或另行新发", "check the key, or send it anew"))
    return found


def _end_replaced(old: OrderRow, new: OrderRow, at: datetime, actor: str) -> None:
    told = {"by": str(new.id)} | sealed_end(old, at)
    record_happenings(old, [OrderHappening(courses.CANCELLED, at, actor, "", told)])


def _preempt(row: OrderRow, at: datetime, actor: str) -> None:
    """End at the addressees of `row` what goes after it; and end it where something that goes before holds."""
    mine = set(addressees_of_order(row.id))
    sharing = OrderTo.objects.filter(addressee__in=mine).exclude(order_id=row.id).values("order_id")
    for other in OrderRow.objects.filter(lane=row.lane, pk__in=sharing).order_by("made_at"):
        if other.priority == row.priority:
            continue
        found = course_of_order(other)
        held = sorted(e for e in mine & set(addressees_of_order(other.id)) if courses.holds_at(found, e, at))
        loses, wins = (other, row) if row.priority < other.priority else (row, other)
        done = course_of_order(loses).preempted
        by = {"by": str(wins.id)}
        record_happenings(loses, [OrderHappening(courses.PREEMPTED, at, actor, e, by) for e in held if e not in done])


def _checked(order: OrderDeclaration, facts: Mapping[str, Any]) -> dict[str, Any]:
    for name in facts.keys() - order.facts.keys():
        what = Words(f"没有声明“{name}”", f"no fact {name!r} is declared")
        raise OrderRefused("unknown_fact", what, Words("删去", "remove it"))
    held: dict[str, Any] = {}
    for name, fact in order.facts.items():
        value = facts.get(name)
        if value in (None, ""):
            if fact.required:
                what = Words(f"缺少“{fact.name.zh}”", f"{fact.name.en} is missing")
                raise OrderRefused("missing_fact", what, Words(f"补上 {name}", f"give {name}"))
            continue
        choices = tuple((each.code, Words(each.zh, each.en)) for each in fact.choices)
        asked = Plain(name, Words(fact.name.zh, fact.name.en), fact.type, choices=choices)
        wrong = field_type(fact.type).check(value, asked, NOBODY)
        if wrong is not None:
            what = Words(f"“{fact.name.zh}”{wrong.what.zh}", f"{fact.name.en} {wrong.what.en}")
            raise OrderRefused("wrong_value", what, wrong.remedy)
        held[name] = value
    return held


def _text(order: OrderDeclaration, facts: Mapping[str, Any], language: str, zone: ZoneInfo) -> str:
    lines = []
    for block in parse_wording(order.texts.of(language)):
        if block.condition is not None and (block.condition.fact in facts) != block.condition.there:
            continue
        lines.append("".join(_part(order, part, facts, language, zone) for part in block.parts))
    return "\n".join(lines)


def _part(
    order: OrderDeclaration, part: str | Placeholder, facts: Mapping[str, Any], language: str, zone: ZoneInfo
) -> str:
    if isinstance(part, str):
        return part
    if part.fact not in facts:
        return ""
    fact = order.facts[part.fact]
    column = FactColumn(name=fact.name, type=fact.type, format=fact.format, choices=fact.choices)
    return write_fact(column, facts[part.fact], language, zone, part.format)
