"""`bihuan form …` on the toy form: found, shown, checked, printed, sent once, listed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from bihuan.documents.forms import drafts
from bihuan.documents.forms.catalogue import all_forms, forget_forms, forms_aside
from bihuan.documents.forms.command import app
from bihuan.documents.letters.rendering.portable import font_files
from bihuan.loop import scope
from tests.commands import answer_of
from tests.documents.toy_forms import ANSWERS, FORM, SIGNED, declared, jpeg, write_form

HERE = "110108"


@pytest.fixture
def stall() -> Iterator[Any]:
    """The toy form."""
    with declared() as found:
        yield found


def refused(*words: str) -> dict[str, Any]:
    """The answer of a command that ends with 1."""
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 1, done.output
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_a_form_is_listed_shown_and_described(stall: Any, tmp_path: Path) -> None:
    told = answer_of(app, "list")
    (row,) = [each for each in told["forms"] if each["form"] == "toy-stall"]
    assert (row["programme"], row["case"]) == ("hotline", "request")
    assert answer_of(app, "show", "toy-stall")["fields"]["paper"]["issuer"]["register"] == "enterprise"
    assert "kind" in answer_of(app, "schema", "toy-stall")["schema"]["properties"]["values"]["properties"]
    assert "steps" in answer_of(app, "schema")["schema"]["properties"]
    page = tmp_path / "form.html"
    assert answer_of(app, "print", "toy-stall", "--out", str(page))["ok"]
    assert "临时摊位申请" in page.read_text(encoding="utf-8")


def test_a_faulty_file_is_told_and_set_aside(stall: Any) -> None:
    file = write_form(stall.file.parents[3], FORM.replace("case: request", "case: nothing", 1), "other")
    (problem,) = refused("check", str(file))["problems"]
    assert (problem["field"], problem["line"] > 30) == ("through", True)
    assert "request" in problem["remedy"]
    told = refused("list")
    assert "toy-stall" in [each["form"] for each in told["forms"]], "the others go on"
    file.unlink()
    assert answer_of(app, "check", str(stall.file))["programme"] == "hotline"


@pytest.mark.slow
@pytest.mark.skipif(not font_files(), reason="the font of letters is not installed")
def test_a_form_is_a_tagged_pdf_the_same_each_time(stall: Any, tmp_path: Path) -> None:
    first, second = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for file in (first, second):
        answer_of(app, "print", "toy-stall", "--out", str(file))
    assert first.read_bytes() == second.read_bytes()
    read = PdfReader(io.BytesIO(first.read_bytes()))
    text = "".join(page.extract_text() for page in read.pages)
    assert "统一" not in text
    assert "现场照片" in text
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert read.trailer["/Root"]["/Lang"] == "zh-CN"


@pytest.mark.django_db
def test_answers_are_checked_sent_once_and_listed(stall: Any, tmp_path: Path) -> None:
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    scope.ensure(HERE)
    file = tmp_path / "answers.json"
    file.write_text(json.dumps({"values": {**ANSWERS, "stalls": 9}}), encoding="utf-8")
    found = refused("check", str(file), "--form", "toy-stall")["defects"]
    assert {each["field"] for each in found} == {"stalls", "paper", "true_words"}
    paper = str(drafts.keep_upload(stall.form, jpeg(), "anonymous", HERE, datetime.now(UTC)).pk)
    body = {"values": ANSWERS, "declarations": SIGNED, "files": {"paper": [paper]}}
    file.write_text(json.dumps(body), encoding="utf-8")
    first = answer_of(app, "submit", "toy-stall", str(file), "--key", "1")
    again = answer_of(app, "submit", "toy-stall", str(file), "--key", "1")
    assert (first["duplicate"], again["duplicate"], again["number"]) == (False, True, first["number"])
    (row,) = answer_of(app, "submissions", "toy-stall")["submissions"]
    assert row["number"] == first["number"]
    live.forget_snapshots()


@pytest.mark.slow
def test_a_declaration_is_checked_where_nothing_was_set_up(tmp_path: Path) -> None:
    file = tmp_path / "stall.yaml"
    file.write_text(FORM, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "BIHUAN_HOME": str(tmp_path / "empty")}
    command = [str(Path(sys.executable).parent / "bihuan"), "form", "check", str(file), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["form"] == "toy-stall"


def test_every_shipped_form_is_in_use() -> None:
    forget_forms()
    assert forms_aside() == {}
    assert "community-access-item" in all_forms()


@pytest.mark.django_db
def test_the_form_of_community_access_opens_its_gate() -> None:
    from bihuan.documents.forms.pure.checking import Answers
    from bihuan.documents.forms.submitting import Sender, submit_form
    from bihuan.loop.kernel.model import Actor
    from bihuan.loop.models import CaseRow
    from bihuan.loop.store import current_facts
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    scope.ensure(HERE)
    facts = current_facts()
    starts = (facts.now + timedelta(days=90)).date().isoformat()
    values = {
        "item": "安全用电宣传", "kind": "work", "starts_on": starts, "minutes_per_month": 120, "has_funding": True,
        "funding": "部门预算", "why": "冬季火灾多发",
    }  # fmt: skip
    who = Sender(Actor("user:h", frozenset({"handler"}), "street-110108011"), "", facts)
    form = all_forms()["community-access-item"]
    assert {each.field for each in submit_form(form, Answers({"kind": "report"}), {}, "k", who).defects} >= {"replaces"}
    sent = submit_form(form, Answers(values, {}, {"not_before": True}), {}, "k", who)
    assert sent.defects == []
    case = CaseRow.objects.get(id=sent.case)
    assert (case.programme, case.shape) == ("community-access", "gate")
    live.forget_snapshots()
