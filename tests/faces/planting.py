# ruff: noqa: E501 - one person, one row
"""One distinctive person in every field of every channel, and a second one in everything that staff write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bihuan.intake import mailbox
from bihuan.intake.importing import Importer
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, current_facts
from bihuan.readers import Limits
from tests.api.callers import caller, report
from tests.intake.helpers import mapping
from tests.intake.test_mail import message
from tests.loop.test_copies import OWNER, SERIAL, encoded, photo

PERSON = {
    "name": "慕容凌霜", "phone": "13912345678", "email": "lingshuang@canary.example",
    "message id": "lingshuang.personal@canary.example", "photo owner": OWNER, "photo serial": SERIAL,
}  # fmt: skip
"""Who it is: allowed nowhere but behind the logged look."""
WORDS = {
    "id number": "110108199001017654",
    "address": "鸢尾胡同七十七号",
    "text": "凌霜家门前的暖气",
    "code word": "QXJ-琉璃",
    "neighbour": "尉迟听雪",
}
"""What was written: allowed where the words of a case are kept and to who reads them."""
SAID = "，".join(WORDS.values())
ROW = {"id": "7", "opened": "2026-11-02 09:00", "title": WORDS["text"], "text": SAID, "address": WORDS["address"],
       "name": PERSON["name"], "phone": PERSON["phone"], "email": PERSON["email"], "result": SAID, "remark": SAID,
       "closed": "2026-11-03 09:00", "status": "closed"}  # fmt: skip
FORM = {"remark": SAID, "who": WORDS["neighbour"]}


def plant(folder: Path) -> int:
    """Report and write through every channel with the people in every field; returns how many fields were planted."""
    number = caller("integrator").post("/reports", {**body(), "source": "canary", "number": "1"}).json()["number"]
    caller(None).post("/reports", body(), key="anonymous")
    operator = caller("operator")
    assert operator.post(f"/cases/{number}/commands/classify", {"data": {"urgency": "urgent"}}).status_code == 200
    return 6 + 6 + online() + mails() + files(folder) + forms() + withdrawn() + staff()


def body() -> dict[str, Any]:
    """A report with the person in every field."""
    reporter = {"name": PERSON["name"], "phone": PERSON["phone"], "email": PERSON["email"]}
    return report(title=WORDS["text"], text=SAID, address=WORDS["address"], reporter=reporter)


def online() -> int:
    """The page of residents: report with a photograph, then more words."""
    form = {"text": SAID, "address": WORDS["address"], "area": "110108001", "name": PERSON["name"],
            "phone": PERSON["phone"], "key": "k", "photos": SimpleUploadedFile("x.jpg", encoded(photo()), "image/jpeg")}  # fmt: skip
    browser = Client()
    browser.get("/report/")
    assert browser.post("/report/", form).status_code == 302
    browser.post("/track/report/do/supplement/", {"text": SAID, "key": "s"})
    return 6 + 1


def mails() -> int:
    """A mail with a photograph, and one that is set aside sealed."""
    mail = message(PERSON["message id"], WORDS["text"], SAID)
    mail.replace_header("From", f"{PERSON['name']} <{PERSON['email']}>")
    mail.add_attachment(encoded(photo()), maintype="image", subtype="jpeg", filename=f"{PERSON['name']}.jpg")
    handled = mailbox.Handled()
    mailbox.take_safely(mail.as_bytes(), "hotline", "request", handled)
    assert handled.received == 1
    broken = message("b@" + PERSON["email"], SAID, SAID, Auto_Submitted="auto-generated")
    mailbox.take_safely(broken.as_bytes(), "hotline", "request", handled)
    return 7 + 3


def files(folder: Path) -> int:
    """The same person in every cell of a CSV and of a workbook, with and without an ending."""
    columns = {name: name for name in ROW if name != "remark"}
    by = mapping(programme="hotline", kind="request", clock="feedback", columns=columns, fields={"remark": "remark"})
    table = folder / "canary.csv"
    lines = [ROW, {**ROW, "id": "8", "closed": "", "status": "open"}]
    table.write_text("\n".join([",".join(ROW), *(",".join(line.values()) for line in lines)]), encoding="utf-8")
    book = openpyxl.Workbook()
    for row in (list(ROW), [*{**ROW, "id": "9"}.values()]):
        book.active.append(row)
    book.save(workbook := folder / "canary.xlsx")
    for file in (table, workbook):
        counts = Importer(by, file.with_suffix(".rejects.jsonl"), limits=Limits(batch=3)).run([file]).counts
        assert counts.rejected == 0
    for file in folder.glob("canary.*"):  # what was imported and the list of its faults are the operator's own
        file.unlink()
    return 3 * 8


def forms() -> int:
    """Values of a programme's form that nobody declared to hold no words."""
    filled = NewReport(key=str(uuid4()), programme="hotline", kind="request", channel="app", at=datetime.now(UTC),
                       title=WORDS["text"], text=SAID, address=WORDS["address"], fields=FORM,
                       reporter=Reporter(name=PERSON["name"], phone=PERSON["phone"]))  # fmt: skip
    (receipt,) = receive([filled], actor=Actor("anonymous", frozenset({"resident"})))
    assert receipt.refusal is None
    return 5 + len(FORM)


def withdrawn() -> int:
    """A resident takes a report back and says why."""
    browser = Client()
    browser.get("/report/")
    form = {"text": SAID, "address": WORDS["address"], "area": "110108001", "key": "w"}
    assert browser.post("/report/", form).status_code == 302
    assert browser.post("/track/report/do/withdraw/", {"reason": SAID, "key": "x"}).status_code == 302
    assert CaseRow.objects.filter(state="withdrawn").exists()
    return 2 + 1


UNIT = "street-110108011"
BY_DESK, BY_UNIT, BY_ARBITER = ("operator", "unit", "arbiter")
STEPS: tuple[tuple[str, str, dict[str, Any], dict[str, str]], ...] = (
    (BY_DESK, "dispatch", {"unit": UNIT}, {"reason": SAID}), (BY_DESK, "recall", {}, {"reason": SAID}),
    (BY_DESK, "dispatch", {"unit": UNIT}, {"reason": SAID}),
    (BY_UNIT, "return", {"reason": "not_our_duty"}, {"text": SAID}), (BY_DESK, "dispatch", {"unit": UNIT}, {}),
    (BY_UNIT, "accept", {}, {}), (BY_UNIT, "note", {}, {"text": SAID}),
    (BY_UNIT, "request_extension", {"clock": "feedback"}, {"reason": SAID}),
    (BY_ARBITER, "refuse_extension", {"clock": "feedback"}, {"reason": SAID}),
    (BY_UNIT, "call_in", {"kind": "hard", "units": ["street-110108001"]}, {"task": SAID}),
    (BY_UNIT, "release", {"unit": "street-110108001"}, {"reason": SAID}),
    (BY_UNIT, "contact", {}, {}), (BY_UNIT, "add_evidence", {"sha256": "c" * 64, "type": "photo"}, {}),
    (BY_UNIT, "submit", {}, {"text": SAID, "summary": SAID}),
)  # fmt: skip
ENDS: tuple[tuple[str, dict[str, Any], dict[str, str]], ...] = (
    ("invalidate", {}, {"reason": SAID}), ("refuse", {}, {"reason": SAID, "remedy": SAID}),
    ("transfer_out", {"to": "110"}, {"reason": SAID}), ("answer", {}, {"text": SAID}),
)  # fmt: skip


def staff() -> int:
    """Staff name the neighbour wherever they may write, now as a fact of the command and now as its words."""
    facts, planted = current_facts(), 0
    unit = facts.unit(UNIT, facts.now)
    who = {
        BY_DESK: Actor("user:desk", frozenset({"operator"})), BY_ARBITER: Actor("user:arbiter", frozenset({"arbiter"})),
        BY_UNIT: Actor("user:unit", frozenset({"handler", "unit_head"}), unit, frozenset({unit or ""})),
    }  # fmt: skip
    key = _case()
    for n, (by, command, data, said) in enumerate(STEPS):
        planted += len(said)
        named = {**data, "unit": facts.unit(data["unit"], facts.now)} if command == "release" else data
        _act(key, who[by], command, named, said, as_fact=n % 2 == 0)
    for n, (command, data, said) in enumerate(ENDS):
        planted += len(said)
        _act(_case(), who[BY_DESK], command, data, said, as_fact=n % 2 == 0)
    return planted


def _case() -> Any:
    plain = NewReport(key=str(uuid4()), programme="hotline", kind="request", channel="phone", at=datetime.now(UTC),
                      title="路灯", text="路灯不亮", category="utilities.heating.cold", area="110108011")  # fmt: skip
    (receipt,) = receive([plain], actor=Actor("user:desk", frozenset({"operator"})))
    assert receipt.value is not None, receipt.refusal
    return receipt.value.id


def _act(key: Any, actor: Actor, command: str, data: dict[str, Any], said: dict[str, str], *, as_fact: bool) -> None:
    given, words = ({**data, **said}, None) if as_fact else (data, said or None)
    (result,) = append([Order(Command(command, actor, datetime.now(UTC), given, words), key)])
    assert result.refusal is None, (command, result.refusal)
