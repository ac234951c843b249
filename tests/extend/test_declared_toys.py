"""One file each: a type of subject, a series, a book, a form, a letter, a watch, an indicator, a method.

Of a city, they are found on pages, in the API, by commands, in exports and in the reference; nothing else is touched.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client

from bihuan import extend
from bihuan.books.catalogue import forget_books
from bihuan.cli import declared as listing
from bihuan.documents.certificates.catalogue import forget_certificates
from bihuan.documents.forms.catalogue import forget_forms
from bihuan.documents.letters.catalogue import forget_letters
from bihuan.documents.letters.models import LetterRow
from bihuan.extend import DECLARED, LAKE_TABLES
from bihuan.lake import manifest, sync
from bihuan.lake.engines import open_lake
from bihuan.ledger import store
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import forget_folders
from bihuan.registers.live import current_registers
from bihuan.registers.models import User
from bihuan.server.home import current_home
from bihuan.standards.open311.forwards import forget_forwards
from bihuan.subjects import catalogue as subjects
from bihuan.watches.catalogue import forget_watches
from tests.api.callers import Caller, caller
from tests.commands import answer_of
from tests.documents.declared import LETTER
from tests.documents.toy_forms import FORM
from tests.extend.installing import install
from tests.faces import cases
from tests.faces.test_toy_indicator import FILE as INDICATOR
from tests.faces.test_toy_indicator import QUERY
from tests.subjects.makers import TOY, row, write

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
DISTRICT = "110108"
SUBJECT = "\n".join(line for line in TOY.splitlines() if "personal: true" not in line)
SERIES = """
name: {zh: 玩具序列, en: Toy series}
subject: toy
quantity: {zh: 声级, en: Sound level}
unit: ug/m3
averaging: 1 h
label: end
zone: Asia/Shanghai
precision: 1
"""
BOOK = """
book: toy-book
name: {zh: 玩具账册, en: Toy book}
units: {CNY: {name: {zh: 元, en: yuan}, scale: 2}}
accounts:
  till: {name: {zh: 库款, en: Till}, normal: debit, unit: CNY, floor: 0, subject: toy}
  income: {name: {zh: 收入, en: Income}, normal: credit, unit: CNY}
entries: {take: {name: {zh: 收, en: Take}, lines: [{debit: till, subject: toy}, {credit: income}]}}
"""
CERTIFICATE = """
certificate: toy-proof
name: {zh: 玩具证明, en: Proof of a toy}
issuer: {zh: 区玩具局, en: Bureau of Toys}
about: {type: toy, key: toy}
valid: 1 years
claims:
  toy: {name: {zh: 玩具, en: Toy}, type: code, from: {given: true}, open: true}
basis:
  - law: {zh: 玩具法, en: Toy Act}
    article: {zh: 第一条, en: Article 1}
    edition: "2020"
    citation: c
    verified: false
"""
WATCH = """
name: {zh: 玩具规则, en: Toy rule}
over: {subject: toy}
when: {missing: {field: colour}}
reminds: {role: inspector, say: {zh: 补填, en: Fill it in}}
"""
FORWARD = """
forward: toy-forward
name: {zh: 转玩具城, en: To the town of toys}
programme: hotline
case: request
unit: street-110108011
endpoint: toys
otherwise: TOY
"""
METHOD = '''
"""A toy."""

from bihuan.extend import MethodPoint as Added
from bihuan.methods.declared.model import Answer, Column, Input, Method


def _twice(given):
    return Answer({"twice": [str(2 * int(text)) for text in given["numbers"]["n"].text()]})


TOY = Method(
    name="toy-method", zh="玩具方法", en="Toy method",
    inputs=(Input("numbers", "数", "Numbers", (Column("n", "数", "Number"),)),),
    output=(Column("twice", "两倍", "Twice"),), run=_twice, source="a test",
)


def methods():
    return (Added("toy-method", lambda: TOY),)
'''
FILES = {
    "subjects/toy.yaml": SUBJECT, "series/toy-series.yaml": SERIES, "books/toy-book.yaml": BOOK,
    "forms/toy-stall.yaml": FORM, "letters/toy-order.yaml": LETTER, "watches/toy-watch.yaml": WATCH,
    "certificates/toy-proof.yaml": CERTIFICATE,
    "forwards/toy-forward.yaml": FORWARD,
    "indicators/sorted_share.yaml": INDICATOR, "indicators/sorted.sql": QUERY,
}  # fmt: skip
THINGS = {
    "subjects": ("toy", "/subjects/toy/", "/subjects/toy", "/subjects/toy.csv"),
    "series": ("toy-series", "/series/toy-series/", "/series/toy-series", "/series/toy-series.csv"),
    "books": ("toy-book", "/books/toy-book/", "/books/toy-book", "book_lines"),
    "forms": ("toy-stall", "/forms/toy-stall/", "/forms/toy-stall", "/forms/toy-stall/submissions"),
    "letters": ("toy-order", "/letters/", "/letters", "letters"),
    "certificates": ("toy-proof", "/certificates/", "/certificates", ""),
    "watches": ("toy-watch", "/watches/toy-watch/", "/watches/toy-watch", "watch_incidents"),
    "indicators": ("sorted_share", "/cockpit/sorted_share/", "/indicators/2026-10", ""),
    "methods": ("toy-method", "", "", ""),
    "forwards": ("toy-forward", "", "", ""),
}
"""Kind → name, page, part of the API, and the file or table of the lake that its data leaves by."""


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Path]:
    """A city's folder with one file of each kind, and a package with one method."""
    from tests.faces.conftest import forget, load

    folder = current_home().path / "programmes" / "toys"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    module, site = tmp_path / "toy_method.py", tmp_path / "site"
    module.write_text(METHOD, encoding="utf-8")
    site.mkdir()
    monkeypatch.syspath_prepend(str(install(site, "toy_method", module)))
    _look_anew()
    load()
    yield folder
    shutil.rmtree(folder)
    monkeypatch.undo()
    _look_anew()
    forget()


def _look_anew() -> None:
    importlib.invalidate_caches()
    extend.forget()
    for forget in (
        subjects.forget, forget_books, forget_forms, forget_letters, forget_certificates, forget_watches,
        forget_folders, forget_forwards,
    ):  # fmt: skip
        forget()


def reader() -> tuple[Client, Caller]:
    """Somebody who may look at everything that is counted, by pages and as a program."""
    whole = caller("district_admin"), caller("operator")
    client = Client()
    user = whole[1].user
    assert isinstance(user, User)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client, whole[1]


def reference() -> ModuleType:
    """The script that writes the reference."""
    spec = importlib.util.spec_from_file_location("reference_of_toys", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_one_file_each_is_found_everywhere(city: Path, tmp_path: Path) -> None:
    client, program = reader()
    page = client.get("/declared/", headers={"accept-language": "en"}).content.decode()
    told = {(row["kind"], row["name"]): row for row in program.get("/declared").json()["declared"]}
    answer_of(listing.app, "--out", str(tmp_path / "all.csv"))
    exported, docs = (tmp_path / "all.csv").read_text(encoding="utf-8-sig"), reference().declared_things()
    tables = {table.name for table in LAKE_TABLES.all()}
    assert {kind.name for kind in DECLARED.all()} == set(THINGS)
    for kind, (name, own, api, leaves) in THINGS.items():
        row = told[kind, name]
        listed = [each["name"] for each in answer_of(listing.app, kind)["declared"]]
        assert name in listed, kind
        assert row["en"] in page, kind
        assert f"| `{name}` | {row['zh']} · {row['en']} |" in docs, kind
        assert f"{kind}," in exported, kind
        assert f",{name}," in exported, kind
        if own:
            answer = client.get(own)
            assert (row["page"], answer.status_code) == (own, 200), (kind, answer.status_code)
        if api:
            answered = program.get(api)
            assert answered.status_code == 200, (kind, answered.content)
            assert row["api"].startswith(f"/api/v1/{api.split('/')[1]}"), kind
        if leaves.startswith("/forms"):
            assert program.get(leaves).status_code == 200
        elif leaves.startswith("/"):
            assert client.get(leaves).status_code == 200, leaves
        elif leaves:
            assert leaves in tables


def test_the_commands_of_each_kind_know_it(city: Path, tmp_path: Path) -> None:
    from bihuan.books.command import app as book
    from bihuan.cli.calc import app as calc
    from bihuan.documents.certificates.command import app as certificate
    from bihuan.documents.forms.command import app as form
    from bihuan.documents.letters.kept_command import app as letter
    from bihuan.series.command import app as series
    from bihuan.subjects.command import app as register
    from bihuan.watches.command import app as watch

    for app, words, name in (
        (register, ("types",), "toy"), (series, ("check",), "toy-series"), (book, ("list",), "toy-book"),
        (certificate, ("list",), "toy-proof"), (form, ("list",), "toy-stall"), (letter, ("list",), "toy-order"),
        (watch, ("list",), "toy-watch"),
    ):  # fmt: skip
        assert f'"{name}"' in json.dumps(answer_of(app, *words), ensure_ascii=False), name
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("n\n1\n21\n", encoding="utf-8")
    answer_of(calc, "toy-method", str(numbers), "--out", str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").split() == ["twice", "2", "42"]


def test_a_subject_shows_its_cases_series_accounts_and_letters(city: Path, tmp_path: Path) -> None:
    write(subjects.subject_type("toy"), [row("t1", colour="red")])
    client, program = reader()
    entry = {"key": "1", "kind": "take", "values": {"amount": "12.50", "toy": "t1"}}
    assert program.post("/books/toy-book/entries", entry).status_code == 201
    values = {"unit": "ug/m3", "observations": [{"subject": "t1", "time": "2026-11-01T08:00", "value": "61.5"}]}
    assert caller("integrator").post("/series/toy-series/observations", values).json()["stored"] == 1
    case, _ = cases.opened("三号楼路灯不亮")
    CaseRow.objects.filter(pk=case.id).update(about="toy/t1")
    letter = LetterRow.objects.create(
        district_id=DISTRICT, letter="toy-order", edition="1", programme="hotline", occasion="a test", year=2026,
        count=1,
        number={"zh": "示〔2026〕1号", "en": "No. 1"}, dated=date(2026, 11, 2), case_id=case.id, basis=[], remedies=[],
        files={}, code_index=b"", actor="user:1", ways=[],
    )  # fmt: skip
    page = client.get("/subjects/toy/t1/", headers={"accept-language": "en"}).content.decode()
    for told in ("Toy series", "61.5 ug/m3", "Toy book", "12.50", case.number, "Order to put right", str(letter.pk)):
        assert told in page, told
    values_of = client.get("/series/toy-series.csv", {"subject": "t1"}).content.decode()
    assert "t1,2026-11-01T08:00:00+08:00,61.5" in values_of
    kept = lake(tmp_path / "lake")
    assert json.loads(kept["subjects"][0]["values"])["colour"] == "red"
    assert [(r["subject"], r["value"], r["decimals"]) for r in kept["observations"]] == [("t1", 615, 1)]
    assert [(r["account"], r["subject"], r["amount"]) for r in kept["book_lines"]] == [
        ("till", "t1", 1250), ("income", None, -1250),
    ]  # fmt: skip


def lake(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows of the lake's tables of the second storey, after a sync."""
    while store.sequence_leaves():
        continue
    sync.sync_lake(folder, registers=current_registers())
    told = manifest.read_manifest(folder)
    assert told is not None
    with open_lake(folder, told, "duckdb") as opened:
        return {name: opened.rows(opened.table(name)) for name in ("subjects", "observations", "book_lines")}
