"""Versions are kept once, a conclusion belongs to one hash and dies with a changed text, each with a leaf."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from bihuan.documents.versions import keeping
from bihuan.documents.versions.models import ConclusionRow, VersionRow
from bihuan.loop import scope
from tests.commands import answer_of
from tests.documents.test_clauses import LAW

pytestmark = pytest.mark.django_db
HERE = "110108"


@pytest.fixture
def act(db: None) -> Iterator[keeping.TextAct]:
    """Somebody who keeps texts in the model district."""
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    scope.ensure(HERE)
    yield keeping.TextAct(HERE, "user:1", datetime.now(UTC), "a test")
    live.forget_snapshots()


def review(sha256: str, act: keeping.TextAct, *clauses: str) -> ConclusionRow:
    return keeping.conclude("rule-1", sha256, clauses, "fair_competition", "no_harm", "对经营者一视同仁", act)


def test_a_conclusion_lapses_with_the_text_and_stands_again_with_it(act: keeping.TextAct) -> None:
    first, new = keeping.add_version("rule-1", "某某办法", LAW, act)
    again, repeated = keeping.add_version("rule-1", "某某办法", LAW + "\n", act)
    assert (new, repeated, again.pk) == (True, False, first.pk)
    review(first.sha256, act, "2")
    review(first.sha256, act)
    assert [each.stands for each in keeping.conclusions_of("rule-1", HERE)] == [True, True]
    second, _ = keeping.add_version("rule-1", "某某办法", LAW.replace("责令", "可以责令"), act)
    assert second.number == 2
    whole, clause = keeping.conclusions_of("rule-1", HERE)
    assert (whole.stands, clause.stands) == (False, False), "it dies with a changed text"
    assert (whole.unchanged, clause.unchanged) == (False, True), "the clause itself reads as before"
    with pytest.raises(keeping.TextChanged):
        review(first.sha256, act)
    with pytest.raises(keeping.NoText, match="no clause"):
        review(second.sha256, act, "77")
    back, _ = keeping.add_version("rule-1", "某某办法", LAW, act)
    assert back.number == 3
    assert all(each.stands for each in keeping.conclusions_of("rule-1", HERE))
    kinds = [each.kind for each in keeping.compare_versions(first, second)]
    assert kinds.count("changed") == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_statement WHERE kind IN ('document_version', 'document_conclusion')"
        )
        assert cursor.fetchone() == (5,)


def test_nothing_is_overwritten(act: keeping.TextAct) -> None:
    row, _ = keeping.add_version("rule-1", "某某办法", LAW, act)
    review(row.sha256, act)
    for table in (VersionRow, ConclusionRow):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            table.objects.update(document="other")


def test_commands(act: keeping.TextAct, tmp_path: Path) -> None:
    from bihuan.documents.versions.command import app

    file = tmp_path / "rule.txt"
    file.write_text(LAW, encoding="utf-8")
    told = answer_of(app, "clauses", str(file))
    assert [each["number"] for each in told["clauses"]][:2] == ["0", "1"]
    told = answer_of(app, "add", "rule-2", str(file))
    assert (told["version"], told["new"]) == (1, True)
    said = ["--sha256", told["sha256"], "--kind", "legality", "--verdict", "lawful", "--reason", "ok"]
    file.write_text(LAW.replace("本区", "全区"), encoding="utf-8")
    assert answer_of(app, "conclude", "rule-2", *said)["ok"]
    assert answer_of(app, "add", "rule-2", str(file))["version"] == 2
    assert not answer_of(app, "conclude", "rule-2", *said)["ok"], "the text has changed"
    told = answer_of(app, "show", "rule-2")
    assert (told["version"], told["conclusions"][0]["stands"]) == (2, False)
    told = answer_of(app, "diff", "rule-2", "1")
    assert [each["kind"] for each in told["changes"]].count("changed") == 1
    assert answer_of(app, "list")["documents"][0]["document"] == "rule-2"
