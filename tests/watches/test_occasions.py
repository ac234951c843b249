"""A letter after an entry of a book, a sent form, an alarm of a series: once each, gaps by name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bihuan.ledger import store as ledger
from bihuan.registers.isolation import in_district
from tests.books.declared import CASH
from tests.watches.test_forms import FORM, send
from tests.watches.test_kinds import SERIES
from tests.watches.toys import AT, HERE, forget, permit, write_toys

pytestmark = [pytest.mark.slow]
HEAD = """
letter: {name}
name: {{zh: 玩具函, en: Toy letter}}
authority: {{zh: 示范区许可局, en: Model Permit Office}}
occasion: {occasion}
addressee: {{to: subject, type: toy-permit, key: permit}}
facts:
  permit: {{name: {{zh: 编号, en: Number}}, type: code, from: {{event: {key}}}}}
  told: {{name: {{zh: 内容, en: Told}}, type: text, from: {{event: {told}}}}}
  officer: {{name: {{zh: 经办, en: Officer}}, type: text, required: false, from: {{event: actor}}}}
basis:
  - law: {{zh: 行政许可法, en: Administrative Licensing Law}}
    article: {{zh: 第五十条, en: Article 50}}
    edition: "2019"
    citation: 第五十条
informs: true
number: {{zh: "示〔{{year}}〕{{count}}号", en: "Model ({{year}}) No. {{count}}"}}
delivery: [page]
texts: {{zh: "{{permit}}：{{told}}。", en: "{{permit}}: {{told}}."}}
"""
LETTERS = {
    "toy-entry": HEAD.format(
        name="toy-entry", occasion="{book: toy-cash, entry: pay}", key="accounts.paid.subject",
        told="accounts.paid.amount",
    ),
    "toy-form": HEAD.format(name="toy-form", occasion="{form: toy-asks}", key="said.permit", told="number"),
    "toy-alarm": HEAD.format(
        name="toy-alarm", occasion="{series: toy-mg, incident: high}", key="subject", told="peak",
    ),
    "toy-over": HEAD.format(
        name="toy-over", occasion="{series: toy-mg, incident: high, on: cleared}", key="subject", told="closed",
    ),
}  # fmt: skip


@pytest.fixture
def folder(db: None) -> Iterator[Path]:
    """The toy programme with a book, a form, a series and a letter after each."""
    yield from occasions_town()


def _forget() -> None:
    from bihuan.documents.forms.catalogue import forget_forms
    from bihuan.documents.letters.catalogue import forget_letters

    forget()
    forget_forms()
    forget_letters()


def occasions_town() -> Iterator[Path]:
    from bihuan.registers import live
    from bihuan.server.home import current_home
    from tests.shipped import load_shipped

    load_shipped()
    more = {"forms": {"asks": FORM}, "books": {"cash": CASH}, "series": {"toy-mg": SERIES}, "letters": LETTERS}
    made = write_toys(current_home().path, {}, **more)
    _forget()
    for key in ("p1", "p2"):
        permit(key)
    yield made
    shutil.rmtree(made, ignore_errors=True)
    _forget()
    live.forget_snapshots()


def pay(number: int, payee: str = "p1") -> None:
    """An entry that pays."""
    from bihuan.books.catalogue import book_named
    from bihuan.books.drafting import draft_kind
    from bihuan.books.posting import post

    book, day = book_named("toy-cash").book, date(2026, 12, 1)
    with in_district(HERE):
        took = draft_kind(book, "take", f"t{number}", day, {"amount": "5.00"})
        paid = draft_kind(book, "pay", f"p{number}", day, {"amount": "3.20", "payee": payee}, ref=f"t{number}")
        assert [each.state for each in post(took, paid, actor="user:1")] == ["posted", "posted"]


def store(*values: tuple[str, int, int]) -> None:
    """Values of the toy series: subject, hours from AT, value."""
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.following import follow_touched
    from bihuan.series.instants import micros
    from bihuan.series.store import rows, writing

    subjects = sorted({key for key, _, _ in values})
    found = rows.empty_rows(len(values))
    for row, (key, hour, value) in zip(found, values, strict=True):
        at = micros(AT + timedelta(hours=hour))
        row["line"], row["at"], row["arrived"] = subjects.index(key), at, at
        row["value"], row["flag"] = value * 10, ord("N")
    made = writing.Writer(current_catalogue().get("toy-mg"), HERE, "test", "user:test", AT, True)
    with in_district(HERE):
        writing.append_rows(made, found, subjects, tacit=False)
    while follow_touched(HERE, current_catalogue(), AT + timedelta(days=9)):
        pass


def follow(hours: float = 1) -> None:
    """What the worker does."""
    from bihuan.documents.letters.following import follow_events
    from bihuan.documents.letters.incidents import follow_alarms
    from bihuan.loop.store import current_facts

    while ledger.sequence_leaves():
        pass
    world = current_facts(AT + timedelta(hours=hours))
    with in_district(HERE):
        while follow_events(world):
            pass
    while follow_alarms(world):
        pass


def letters() -> list[tuple[str, str]]:
    """Letter and what it tells, in order."""
    from bihuan.documents.letters import reading
    from bihuan.documents.letters.models import LetterRow

    with in_district(HERE):
        rows = list(LetterRow.objects.order_by("letter", "count"))
        return [(row.letter, str((reading.words_of(row) or {}).get("facts", {}).get("told"))) for row in rows]


@pytest.mark.django_db
def test_an_entry_of_a_book_is_written_about_once(folder: Path) -> None:
    pay(1)
    pay(2, "p2")
    follow()
    follow(2)
    found = letters()
    assert [name for name, _ in found] == ["toy-entry", "toy-entry"]
    assert all("3.20" in told for _, told in found)


@pytest.mark.django_db
def test_a_sent_form_is_written_about_once_with_its_case(folder: Path) -> None:
    from bihuan.documents.letters.models import LetterRow

    case = send("p1", AT)
    follow()
    follow(2)
    with in_district(HERE):
        (row,) = LetterRow.objects.all()
    assert (row.letter, row.case_id) == ("toy-form", case)


@pytest.mark.django_db
def test_an_alarm_is_written_about_when_it_begins_and_when_it_is_over(folder: Path) -> None:
    store(("p1", 0, 5), ("p1", 1, 12), ("p2", 0, 5), ("p2", 1, 12), ("p2", 2, 5))
    follow(2)
    assert [name for name, _ in letters()] == ["toy-alarm", "toy-over"], "what is over already is not begun with"
    store(("p1", 2, 14))
    follow(3)
    assert len(letters()) == 2, "another peak is no occasion"
    store(("p1", 3, 5))
    follow(4)
    assert [name for name, _ in letters()] == ["toy-alarm", "toy-over", "toy-over"]
    assert "12" in letters()[0][1]


@pytest.mark.django_db
def test_gaps_are_set_aside_by_name_and_written_once_mended(folder: Path) -> None:
    from bihuan.loop.models import StuckRow

    for name, old, new in (("toy-entry", "accounts.paid.amount", "none"), ("toy-alarm", "peak", "none")):
        text = LETTERS[name].replace(f"event: {old}", f"event: {new}")
        (folder / "letters" / f"{name}.yaml").write_text(text, encoding="utf-8")
    _forget()
    pay(1)
    store(("p1", 0, 5), ("p1", 1, 12))
    follow()
    found = sorted(StuckRow.objects.values_list("loop", "reason"))
    assert found == [
        ("incident_letters", "toy-alarm: letter refused: told (missing_fact)"),
        ("letters", "toy-entry: letter refused: told (missing_fact)"),
    ]
    for name, text in LETTERS.items():
        (folder / "letters" / f"{name}.yaml").write_text(text, encoding="utf-8")
    _forget()
    StuckRow.objects.update(retry_at=AT - timedelta(days=3000))
    follow(2)
    assert [name for name, _ in letters()] == ["toy-alarm", "toy-entry"]
    assert not StuckRow.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("occasion", "field", "said"),
    [
        ("{form: toy-aks}", "occasion.form", "did you mean 'toy-asks'?"),
        ("{book: toy-cas, entry: pay}", "occasion.book", "did you mean 'toy-cash'?"),
        ("{book: toy-cash, entry: pey}", "occasion.entry", "did you mean 'pay'?"),
        ("{series: toy-mq, incident: high}", "occasion.series", "did you mean 'toy-mg'?"),
        ("{series: toy-mg, incident: hihg}", "occasion.incident", "did you mean 'high'?"),
        ("{incident: high}", "occasion", "belong together"),
    ],
)
def test_what_is_not_declared_is_refused_with_line_and_nearest_name(
    folder: Path, occasion: str, field: str, said: str
) -> None:
    from bihuan.documents.letters.catalogue import letters_aside

    file = folder / "letters" / "toy-form.yaml"
    file.write_text(LETTERS["toy-form"].replace("{form: toy-asks}", occasion), encoding="utf-8")
    _forget()
    (error,) = (each for path, each in letters_aside().items() if path == file)
    (problem,) = error.problems
    assert (problem.field, problem.line) == (field, 5)
    assert said in f"{problem.what} {problem.rule} {problem.remedy}"
