"""A letter on the occasion of a watch: once per incident, with its facts, number, delivery and leaf; or refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from bihuan.declare.problems import DeclarationError
from bihuan.registers.isolation import in_district
from tests.api.callers import caller
from tests.watches.toys import AT, HERE, forget, look, permit, watch_text, write_toys

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
REMINDS = "reminds: {role: arbiter, say: {zh: 许可将到期, en: A permit is about to expire}}"
SOON = watch_text("{expires: {field: valid_to, within: 30 days}}", acts=REMINDS)
OPENS = watch_text("{missing: {field: plan}}")
LETTER = """
letter: toy-ends
name: {zh: 许可到期提示函, en: Your permit is about to end}
authority: {zh: 示范区许可局, en: Model Permit Office}
occasion: {watch: toy-soon}
addressee: {to: subject, type: toy-permit, key: number_of_permit}
facts:
  number_of_permit: {name: {zh: 编号, en: Number}, type: code, from: {event: subject}}
  ends: {name: {zh: 到期日, en: Ends}, type: date, from: {event: facts.valid_to}}
  officer: {name: {zh: 经办, en: Office}, type: text, from: {event: office}}
basis:
  - law: {zh: 行政许可法, en: Administrative Licensing Law}
    article: {zh: 第五十条, en: Article 50}
    edition: "2019"
    citation: 第五十条
informs: true
number: {zh: "示许提示〔{year}〕{count}号", en: "Model Permit ({year}) No. {count}"}
delivery: [page, post]
texts:
  zh: "许可{number_of_permit}将于{ends}到期。"
  en: "Permit {number_of_permit} ends on {ends}."
"""
AGAIN = (
    LETTER.replace("letter: toy-ends", "letter: toy-renewed")
    .replace("{watch: toy-soon}", "{watch: toy-soon, on: cleared}")
    .replace("  ends: {name: {zh: 到期日, en: Ends}, type: date, from: {event: facts.valid_to}}\n", "")
    .replace("将于{ends}到期", "已换证")
    .replace("ends on {ends}", "was renewed")
)
CASE = (
    LETTER.replace("letter: toy-ends", "letter: toy-planless")
    .replace("toy-soon", "toy-planless")
    .replace("from: {event: facts.valid_to}", "from: {event: since}")
    .replace("from: {event: office}", "from: {event: case}")
)


@pytest.fixture
def town(db: None) -> Iterator[Path]:
    """Letters after two watches: on opening and on clearing of a reminder, on opening of a case."""
    from bihuan.registers import live
    from bihuan.server.home import current_home
    from tests.shipped import load_shipped

    load_shipped()
    folder = write_toys(current_home().path, {"toy-soon": SOON, "toy-planless": OPENS})
    (folder / "letters").mkdir()
    for name, text in (("ends", LETTER), ("renewed", AGAIN), ("planless", CASE)):
        (folder / "letters" / f"{name}.yaml").write_text(text, encoding="utf-8")
    _forget()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
    forget()
    _forget()
    live.forget_snapshots()


def _forget() -> None:
    from bihuan.documents.letters.catalogue import forget_letters

    forget_letters()


def follow(hours: float = 1) -> int:
    from bihuan.loop.store import current_facts
    from bihuan.watches.lettering import follow_incidents

    return follow_incidents(current_facts(AT + timedelta(hours=hours)))


def letters() -> list[Any]:
    from bihuan.documents.letters.models import LetterRow

    with in_district(HERE):
        return list(LetterRow.objects.order_by("letter", "count"))


def test_who_is_reminded_of_is_written_to_once_and_again_when_it_clears(town: Path) -> None:
    permit("p1", valid_to="2026-12-20")
    permit("p2", valid_to="2026-12-21")
    look(AT, "toy-soon")
    assert follow() == 2
    assert follow() == 0
    look(AT + timedelta(hours=2), "toy-soon")
    follow(2)
    first, second = letters()
    assert (first.letter, first.number["zh"], second.count) == ("toy-ends", "示许提示〔2026〕1号", 2)
    assert first.occasion.startswith("watch:")
    assert first.ways == ["page", "post"]
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute("SELECT body::text FROM ledger_statement WHERE id = %s", [first.pk])
        assert first.files["zh.pdf"] in cursor.fetchone()[0], "its leaf states the digest"
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    user = caller("analyst").user
    assert user is not None
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert f"/letters/{first.pk}/" in client.get("/letters/").content.decode()
    permit("p1", date(2026, 12, 2), valid_to="2031-01-01")
    look(AT + timedelta(days=1), "toy-soon")
    follow(24)
    assert [each.letter for each in letters()] == ["toy-ends", "toy-ends", "toy-renewed"]


def test_what_has_ended_before_anybody_wrote_is_not_written(town: Path) -> None:
    permit("p1", valid_to="2026-12-20")
    look(AT, "toy-soon")
    permit("p1", date(2026, 12, 2), valid_to="2031-01-01")
    look(AT + timedelta(days=1), "toy-soon")
    follow(24)
    assert [each.letter for each in letters()] == ["toy-renewed"]


def test_a_letter_after_a_case_is_about_the_case(town: Path) -> None:
    permit("p1", plan="")
    run = look(AT, "toy-planless")
    (opened,) = run.looks[0].opened
    follow()
    (row,) = letters()
    assert (row.letter, row.case_id) == ("toy-planless", opened.case)


def test_a_gap_is_set_aside_and_written_once_it_is_mended(town: Path) -> None:
    from bihuan.loop.models import StuckRow

    permit("p1", valid_to="2026-12-20")
    look(AT, "toy-soon")
    file = town / "letters" / "ends.yaml"
    file.write_text(LETTER.replace("from: {event: office}", "from: {event: nobody}"), encoding="utf-8")
    _forget()
    follow()
    row = StuckRow.objects.get(loop="watch_letters")
    assert row.reason == "toy-ends: letter refused: officer (missing_fact)"
    file.write_text(LETTER, encoding="utf-8")
    _forget()
    StuckRow.objects.update(retry_at=AT - timedelta(days=3000))
    follow(2)
    assert len(letters()) == 1
    assert not StuckRow.objects.filter(loop="watch_letters").exists()


def test_a_watch_that_is_not_declared_is_refused_with_its_line(town: Path) -> None:
    from bihuan.documents.letters.catalogue import letters_aside

    file = town / "letters" / "ends.yaml"
    for occasion, field, said in (
        ("{watch: toy-son}", "occasion.watch", "no watch 'toy-son' is in use"),
        ("{event: dispatched, on: cleared}", "occasion", "belong to the occasion of a `watch`"),
    ):
        file.write_text(LETTER.replace("{watch: toy-soon}", occasion), encoding="utf-8")
        _forget()
        (error,) = (each for path, each in letters_aside().items() if path == file)
        assert isinstance(error, DeclarationError)
        problem = error.problems[0]
        assert (problem.field, problem.line) == (field, 5)
        assert said in problem.what
        if "toy-son" in occasion:
            assert problem.remedy == "did you mean 'toy-soon'?"
