"""Watches over sent forms: unanswered, unsent, the k-th within days, a proof that ends; and what they leave alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from bihuan.documents.forms.pure.checking import Answers
from bihuan.documents.forms.submitting import Sender, submit_form
from bihuan.loop.kernel.model import Actor, Command, acting_as
from bihuan.loop.store import Order, append, current_facts
from bihuan.watches.catalogue import read_catalogue
from tests.watches.toys import AT, forget, look, permit, watch_text, write_toys

pytestmark = [pytest.mark.slow]
FORM = """
form: toy-asks
edition: "2026-01"
name: {zh: 玩具申请, en: Toy form}
about: {zh: 试验, en: for tests}
fields:
  permit: {type: code, name: {zh: 许可, en: Permit}, required: true, open: true}
  kind: {type: code, name: {zh: 种类, en: Kind}, open: true}
  covers: {type: date, name: {zh: 所属日期, en: Covers}, open: true}
  tested: {type: date, name: {zh: 检测日, en: Tested}, open: true, lasts: {months: 6}}
  hidden: {type: text, name: {zh: 不公开, en: Sealed}}
steps: [{id: one, name: {zh: 一, en: One}, fields: [permit, kind, covers, tested, hidden]}]
through:
  {door: intake.receive, programme: hotline, case: request, values: {title: permit, text: permit, area: "=110108011"}}
retention: {days: 365, citation: Toy rule}
"""
ASKED = "{form: toy-asks, key: permit, type: toy-permit}"
REMINDS = "reminds: {role: operator, say: {zh: 请处理, en: See to it}}"


@pytest.fixture
def folder(db: None) -> Iterator[Path]:
    """The toy programme with a form, and the model district."""
    yield from _town()


@pytest.fixture
def town(transactional_db: None) -> Iterator[Path]:
    """As `folder`, committed."""
    yield from _town()


def _town() -> Iterator[Path]:
    from bihuan.documents.forms.catalogue import forget_forms
    from bihuan.registers import live
    from bihuan.server.home import current_home
    from tests.shipped import load_shipped

    load_shipped()
    made = write_toys(current_home().path, {}, forms={"asks": FORM})
    forget_forms()
    yield made
    shutil.rmtree(made, ignore_errors=True)
    forget_forms()
    forget()
    live.forget_snapshots()


def send(key: str, at: datetime, **values: Any) -> Any:
    """Send the toy form about a permit; its case."""
    from bihuan.documents.forms.catalogue import form_named

    sender = Sender(acting_as("visitor"), "a browser", current_facts(at))
    sent = submit_form(form_named("toy-asks"), Answers({"permit": key, **values}, {}, {}), {}, f"{key}{at}", sender)
    assert sent.defects == []
    return sent.case


def declare(folder: Path, when: str, over: str = ASKED, acts: str = REMINDS) -> None:
    """The one watch of a test."""
    (folder / "watches").mkdir(exist_ok=True)
    (folder / "watches" / "toy-one.yaml").write_text(watch_text(when, over=over, acts=acts), encoding="utf-8")
    forget()


def found(at: datetime, known: datetime | None = None) -> tuple[list[str], dict[str, int]]:
    """What one look opened, and its counts."""
    (done,) = look(at, "toy-one").looks
    assert done.fault is None, done.fault
    return sorted(f"{each.found.subject}|{each.found.part}" for each in done.opened), done.counts


def act(case: Any, name: str, at: datetime, **data: Any) -> None:
    """One act of the desk on a case."""
    actor = acting_as("desk", "test")
    (done,) = append([Order(Command(name, actor, at, data), case=case)], facts=current_facts(at))
    assert done.refusal is None, done.refusal


def test_a_form_not_answered_in_time_is_an_incident_until_its_case_is_answered(folder: Path) -> None:
    late = send("late", AT - timedelta(days=4))
    answered = send("answered", AT - timedelta(days=4))
    send("young", AT - timedelta(days=1))
    act(answered, "dispatch", AT - timedelta(days=2), unit="street-110108011")
    declare(folder, "{unanswered: {within: 3 days, answers: [dispatched]}}")
    opened, counts = found(AT)
    assert [each.partition("|")[0] for each in opened] == ["late"]
    assert (counts["looked"], counts["reminded"]) == (3, 1)
    assert found(AT + timedelta(hours=1))[1]["known"] == 1
    act(late, "dispatch", AT + timedelta(hours=2), unit="street-110108011")
    assert found(AT + timedelta(hours=3))[1]["cleared"] == 1


def test_working_days_are_those_of_the_calendar(folder: Path) -> None:
    send("one", datetime(2026, 11, 27, 2, tzinfo=UTC))  # a Friday
    declare(folder, "{unanswered: {within: 2 working days}}")
    assert found(datetime(2026, 12, 1, 10, tzinfo=UTC))[0] == [], "Tuesday is the second working day"
    assert len(found(datetime(2026, 12, 2, 1, tzinfo=UTC))[0]) == 1


def test_a_case_takes_its_values_from_the_form_and_from_the_register(folder: Path) -> None:
    from bihuan.loop.models import CaseRow

    permit("p1", plan="")
    send("p1", AT - timedelta(days=4), kind="k7")
    acts = "opens: {case: finding, area: {field: case_area}, fields: {permit: {field: number}}}"
    declare(folder, "{unanswered: {within: 3 days}}", acts=acts)
    assert len(found(AT)[0]) == 1
    case = CaseRow.objects.get(programme="toywatch")
    assert (case.area, case.fold["subject"]) == ("110108011", "toy-permit/p1")


def test_a_subject_without_its_form(folder: Path) -> None:
    for key in ("sent", "old", "none"):
        permit(key, due="2026-09-01")
    permit("later", due="2026-11-25")
    send("sent", AT - timedelta(days=5))
    send("old", AT - timedelta(days=50))
    over = "{subject: toy-permit}"
    declare(folder, "{unsent: {form: toy-asks, by: permit, within: 30 days, since: due, after: 20 days}}", over)
    assert found(AT)[0] == ["none|", "old|"]
    send("none", AT + timedelta(hours=1))
    assert found(AT + timedelta(hours=2))[1]["cleared"] == 1


def test_a_form_for_each_month_by_its_term(folder: Path) -> None:
    permit("p1", due="2026-10-01")
    permit("p2", due="2026-11-01")
    permit("new", due="2026-11-15")
    send("p1", AT - timedelta(days=20), covers="2026-10-31")
    over = "{subject: toy-permit}"
    rule = "{unsent: {form: toy-asks, by: permit, each: month, term: 10 days, says: covers, back: 2, since: due}}"
    declare(folder, rule, over)
    assert found(datetime(2026, 12, 10, 1, tzinfo=UTC))[0] == [], "the term of November runs until the tenth"
    at = datetime(2026, 12, 11, 1, tzinfo=UTC)
    assert found(at)[0] == ["p1|2026-11", "p2|2026-11"]
    send("p1", at + timedelta(minutes=30), covers="2026-11-30")
    assert found(at + timedelta(hours=1))[1]["cleared"] == 1


def test_the_kth_form_about_one_thing_within_days(folder: Path) -> None:
    for day in (1, 5, 9):
        send("often", AT - timedelta(days=day))
    for day in (1, 40, 80):
        send("seldom", AT - timedelta(days=day))
    declare(folder, "{repeat: {count: 3, days: 20}}")
    assert found(AT)[0] == ["often|"]
    assert found(AT + timedelta(days=30))[1]["cleared"] == 1


def test_a_proof_in_a_form_ends_with_its_term_and_a_newer_one_renews_it(folder: Path) -> None:
    send("ends", datetime(2026, 6, 30, tzinfo=UTC), tested="2026-06-20")
    send("holds", datetime(2026, 6, 30, tzinfo=UTC), tested="2026-06-20")
    send("holds", datetime(2026, 11, 3, tzinfo=UTC), tested="2026-11-01")
    declare(folder, "{expires: {field: tested, within: 30 days}}")
    assert found(AT)[0] == ["ends|"], "six months from the twentieth of June"
    send("ends", AT + timedelta(hours=1), tested="2026-11-30")
    assert found(AT + timedelta(hours=2))[1]["cleared"] == 1


def test_faults_are_named_with_line_and_nearest_name(folder: Path) -> None:
    (folder / "watches").mkdir(exist_ok=True)
    file = folder / "watches" / "toy-one.yaml"
    for when, over, field, said in (
        ("{unanswered: {within: 3 days}}", "{form: toy-aks}", "over.form", "did you mean 'toy-asks'?"),
        ("{unanswered: {within: 3 days}}", "{form: toy-asks, key: permitt}", "over.key", "did you mean 'permit'?"),
        ("{unanswered: {within: 3 days}}", "{form: toy-asks, key: hidden}", "over.key", "has no open field 'hidden'"),
        ("{unanswered: {within: 3 days}}", "{form: toy-asks, key: permit, type: toy-permt}", "over.type", "toy-permit"),
        ("{unanswered: {within: 3 days, answers: [dispached]}}", ASKED, "when.unanswered.answers.0", "'dispatched'"),
        ("{repeat: {count: 3, days: 20}}", "{form: toy-asks}", "when.repeat.count", "`over.key`"),
        ("{expires: {field: kind, within: 3 days}}", ASKED, "when.expires.field", "of type date or instant is needed"),
        ("{unsent: {form: toy-asks, by: permt}}", "{subject: toy-permit}", "when.unsent.by", "did you mean 'permit'?"),
        ("{unsent: {form: toy-asks, by: permit, each: month}}", "{subject: toy-permit}", "when.unsent", "together"),
    ):  # fmt: skip
        file.write_text(watch_text(when, over=over, acts=REMINDS), encoding="utf-8")
        (problem,) = read_catalogue([file]).problems
        assert (problem.field, problem.line > 0) == (field, True), problem
        assert said in f"{problem.what} {problem.rule} {problem.remedy}", problem


def test_two_processes_open_a_forms_incident_once(town: Path) -> None:
    for n in range(20):
        send(f"p{n}", AT - timedelta(days=4))
    declare(town, "{unanswered: {within: 3 days}}")
    connections.close_all()
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if look(AT, "toy-one").looks[0].fault is None else 3)
            finally:
                os._exit(4)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM watch_incident), (SELECT count(*) FROM watch_event WHERE kind = 'reminded')"
        )
        assert cursor.fetchone() == (20, 20)


def test_a_run_explains_by_what_the_form_said_and_nothing_that_is_sealed(folder: Path) -> None:
    from bihuan.watches.explaining import run_told

    send("late", AT - timedelta(days=4), kind="k1", hidden="密")
    declare(folder, "{unanswered: {within: 3 days}}")
    told = run_told(look(AT, "toy-one"), explain=True)
    (line,) = told["explained"]
    assert {each["what"] for each in line["facts"]} >= {"toy-asks.sent", "toy-asks.kind", "toy-asks.permit"}
    assert "密" not in str(told)
    assert date.fromisoformat(line["facts"][0]["since"]) == (AT - timedelta(days=4)).date()


def test_shipped_watches_over_forms_and_numbers(folder: Path) -> None:
    from bihuan.documents.forms.catalogue import form_named
    from bihuan.watches.catalogue import current_catalogue

    names = (
        "petition_review_untaken", "reach_found_again", "access_begins_undecided", "building_unaccepted",
        "hazard_on_time_low", "resolution_fallen", "month_unclosed",
    )  # fmt: skip
    said = {
        "item": "入户登记", "kind": "work", "starts_on": "2027-02-05", "minutes_per_month": 60, "has_funding": True,
        "funding": "区级财政", "why": "试验",
    }  # fmt: skip
    actor = Actor("user:asks", frozenset({"handler"}), "street-110108011")
    sender = Sender(actor, "a browser", current_facts(AT))
    form = form_named("community-access-item")
    sent = submit_form(form, Answers(said, {}, {"not_before": True}), {}, "one", sender)
    assert sent.defects == []
    assert current_catalogue().problems == ()
    run = look(datetime(2027, 1, 30, 1, tzinfo=UTC), *names)
    assert [each.fault for each in run.looks] == [None] * len(names)
    opened = {(each.watch.name, one.found.subject) for each in run.looks for one in each.opened}
    assert opened == {("access_begins_undecided", sent.number), ("month_unclosed", "2026-12")}
