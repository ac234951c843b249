# ruff: noqa: E501 - one person, one row
"""One distinctive person in every field of every channel; then all that leaves the house is searched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from bihuan.faces.api import access
from bihuan.intake import mailbox
from bihuan.lake.sync import sync
from bihuan.ledger import keyring
from bihuan.ledger import store as ledger
from bihuan.ledger.background import sequence
from bihuan.ledger.export import export_cases
from bihuan.loop.models import CaseRow
from bihuan.notices import delivering, planning
from bihuan.registers import live
from bihuan.registers.loading.districts import load_district
from bihuan.server import personal
from tests.api.callers import Caller, caller, report
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
}
"""What was written: allowed where the words of a case are kept and to who reads them."""
READERS = ("operator", "callback_agent", "arbiter")
OTHERS = ("analyst", "leader", "auditor", "district_admin", "resident", "integrator", None)


@pytest.fixture
def house(transactional_db: None, tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    for forget in (live.forget, access.forget, keyring.forget_cached_keys):
        forget()
    load_district("haidian", users=False)
    live.forget()
    return tmp_path


def plant() -> int:
    """Report through every channel with the person in every field; returns how many fields were planted."""
    said = "，".join(WORDS.values())
    body = report(title=WORDS["text"], text=said, address=WORDS["address"],
                  reporter={"name": PERSON["name"], "phone": PERSON["phone"], "email": PERSON["email"]})  # fmt: skip
    number = caller("integrator").post("/reports", {**body, "source": "canary"[:6], "number": "1"}).json()["number"]
    caller(None).post("/reports", body, key="anonymous")
    form = {"text": said, "address": WORDS["address"], "area": "110108001", "name": PERSON["name"],
            "phone": PERSON["phone"], "key": "k", "photos": SimpleUploadedFile("x.jpg", encoded(photo()), "image/jpeg")}  # fmt: skip
    browser = Client()
    browser.get("/report/")
    assert browser.post("/report/", form).status_code == 302
    browser.post("/track/report/do/supplement/", {"text": said, "key": "s"})
    mail = message(PERSON["message id"], WORDS["text"], said)
    mail.replace_header("From", f"{PERSON['name']} <{PERSON['email']}>")
    mail.add_attachment(encoded(photo()), maintype="image", subtype="jpeg", filename=f"{PERSON['name']}.jpg")
    handled = mailbox.Handled()
    mailbox.take_safely(mail.as_bytes(), "hotline", "request", handled)
    assert handled.received == 1
    broken = message("b@" + PERSON["email"], said, said, Auto_Submitted="auto-generated")
    mailbox.take_safely(broken.as_bytes(), "hotline", "request", handled)
    operator = caller("operator")
    assert operator.post(f"/cases/{number}/commands/classify", {"data": {"urgency": "urgent"}}).status_code == 200
    return 6 + 6 + 6 + 1 + 7 + 3


def in_columns(wanted: dict[str, str], allowed: frozenset[str]) -> tuple[int, list[str]]:
    """(columns searched, hits) over every text column of the database that is not allowed to hold it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')"
        )
        columns = [(t, c) for t, c in cursor.fetchall() if f"{t}.{c}" not in allowed and t != "pg_stat_statements"]
        hits = []
        for table, column in columns:
            cursor.execute(f'SELECT "{column}" FROM "{table}"')
            seen = "\n".join(_text(row[0]) for row in cursor.fetchall())
            hits += [f"{table}.{column}: {name}" for name, value in wanted.items() if value in seen]
    return len(columns), hits


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def leaving(who: Caller, numbers: list[str]) -> list[tuple[str, str]]:
    """What a caller can get: lists, cases, events, actions, suggestions, numbers, and their pages."""
    paths = ["/cases", "/indicators/2026-11", "/ranking/2026-11", "/audit/head", "/programmes"]
    paths += [f"/cases/{n}{end}" for n in numbers for end in ("", "/events", "/actions", "/suggestions")]
    found = [(path, who.get(path).content.decode("utf-8", "replace")) for path in paths]
    client = Client(raise_request_exception=False)
    if who.user:
        client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    pages = [
        "/",
        "/home/",
        "/desk/",
        "/unit/",
        "/inbox/",
        "/callback/",
        "/approvals/",
        "/cockpit/",
        "/audit/",
        "/programmes/",
        "/track/",
        "/report/",
    ]
    pages += [f"/cases/{n}/" for n in numbers] + [f"/desk/{n}/" for n in numbers]
    for page in pages:
        answer = client.get(page)
        found.append(
            (
                page,
                b"".join(answer).decode("utf-8", "replace")
                if answer.streaming
                else answer.content.decode("utf-8", "replace"),
            )
        )
    return found


def test_a_person_planted_everywhere_is_found_nowhere_it_may_not_be(house: Path, caplog: Any, capsys: Any) -> None:
    fields, outputs = plant(), 0
    while sequence():
        pass
    planning.plan()
    delivering.deliver()
    hits: list[str] = []
    places = frozenset(p.where for p in personal.PLACES)
    searched, found = in_columns(PERSON, frozenset())
    hits += found
    outputs += searched
    searched, found = in_columns(WORDS, places)
    hits += found
    outputs += searched
    for file in (p for p in house.rglob("*") if p.is_file()):
        outputs += 1
        content = file.read_bytes()
        hits += [f"{file.name}: {n}" for n, v in {**PERSON, **WORDS}.items() if v.encode() in content]
    lake = house / "lake"
    sync(lake)
    for part in lake.rglob("*.parquet"):
        outputs += 1
        told = str(pq.read_table(part).to_pydict())
        hits += [f"lake {part.name}: {n}" for n, v in {**PERSON, **WORDS}.items() if v in told]
    export = house / "cases.jsonl"
    export_cases(export, list(CaseRow.objects.values_list("id", flat=True)))
    told = export.read_text(encoding="utf-8")
    outputs += 1
    hits += [f"export: {n}" for n, v in {**PERSON, **WORDS}.items() if v in told]
    numbers = list(CaseRow.objects.values_list("number", flat=True))
    for role in (*READERS, *OTHERS):
        forbidden = PERSON if role in READERS else {**PERSON, **WORDS}
        for where, told in leaving(caller(role), numbers):
            outputs += 1
            hits += [f"{role} {where}: {n}" for n, v in forbidden.items() if v in told]
    logged = caplog.text + "".join(capsys.readouterr())
    outputs += 1
    hits += [f"log: {n}" for n, v in {**PERSON, **WORDS}.items() if v in logged]
    print(f"identity canary: {fields} fields planted, {outputs} outputs searched, {len(hits)} hits")
    assert hits == []
    assert len(numbers) == 4
    assert ledger.size() > 0
    operator = dict(leaving(caller("operator"), numbers[:1]))
    assert any(WORDS["text"] in told for told in operator.values()), "who works on it does read the words"
