"""Each kind of rule beside the file that it is declared by: what it finds, and the look-alikes that it leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bihuan.server.home import current_home
from tests.watches.toys import AT, HERE, OPENS, forget, look, permit, rows, watch_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toys")]
BARE = "opens: {case: finding}"
SQUARE = {"type": "Polygon", "positions": [[0, 0], [1000, 0], [1000, 1000], [0, 1000], [0, 0]]}
SERIES = """
name: {zh: 玩具浓度, en: Toy concentration}
subject: toy-permit
quantity: {zh: 浓度, en: Concentration}
unit: mg/m3
averaging: 1 h
label: end
zone: Asia/Shanghai
precision: 1
keeper: monitoring
alarms: [{name: high, kind: above, limit: {fixed: 10}, on_count: 1, off_count: 1}]
"""


@pytest.fixture
def only() -> Callable[..., list[tuple[str, str]]]:
    """Declare one watch beside the others, let it look, and give subject and part of what it opened."""

    def run(
        when: str, over: str = "{subject: toy-permit}", acts: str = BARE, at: datetime = AT
    ) -> list[tuple[str, str]]:
        folder = current_home().path / "programmes" / "toywatch" / "watches"
        (folder / "toy-one.yaml").write_text(watch_text(when, over=over, acts=acts), encoding="utf-8")
        forget()
        (done,) = look(at, "toy-one").looks
        assert done.fault is None, done.fault
        return sorted((each.found.subject, each.found.part) for each in done.opened)

    return run


def test_repeat_counts_records_within_days(only: Any) -> None:
    days = {"a": (1, 20, 40), "b": (1, 45, 90), "c": (5, 6)}
    visits = [
        (f"{key}{day}", {"permit": key, "on": (date(2026, 9, 1) + timedelta(days=day)).isoformat()})
        for key, several in days.items() for day in several
    ]  # fmt: skip
    rows("toy-visit", date(2026, 9, 1), visits)
    when = "{repeat: {count: 3, days: 60, field: permit, dated: on}}"
    assert only(when, "{subject: toy-visit}", at=datetime(2026, 10, 20, tzinfo=UTC)) == [("a", "")]
    (again,) = look(datetime(2026, 10, 21, tzinfo=UTC), "toy-one").looks
    assert again.counts["opened"] == 0
    (over,) = look(datetime(2027, 1, 21, tzinfo=UTC), "toy-one").looks
    assert over.counts["cleared"] == 1


def test_repeat_counts_cases_about_the_same_subject_and_none_of_watches(only: Any) -> None:
    from bihuan.intake.receive import receive
    from bihuan.intake.reports import NewReport
    from bihuan.loop.kernel.model import acting_as
    from bihuan.loop.store import current_facts

    given = ((3, "site/1"), (2, "site/1"), (1, "site/2"), (100, "site/2"))
    reports = [
        NewReport(key=f"k{n}", programme="toywatch", kind="finding", channel="web", at=AT - timedelta(days=n),
                  subject=on)
        for n, on in given
    ]  # fmt: skip
    receive(reports, actor=acting_as("desk", "test"), facts=current_facts(AT))
    assert only("{repeat: {count: 2, days: 90, by: subject}}", "{cases: toywatch}") == [("site/1", "")]


def test_overlap_finds_pairs_that_touch(only: Any) -> None:
    permit("in", shape={"type": "Point", "positions": [[500, 500]]})
    permit("edge", shape={"type": "Point", "positions": [[1000, 500]]})
    permit("out", shape={"type": "Point", "positions": [[1500, 500]]})
    permit("no shape")
    rows("toy-visit", date(2026, 1, 1), [("zone", {"shape": SQUARE})])
    when = "{overlap: {field: shape, others: {subject: toy-visit, field: shape}}}"
    assert only(when) == [("edge", "zone"), ("in", "zone")]


def test_unmatched_after_a_time(only: Any) -> None:
    permit("late", due="2026-11-20", holder="h1")
    permit("young", due="2026-11-30", holder="h2")
    permit("answered", due="2026-11-20", holder="h3")
    permit("says nothing", due="2026-11-20")
    rows("toy-visit", date(2026, 1, 1), [("v1", {"holder": "h3"}), ("v2", {})])
    when = "{unmatched: {after: 3 days, dated: due, by: {subject: toy-visit, on: {holder: holder}}}}"
    assert only(when) == [("late", "")]


def test_changed_against_a_register_and_since_a_day(only: Any) -> None:
    rows("toy-visit", date(2026, 1, 1), [("v1", {"holder": "ＡＢ 公司"}), ("v2", {"holder": "其他"})])
    permit("same", status="v1", holder="ab公司")
    permit("other", status="v2", holder="ab公司")
    permit("no original", status="v3", holder="x")
    when = "{changed: {against: {subject: toy-visit, by: status, fields: {holder: holder}}}}"
    assert only(when) == [("other", "holder")]
    permit("kept", done="2026-02-01", plan="一")
    permit("moved", done="2026-02-01", plan="一")
    permit("moved", date(2026, 5, 1), done="2026-02-01", plan="二")
    assert only("{changed: {fields: [plan], since: done}}", at=AT + timedelta(hours=1)) == [("moved", "plan")]


def test_a_method_judges_whole_registers_and_its_rows_become_incidents(only: Any) -> None:
    permit("p1")
    permit("p2")
    for key, on, day, end in (
        ("v1", "p1", "2026-08-01", "2026-08-10"), ("v2", "p1", "2026-09-01", None),
        ("v3", "p2", "2026-05-01", "2026-05-02"), ("v4", "p2", "2026-11-01", None),
    ):  # fmt: skip
        rows("toy-visit", date(2026, 1, 1), [(key, {"permit": on, "on": day, "holder": end})])
    source = "{type: toy-visit, columns: {id: key, site: permit, kind: permit, found_on: on, closed_on: holder}}"
    kept = "key: id, part: of, where: {state: [repeat], nth: ['2']}"
    when = f"{{method: {{name: repeat-hazards, {kept}, options: {{days: '90'}}, inputs: [{source}]}}}}"
    assert only(when, "{subject: toy-visit}") == [("v2", "v1")]
    (again,) = look(AT + timedelta(days=1), "toy-one").looks
    assert (again.counts["opened"], again.counts["known"]) == (0, 1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [("name: no-such", "no method"), ("key: nothing", "gives no"), ("options: {dais: '1'}", "no option")],
)
def test_a_method_that_is_named_wrongly_is_told(wrong: str, told: str) -> None:
    from bihuan.watches.catalogue import current_catalogue

    right = {"name": "name: repeat-hazards", "key": "key: id", "options": "options: {days: '9'}"}
    right[wrong.partition(":")[0]] = wrong
    rule = f"{{method: {{{', '.join(right.values())}, inputs: [{{type: toy-visit, columns: {{id: key}}}}]}}}}"
    folder = current_home().path / "programmes" / "toywatch" / "watches"
    (folder / "toy-one.yaml").write_text(watch_text(rule, over="{subject: toy-visit}", acts=BARE), encoding="utf-8")
    forget()
    assert any(told in problem.what for problem in current_catalogue().problems)


@pytest.fixture
def series() -> Any:
    """A series of the toy permits, and a way to store values and follow them."""
    from bihuan.registers.isolation import in_district
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.following import follow_touched
    from bihuan.series.instants import micros
    from bihuan.series.store import partitions, writing
    from bihuan.series.store import rows as store_rows

    folder = current_home().path / "programmes" / "toywatch" / "series"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy-mg.yaml").write_text(SERIES, encoding="utf-8")
    forget()
    del partitions
    number = [0]

    def store(*values: tuple[str, int, int]) -> None:
        number[0] += 1
        subjects = sorted({key for key, _, _ in values})
        found = store_rows.empty_rows(len(values))
        for row, (key, hour, value) in zip(found, values, strict=True):
            row["line"], row["at"] = subjects.index(key), micros(AT + timedelta(hours=hour))
            row["arrived"], row["value"], row["flag"] = (
                micros(AT + timedelta(hours=hour, minutes=number[0])),
                value * 10,
                ord("N"),
            )
        made = writing.Writer(current_catalogue().get("toy-mg"), HERE, "test", "user:test", AT, True)
        with in_district(HERE):
            writing.append_rows(made, found, subjects, tacit=False)
        while follow_touched(HERE, current_catalogue(), AT + timedelta(days=9)):
            pass

    return store


def test_an_alarm_of_a_series_becomes_one_case_and_a_correction_retracts_it(only: Any, series: Any) -> None:
    series(("s1", -30, 5), ("s1", -29, 12), ("s1", -28, 13), ("s1", -27, 5), ("s2", -29, 11), ("s3", -29, 9))
    found = only("{alarm: {rule: high}}", "{series: toy-mg}", acts=OPENS.split(", fields")[0] + "}")
    assert [subject for subject, _ in found] == ["s1", "s2"]
    (again,) = look(AT + timedelta(minutes=5), "toy-one").looks
    assert {word: count for word, count in again.counts.items() if word not in ("looked", "holds") and count} == {
        "known": 2
    } or (again.counts["opened"] == 0)
    series(("s2", -29, 7))  # a correction: it never was above
    (over,) = look(AT + timedelta(minutes=10), "toy-one").looks
    assert (over.counts["retracted"], over.counts["opened"]) == (1, 0)


def test_a_book_out_of_balance_and_a_hold_that_nobody_settles(only: Any) -> None:
    from bihuan.books.catalogue import book_named
    from bihuan.books.drafting import draft_hold, draft_kind
    from bihuan.books.posting import Act, post_acts
    from bihuan.registers.isolation import in_district
    from tests.books.declared import CASH

    folder = current_home().path / "programmes" / "toywatch" / "books"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cash.yaml").write_text(CASH.split("rules:")[0], encoding="utf-8")
    forget()
    book = book_named("toy-cash").book
    with in_district(HERE):
        day = date(2026, 11, 1)
        drafts = (draft_kind(book, "take", "e1", day, {"amount": "9.50"}),)
        assert post_acts([Act(drafts, "user:test")])[0][0].reason is None
        held = draft_hold(book, "h1", day, "paid:p1", "till", "2.00")
        assert post_acts([Act((held,), "user:test", datetime(2030, 1, 1, tzinfo=UTC))])[0][0].reason is None
    later = datetime.now(UTC) + timedelta(days=5)
    assert only("{unbalanced: {}}", "{book: toy-cash}", at=later) == []
    assert only("{unbalanced: {account: till, floor: 10}}", "{book: toy-cash}", at=later) == [("till", "")]
    assert only("{unmatched: {after: 3 days}}", "{book: toy-cash}", at=later) == [("h1", "")]


def test_a_line_that_no_bank_answers_and_money_that_rests_on_no_source(only: Any, tmp_path: Any) -> None:
    from bihuan.books.catalogue import book_named
    from bihuan.books.counting import CountedRejects
    from bihuan.books.drafting import draft_kind
    from bihuan.books.kept_reconciling import keep_reconciliation
    from bihuan.books.posting import Act, post_acts
    from bihuan.registers.isolation import in_district
    from tests.books.declared import CASH

    folder = current_home().path / "programmes" / "toywatch" / "books"
    folder.mkdir(parents=True, exist_ok=True)
    said = CASH.split("rules:")[0].replace("normal: credit, unit: CNY}", "normal: credit, unit: CNY, source: true}")
    told = said.replace("  capped:", "  gift: {name: {zh: 捐赠, en: Gift}, normal: credit, unit: CNY}\n  capped:")
    (folder / "cash.yaml").write_text(
        told + "  given: {name: {zh: 受赠, en: Given}, lines: [{debit: till}, {credit: gift}]}\n", encoding="utf-8"
    )
    forget()
    book, day = book_named("toy-cash").book, date(2026, 11, 2)
    with in_district(HERE):
        for kind, key, amount, ref in (
            ("take", "e1", "9.50", ""), ("given", "e2", "4", ""), ("pay", "p1", "5", "e1"), ("pay", "p2", "3", "e2"),
        ):  # fmt: skip
            draft = draft_kind(book, kind, key, day, {"amount": amount, "payee": "x"}, ref=ref)
            assert post_acts([Act((draft,), "user:test")])[0][0].reason is None
        file = tmp_path / "bank.csv"
        file.write_text(f"id,day,amount\nB1,{day},9.50\nB2,{day},4\nB3,{day},-5\nB9,{day},-77\n", encoding="utf-8")
        with CountedRejects(tmp_path) as rejects:
            keep_reconciliation(book, "till", file, day, "user:test", rejects=rejects)
    later = datetime(2026, 11, 20, tzinfo=UTC)
    assert only("{untraced: {}}", "{book: toy-cash}", at=later) == [("p2", "")]
    rule = "{unmatched: {account: till, after: 5 working days}}"
    assert only(rule, "{book: toy-cash}", at=datetime(2026, 11, 6, tzinfo=UTC)) == []
    assert sorted(only(rule, "{book: toy-cash}", at=later)) == [("B9", "theirs/B9"), ("p2", "ours/p2/1")]


def test_again_after_closure_and_what_is_not_right_often_enough(only: Any) -> None:
    from django.db import connection

    permit("p1", load="120")
    look(AT, "toy-load")
    permit("p1", date(2026, 12, 3), load="50")
    look(AT + timedelta(days=3), "toy-load")
    permit("p1", date(2026, 12, 20), load="130")
    look(AT + timedelta(days=20), "toy-load")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loop_case SET state = 'closed', outcome = 'closed', ended_at = %s, about = 'toy-permit/p1', "
            'fold = fold || \'{"subject": "p1"}\' '  # as a case of a type with `about` keeps its subject
            "WHERE number = (SELECT min(number) FROM loop_case)",
            [AT + timedelta(days=5)],
        )
    when, later = "{again: {watch: toy-load, within: 90 days}}", AT + timedelta(days=21)
    found = only(when, "{cases: toywatch}", at=later)
    assert [subject for subject, _ in found] == ["toy-permit/p1"]
    for n in range(30):
        permit(f"q{n}", valid_to="2026-12-20")
    look(AT + timedelta(hours=2), "toy-expires")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loop_case SET outcome = 'invalid', state = 'invalid', ended_at = now() WHERE state = 'received'"
        )
    when = "{imprecise: {at_least: 0.6, judged: 20, within: 365 days}}"
    assert only(when, "{models: watches}", at=later + timedelta(hours=1)) == [("toy-expires", "")]
    from bihuan.watches.catalogue import current_catalogue
    from bihuan.watches.showing import judge_watches

    look(later + timedelta(hours=2), "toy-expires")
    right = judge_watches(HERE, [current_catalogue().get("toy-expires")])["toy-expires"].as_json()
    assert (right["confirmed"], right["false"], right["right"]) == (0, 30, "0.0000")
