"""Each kind of thing is added by one file, and people and programs find it where the page of points says."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.urls import clear_url_caches

from bihuan.extend import LOOPS
from bihuan.server import beating, urls
from bihuan.server.background import Loops
from bihuan.server.endless import endless_work
from tests.commands import answer_of
from tests.extend.conftest import Install
from tests.extend.installing import bihuan, install, python

ROOT = Path(__file__).parents[2]


@pytest.fixture
def staff(db: None) -> Client:
    """The desk's operator of the model district, signed in."""
    from bihuan.registers.models import User
    from tests.shipped import load_shipped

    load_shipped(users=True)
    client = Client()
    client.force_login(User.objects.get(username="operator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def addresses(settings: Any) -> Iterator[Any]:
    """Call it to make the URL map anew with what is installed."""
    module = ModuleType("toy_urls")

    def make() -> None:
        module.__dict__.update(vars(urls) | {"urlpatterns": urls.patterns()})
        sys.modules["toy_urls"] = module
        settings.ROOT_URLCONF = "toy_urls"
        clear_url_caches()

    yield make
    sys.modules.pop("toy_urls", None)
    clear_url_caches()


@pytest.mark.slow
def test_a_command_is_listed_runs_and_is_explained(tmp_path: Path) -> None:
    folder = install(tmp_path, "toy_command")
    assert "Greet somebody · 问候" in bihuan(folder, "--help").stdout
    assert json.loads(bihuan(folder, "greet", "李明", "--json").stdout) == {"ok": True, "greeted": "李明"}
    assert "你好，李明" in bihuan(folder, "greet", "李明").stdout
    page = "import generate; print(generate.commands(''))"
    done = python(folder, "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'docs')!r}); {page}")
    assert "## `bihuan greet`" in done.stdout, done.stderr
    assert bihuan(install_none(tmp_path), "greet", "x").returncode == 2, "without the package there is no such command"


def install_none(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    (tmp_path / "none").mkdir()
    return tmp_path / "none"


@pytest.mark.django_db
def test_a_page_answers_before_a_wider_address_and_stands_in_the_navigation(
    installed: Install, addresses: Any, staff: Client
) -> None:
    installed("toy_page")
    addresses()
    answer = staff.get("/cockpit/toys/")
    assert (answer.status_code, answer.content.decode()) == (200, "玩具三件 · three toys"), "not /cockpit/<indicator>/"
    assert "玩具" in staff.get("/home/").content.decode()
    assert "Toys" in staff.get("/home/", headers={"Accept-Language": "en"}).content.decode()


def test_a_loop_runs_has_a_name_for_people_and_is_told_when_silent(installed: Install, db: None) -> None:
    installed("toy_loop")
    import toy_loop  # type: ignore[import-not-found]

    one = next(loop for loop in LOOPS.all() if loop.name == "toys")
    assert one.run() == 0
    assert toy_loop.done == [1]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO server_heartbeat (loop, pid, beat_at, patience, failures)"
            " VALUES ('toys', 1, now() - interval '1 hour', 30, 0)"
        )
    told = Client().get("/health/ready").json()["silent"]
    assert [(each["loop"], "上发条" in each["text"]["zh"], "winding" in each["text"]["en"]) for each in told] == [
        ("toys", True, True)
    ]
    assert beating.name_of("toys") == ("上发条", "winding of toys")
    assert len(Loops(endless_work()).threads) == len(endless_work()) + 1, "the worker has a thread for it"


@pytest.mark.slow
def test_a_part_of_the_api_is_described_and_closed_until_it_says_who_may(tmp_path: Path) -> None:
    folder = install(tmp_path, "toy_page")
    asked = """
import django, json
django.setup()
from django.test import Client
from bihuan.faces.api.site import api
document = api.get_openapi_schema()
paths = document["paths"]
print(json.dumps([[path for path in paths if "toys" in path], paths["/api/v1/toys"]["get"]["summary"]]))
"""
    done = python(folder, "-c", "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'bihuan.server.settings'\n" + asked)
    assert json.loads(done.stdout.splitlines()[-1]) == [["/api/v1/toys"], "Toys 玩具"], done.stderr


def test_a_notice_is_planned_and_worded_in_both_languages(installed: Install) -> None:
    from bihuan.notices.rules import fill_words, notice_book

    before = set(notice_book().kinds)
    installed("toy_notice")
    assert set(notice_book().kinds) - before == {"signed_for"}
    assert [rule.kind for rule in notice_book().rules if rule.holds("accepted", {})] == ["signed_for"]
    assert fill_words("signed_for", "zh", {"number": "N1"}).body == "承办单位已签收 N1。"
    assert fill_words("signed_for", "en", {"number": "N1"}).subject == "Signed for: N1"


def test_a_notice_that_takes_the_words_of_another_is_refused(installed: Install) -> None:
    from bihuan.extend import ExtensionError
    from bihuan.notices.rules import notice_book

    words = '{"subject": "x", "body": "x"}'
    installed("odd", "from bihuan.extend import Notices\n\ndef notices():\n    return (Notices('odd', {'kinds': "
              f"{{'receipt': {{'zh': {words}, 'en': {words}}}}}}}),)\n")  # fmt: skip
    with pytest.raises(ExtensionError, match="'receipt' has words already"):
        notice_book()


def test_a_kind_of_evidence_may_be_declared_is_offered_and_named(installed: Install) -> None:
    from bihuan.loop.kernel.model import Case
    from bihuan.loop.kernel.programme import EvidenceRule
    from bihuan.loop.kernel.table import fields_of
    from bihuan.loop.programmes import all_programmes, schema

    rules = all_programmes()["hotline"].cases["request"]
    with pytest.raises(ValueError, match="'photo'"):
        EvidenceRule(types=["recording"])
    installed("toy_evidence")
    asks = rules.model_copy(update={"evidence": EvidenceRule(types=["recording", "photo"])})
    offered = fields_of("add_evidence", asks, Case(id=UUID(int=1)))["type"].choices
    assert {code: (text.zh, text.en) for code, text in offered} == {
        "recording": ("录音", "Recording"), "photo": ("照片", "Photo"),
    }  # fmt: skip
    assert "recording" in json.dumps(schema())


@pytest.mark.slow
def test_a_kind_of_evidence_stands_in_the_schema_that_the_command_line_prints(tmp_path: Path) -> None:
    done = bihuan(install(tmp_path, "toy_evidence"), "programme", "schema")
    assert '"recording"' in done.stdout, done.stderr


def test_a_folder_of_steps_is_read_with_those_of_the_house(installed: Install, tmp_path: Path) -> None:
    from bihuan.loop.kernel import steps
    from bihuan.loop.kernel.table import table
    from tests.loop.test_toy_step import TOY

    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "tagging.py").write_text(TOY, encoding="utf-8")
    installed(
        "brought_steps",
        "from pathlib import Path\nfrom bihuan.extend import StepFiles\n\n"
        f"def steps():\n    return (StepFiles(Path({str(tmp_path / 'more')!r})),)\n",
    )
    table.cache_clear()
    try:
        assert table().by_command["tag"].button.zh == "挂牌"
    finally:
        steps.__path__.remove(str(tmp_path / "more"))
        sys.modules.pop(f"{steps.__name__}.tagging", None)
        table.cache_clear()


def test_a_question_to_the_lake_is_listed_and_explained(installed: Install) -> None:
    from bihuan.cli.lake import app

    installed("toy_question")
    listed = {q["id"]: q for q in answer_of(app, "questions")["questions"]}
    assert (listed["toys"]["zh"], listed["toys"]["definition"]) == ("有多少案件", "Every case counts once.")


def test_a_package_may_bring_a_programme_and_a_kind_of_file(installed: Install, tmp_path: Path) -> None:
    from bihuan.intake.mapping import presets
    from bihuan.loop import programmes

    shutil.copytree(ROOT / "src" / "bihuan" / "programmes" / "whistle", tmp_path / "brought" / "toys")
    declared = tmp_path / "brought" / "toys" / "programme.yaml"
    declared.write_text(declared.read_text(encoding="utf-8").replace("id: whistle", "id: toys"), encoding="utf-8")
    installed(
        "brought",
        "from pathlib import Path\nfrom bihuan.extend import Declarations, Preset\n\n"
        f"def declarations():\n    return (Declarations(Path({str(tmp_path / 'brought')!r})),)\n\n"
        f"def presets():\n    return (Preset('toys', Path({str(tmp_path / 'toys.yaml')!r})),)\n",
    )
    programmes.forget_folders()
    try:
        assert "toys" in programmes.all_programmes(), programmes.folders_aside()
        assert "toys" in presets()
    finally:
        programmes.forget_folders()


def test_a_check_that_fails_is_a_finding_and_ends_no_other(installed: Install, db: None) -> None:
    from bihuan.server import checks

    toy = "from bihuan.extend import Check\n\ndef checks():\n    return (Check('toys', lambda: 1 / 0, order=1),)\n"
    installed("odd", toy)
    found = {finding.check: finding for finding in checks.run_added()}
    assert found["toys"].level == "error"
    assert "ZeroDivisionError" in found["toys"].message
    assert found["programmes"].level in ("ok", "error")
