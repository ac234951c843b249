"""No page counts or walks through what grows with the cases: every page of the rights list, for everyone who opens it.

Whoever adds a page need not think of this test: it walks the same list as the matrix of rights.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.template import Variable, VariableDoesNotExist
from django.template.defaulttags import ForNode
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.ledger import store as ledger
from bihuan.numbers.keeping import catch_up
from bihuan.registers.models import Grant, Organisation, User
from tests.api import rights
from tests.api.test_page_matrix import owners, pages
from tests.faces import cases, crowd

pytestmark = pytest.mark.slow
BACKEND = "django.contrib.auth.backends.ModelBackend"
DISTRICT, AREA, UNIT = "110108", "110108011", "street-110108011"
GROWS = ("loop_case", "loop_event", "loop_event_private", "loop_unit_queue", "number_case")
"""Tables with a row, or several, for each case."""
BESIDE = (
    "suggestions_suggestion",
    "loop_report",
    "loop_clock",
    "loop_media",
    "ledger_entry",
    "notices_notice",
    "notices_delivery",
)
"""Tables that grow with the cases too, but hold few rows in this test."""
CELLS = "number_cell"
"""Sums themselves: how many there are depends on units, areas and categories; a page may add up those it names."""
BUDGET = 30
"""Statements that a page may ask, sign-in and what a process asks once included; the desk's case after a redirect asks
most of all: an action that is not possible leads back to it, and both requests count."""
BUDGETS: dict[str, int] = {}
"""Pages that show more than a list and may ask more."""
READS = ("SELECT", "WITH")
SUMS = re.compile(r"\b(count|sum|avg|array_agg|string_agg)\s*\(", re.IGNORECASE)
SCOPES = {"district": DISTRICT, "area": AREA, "programme": "hotline"}
SCOPED = ("operator", "callback_agent", "inspector", "arbiter", "analyst", "leader", "auditor", "district_admin")


def visitors() -> Iterator[tuple[str, str]]:
    """(role, kind of scope) of those who open pages; nobody signed in is `("", "")`.

    Each role in the district; in the narrower scopes, which ask a page otherwise whoever opens it, as few roles as open
    every page between them.
    """
    yield "", ""
    yield from ((role, "district") for role in SCOPED)
    yield from ((role, kind) for kind in SCOPES if kind != "district" for role in between_them())
    yield from (("handler", "unit"), ("unit_head", "unit"), ("analyst", "unit"))


@pytest.fixture(scope="module")
def town(loaded: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """Some cases in every hand, twenty thousand others, all counted; one that its unit claims done, by its number."""
    with django_db_blocker.unblock():
        mine, _code = cases.opened("三号楼路灯不亮")
        sent = cases.then(cases.opened("五号楼路灯不亮")[0], "operator", "dispatch", unit=UNIT)
        done, _code = cases.handled("暖气不热")
        while ledger.sequence_leaves():
            continue
        catch_up()
        units = [str(pk) for pk in Organisation.objects.order_by("code").values_list("pk", flat=True)]
        crowd.gather(sent.number, units)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO number_case (case_id, period_id, district_id, number, open, cells) "
                "SELECT c.id, p.id, c.district_id, c.number, c.ended_at IS NULL, "
                "  ARRAY(SELECT i.id FROM number_cell i WHERE i.period_id = p.id ORDER BY i.id LIMIT 3) "
                "FROM loop_case c, number_period p WHERE c.number LIKE 'T%'"
            )
            cursor.execute("ANALYZE number_case; ANALYZE number_cell")
        yield {"received": mine.number, "dispatched": sent.number, "claimed": done.number}


def signed_in(role: str, kind: str) -> Client:
    """Somebody with one role in one kind of scope."""
    client = Client()
    if role:
        unit = Organisation.objects.get(code=UNIT) if kind == "unit" else None
        user = User.objects.create_user(f"{role}-{kind}", name=role, district_id=DISTRICT, unit=unit)
        scope = {**SCOPES, "unit": str(unit.pk) if unit else ""}[kind]
        Grant.objects.create(district_id=DISTRICT, user=user, role=role, scope_kind=kind, scope=scope)
        client.force_login(user, backend=BACKEND)
    return client


def between_them() -> list[str]:
    """As few scoped roles as open every page that one of them opens; whoever opens the most first."""
    left = {role: {name for name, _ in opened_by(role)} for role in SCOPED}
    chosen: list[str] = []
    while any(left.values()):
        most = max(SCOPED, key=lambda role: len(left[role]))
        chosen.append(most)
        left = {role: names - left[most] for role, names in left.items()}
    return chosen


def opened_by(role: str) -> list[tuple[str, str]]:
    """The pages that a role opens, with their addresses."""
    return [(n, a) for n, a in pages() if (whose := owners(n)) is None or (role and role in whose)]


@pytest.mark.parametrize(("role", "kind"), tuple(visitors()), ids=lambda part: part or "nobody")
def test_no_page_counts_or_walks(
    db: None, town: dict[str, str], built: None, app_role: None, absent: set[str], role: str, kind: str
) -> None:
    client, seen, found = signed_in(role, kind), set(), []
    for name, address in opened_by(role):
        for number in town.values() if "{number}" in address else ("",):
            url = address.replace("{number}", number)
            with CaptureQueriesContext(connection) as said:
                answer = client.get(url, follow=True)
            assert answer.status_code < 500, url
            if len(said.captured_queries) > BUDGETS.get(name, BUDGET):
                found.append(f"{name} {url}: {len(said.captured_queries)} statements")
            for text in {query["sql"] for query in said.captured_queries} - seen:
                seen.add(text)
                found += [f"{name} {url}: {fault}" for fault in faults(text)]
    assert not found, "\n\n".join(found)
    assert not absent


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What templates loop over though nobody gave it: Django shows such a list as empty and says nothing."""
    found: set[str] = set()
    render = ForNode.render

    def looked_at(node: ForNode, context: Any) -> Any:
        try:
            if isinstance(node.sequence.var, Variable):
                node.sequence.var.resolve(context)
        except VariableDoesNotExist:
            found.add(f"{node.origin.template_name}: for … in {node.sequence}")
        return render(node, context)

    monkeypatch.setattr(ForNode, "render", looked_at)
    return found


def faults(text: str) -> Iterator[str]:
    """What is wrong with a statement of a page: it sums over what grows, or reads such a table whole."""
    if not text.lstrip().upper().startswith(READS):
        return
    named = [table for table in (*GROWS, *BESIDE, CELLS) if re.search(rf"\b{table}\b", text)]
    if {*named} - {CELLS} and SUMS.search(text) and "LIMIT" not in text:
        yield f"counts in a request: {text}"
    if named:
        yield from (f"{walk}: {text}" for walk in walks(text))


def walks(text: str) -> list[str]:
    """Which tables the plan reads from end to end; of those with few rows, whether no index would serve."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + text.replace("%", "%%"), [])
        told = _whole(_json(cursor.fetchone()[0]))
        found = [table for table in told if table in GROWS]
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + text.replace("%", "%%"), [])
        plan = _json(cursor.fetchone()[0])
        found += [table for table in _whole(plan) if table in (*BESIDE, CELLS)]
        cursor.execute("RESET enable_seqscan")
        return [f"reads {table} from end to end; its indexes are {_indexes(cursor, table)}; {plan}" for table in found]


def _indexes(cursor: Any, table: str) -> list[Any]:
    """What the planner may use: each index with whether it is valid and whether it waits for older transactions."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, indisvalid, indcheckxmin FROM pg_index WHERE indrelid = %s::regclass",
        [table],
    )
    return list(cursor.fetchall())


def _json(said: Any) -> Any:
    return json.loads(said) if isinstance(said, str) else said


def _whole(plan: Any) -> Iterator[str]:
    """The tables that a plan walks through: without an index, or an index without a condition and without an end."""
    if isinstance(plan, list):
        for each in plan:
            yield from _whole(each)
    elif isinstance(plan, dict):
        if plan.get("Node Type") == "Seq Scan" and plan.get("Relation Name"):
            yield plan["Relation Name"]
        for value in plan.values():
            yield from _whole(value)


def test_the_walk_knows_every_role() -> None:
    assert {role for role, _ in visitors() if role} == {*rights.ROLES} - {"resident", "integrator"}


def test_a_fence_through_another_table_is_asked_row_by_row(db: None, app_role: None) -> None:
    """On tables without rows the planner prefers to read the other table whole: then that must not be possible."""
    joined = "notices_delivery d JOIN notices_notice n ON n.id = d.notice_id"
    assert walks(f"SELECT 1 FROM {joined} WHERE n.case_id = gen_random_uuid()") == []
