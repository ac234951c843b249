"""Notices over real ports: who is told, in which language, once, and what happens when the other side is down."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks.webhooks import Webhook as StandardWebhook
from standardwebhooks.webhooks import WebhookVerificationError

from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.ledger import store as ledger
from bihuan.loop.kernel.model import Actor, Case, Command
from bihuan.loop.merging import merge_orders
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, current_facts, get_case
from bihuan.notices.delivering import deliver_due
from bihuan.notices.models import Delivery, Notice, Webhook
from bihuan.notices.planning import pass_over, plan_notices
from bihuan.notices.ports import webhook
from bihuan.notices.rules import fill_words, notice_book
from bihuan.registers.models import Grant, IdentityAccess, User
from bihuan.registers.pure.ids import new_id

pytestmark = pytest.mark.usefixtures("district")
OPERATOR = Actor("user:operator", frozenset({"operator"}))


def reported(key: str = "1", **reporter: str) -> Case:
    """A received report, an hour ago."""
    known = {"name": "李明", "email": "li@example.org", **reporter}
    made = NewReport(
        key=key, programme="hotline", kind="request", channel="phone", at=datetime.now(UTC) - timedelta(hours=1),
        title="电梯", text="电梯坏了", category="housing.property.service", area="110108001001",
        reporter=Reporter(**known),
    )  # fmt: skip
    case = receive([made], actor=OPERATOR)[0].value
    assert case is not None
    return case


def do(case: Case, kind: str, actor: Actor = OPERATOR, **data: Any) -> Case:
    """One command now."""
    result = append([Order(Command(kind, actor, datetime.now(UTC), data), case.id)], facts=current_facts())[0]
    assert result.case is not None, result.refusal
    return result.case


def work() -> None:
    """What the worker does in one round."""
    ledger.sequence_leaves()
    while plan_notices():
        pass
    while deliver_due():
        pass


def subjects(box: Any) -> list[str]:
    return [message_from_bytes(e.content, policy=policy.default)["Subject"] for e in box.messages]


def test_the_reporter_is_told_and_the_look_at_the_identity_is_logged(mailbox: Any) -> None:
    case = reported()
    work()
    assert subjects(mailbox) == [f"已受理：{case.number}"]
    assert mailbox.messages[0].rcpt_tos == ["li@example.org"]
    assert IdentityAccess.objects.filter(purpose=f"notice {case.number}").count() == 1
    assert "李明" not in str(list(Notice.objects.values())) + str(list(Delivery.objects.values()))


def test_what_was_passed_over_is_told_to_nobody_and_what_comes_later_is(mailbox: Any) -> None:
    reported("past")
    ledger.sequence_leaves()
    assert pass_over() > 0
    work()
    assert subjects(mailbox) == []
    later = reported("later")
    work()
    assert subjects(mailbox) == [f"已受理：{later.number}"]


def test_a_second_round_tells_nobody_twice(mailbox: Any) -> None:
    reported()
    work()
    work()
    assert len(mailbox.messages) == 1


def test_the_reporter_chooses_the_language(mailbox: Any) -> None:
    case = reported(language="en")
    work()
    assert subjects(mailbox) == [f"Received: {case.number}"]


def test_every_merged_reporter_is_answered(mailbox: Any) -> None:
    child, parent = reported("1", email="a@example.org"), reported("2", email="b@example.org")
    append(merge_orders(child, parent, OPERATOR, datetime.now(UTC)), facts=current_facts())
    do(get_case(parent.id) or parent, "transfer_out", to="110")
    work()
    told = [(e.rcpt_tos[0], message_from_bytes(e.content, policy=policy.default)["Subject"]) for e in mailbox.messages]
    assert ("a@example.org", f"已结束：{child.number}") in told, "each about their own number"
    assert ("b@example.org", f"已结束：{parent.number}") in told
    assert ("a@example.org", f"已并案：{child.number}") in told


@pytest.mark.parametrize("restricted", [False, True])
def test_a_chain_of_merges_is_told_to_every_reporter(mailbox: Any, restricted: bool) -> None:
    a, b, c = (reported(str(n), email=f"{n}@example.org") for n in "abc")
    for child, parent in ((a, b), (b, c)):
        append(merge_orders(get_case(child.id) or child, parent, OPERATOR, datetime.now(UTC)), facts=current_facts())
    if restricted:
        command = Command("restrict", OPERATOR, datetime.now(UTC), {"kind": "whistleblower"})
        assert append([Order(command, c.id)], facts=current_facts())[0].refusal is None
    do(get_case(c.id) or c, "transfer_out", to="110")
    work()
    told = {(e.rcpt_tos[0], message_from_bytes(e.content, policy=policy.default)["Subject"]) for e in mailbox.messages}
    assert {(f"{n}@example.org", f"已结束：{case.number}") for n, case in zip("abc", (a, b, c), strict=True)} <= told
    kinds = dict(Notice.objects.filter(kind__startswith="closed", port="contact").values_list("number", "kind"))
    assert kinds == {
        c.number: "closed",
        **dict.fromkeys((a.number, b.number), "closed_apart" if restricted else "closed"),
    }
    others = [n for n in Notice.objects.filter(port="contact") if n.number in (a.number, b.number)]
    for notice in others:
        assert c.number not in str(notice.facts), "nobody is told another's number"
        assert not restricted or notice.kind != "closed_apart" or notice.facts["state"] == ""


def test_a_unit_sees_its_new_case_in_its_workspace(mailbox: Any) -> None:
    case = do(reported(), "dispatch")
    work()
    assert Notice.objects.get(recipient=f"unit:{case.lead}").kind == "dispatched"


def test_a_webhook_is_signed_and_repeated_until_taken(receiver: Any) -> None:
    hook = Webhook.objects.create(id=new_id(), district_id="110108", url=receiver.url, kinds=["receipt"])
    receiver.answers = [503]
    case = reported(email="", name="")
    work()
    assert receiver.taken == []
    Notice.objects.update(next_at=datetime.now(UTC))
    work()
    headers, body = receiver.taken[0]
    anybodys = StandardWebhook(webhook.secret_of(hook.id))
    assert anybodys.verify(body, headers)["number"] == case.number
    for wrong in ({**headers, "webhook-id": "another"}, {**headers, "webhook-timestamp": "1"}, {}):
        with pytest.raises(WebhookVerificationError):
            anybodys.verify(body, wrong)
    with pytest.raises(WebhookVerificationError):
        anybodys.verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        StandardWebhook(webhook.secret_of(new_id())).verify(body, headers)
    assert headers["webhook-id"] == str(Notice.objects.get(recipient=f"webhook:{hook.id}").id)
    assert receiver.bodies()[0]["number"] == case.number
    assert list(Delivery.objects.order_by("id").values_list("status", flat=True)) == ["failed", "delivered"]


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification, "Signature scheme": https://www.standardwebhooks.com."""
    signed = StandardWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), '{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_receivers_of_before_are_still_told_in_their_form(settings: Any) -> None:
    hook = new_id()
    headers = webhook.headers_of(hook, "m-1", b'{"kind":"test"}', datetime.fromtimestamp(1764000000, UTC))
    index = settings.BIHUAN_INDEX_KEY.encode()
    secret = hmac.new(index, b"webhook:" + hook.bytes, "sha256").hexdigest()
    signed = hmac.new(secret.encode(), b'1764000000.{"kind":"test"}', "sha256").hexdigest()
    assert headers["Bihuan-Signature"] == f"t=1764000000,v1={signed}"
    assert headers["Idempotency-Key"] == headers["webhook-id"] == "m-1"


def test_what_is_never_taken_is_given_up_on_record(receiver: Any) -> None:
    Webhook.objects.create(id=new_id(), district_id="110108", url=receiver.url)
    receiver.answers = [500] * 20
    reported(email="", name="")
    for _ in range(8):
        work()
        Notice.objects.filter(next_at__isnull=False).update(next_at=datetime.now(UTC))
    assert list(Delivery.objects.order_by("id").values_list("status", flat=True)) == ["failed"] * 5 + ["gave_up"]


def test_sms_goes_to_the_gateway_when_there_is_no_address(receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_SMS_URL", receiver.url)
    case = reported(email="", phone="13800138000")
    work()
    sent = receiver.bodies()
    assert [s["to"] for s in sent] == ["+8613800138000"]
    assert case.number in sent[0]["text"]


def test_history_tells_nobody(mailbox: Any) -> None:
    case = reported()
    CaseRow.objects.filter(pk=case.id).update(history="boston")
    work()
    assert mailbox.messages == []


def test_every_notice_has_words_in_both_languages() -> None:
    facts = {"number": "1", "state": "closed", "due": "2026-11-26T02:00:00Z", "clock": "c", "url": "u"}
    facts |= {"say": {"zh": "提醒 1", "en": "reminder 1"}, "name": {"zh": "指令 1", "en": "order 1"}}
    for kind in notice_book().kinds:
        for language in ("zh", "en"):
            words = fill_words(kind, language, facts)
            assert "1" in words.subject + words.body
            assert "{" not in words.body


def test_times_are_said_on_the_clock_of_the_district(mailbox: Any) -> None:
    about = {"number": "7", "due": "2026-11-26T02:00:00+00:00", "clock": "", "state": "closed", "url": ""}
    zone = ZoneInfo("Asia/Shanghai")
    assert fill_words("dispatched", "zh", about, zone).body.endswith("最近的时限为 2026年11月26日（周四）10:00。")
    assert fill_words("dispatched", "en", about, zone).body.endswith("The next deadline is Thu 26 Nov 2026, 10:00.")
    assert "（已办结）" in fill_words("closed", "zh", about, zone).body
    assert "(closed)" in fill_words("closed", "en", about, zone).body
    case = do(reported(), "dispatch")
    head = User.objects.create_user("head", name="head", district_id="110108", unit_id=case.lead, email="h@example.org")
    Grant.objects.create(district_id="110108", user=head, role="unit_head", scope_kind="district", scope="110108")
    work()
    (body,) = (
        message_from_bytes(e.content, policy=policy.default).get_content()
        for e in mailbox.messages
        if e.rcpt_tos == ["h@example.org"]
    )
    assert case.deadline is not None
    assert case.deadline.astimezone(zone).strftime("%H:%M") in body
    assert "+00:00" not in body
