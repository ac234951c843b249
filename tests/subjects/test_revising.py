"""By hand: who may, what it would change, the second person, what changed meanwhile, files, the database's own rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from bihuan.loop.programmes import local_roles
from bihuan.registers.isolation import in_district
from bihuan.registers.live import forget_snapshots
from bihuan.registers.models import District, User
from bihuan.registers.pure import roles
from bihuan.server.home import current_home
from bihuan.subjects import asking, catalogue, revising
from bihuan.subjects.models import Revision
from bihuan.subjects.revising import RevisionRefused, Wish
from tests.api.callers import caller
from tests.subjects.makers import ANYBODY, DAY, HERE, TOY, row, write

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEPT = TOY + "edit: {roles: [district_admin, inspector], second_person: true}\n"


@pytest.fixture
def toy(db: None) -> Iterator[Any]:
    """A type that inspectors and administrators keep, two of them for each change."""
    names = {"name_zh": "海淀区", "name_en": "Haidian", "zone": "Asia/Shanghai", "calendar": "CN"}
    District.objects.get_or_create(pk=HERE, defaults=names)
    forget_snapshots()
    file = current_home().path / "programmes" / "toys" / "subjects" / "toy.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(KEPT, encoding="utf-8")
    catalogue.forget()
    yield catalogue.subject_type("toy")
    file.unlink()
    file.parent.rmdir()
    file.parent.parent.rmdir()
    catalogue.forget()


def wish(who: str = "user:a", reason: str = "现场核对", role: str = "inspector", **more: Any) -> Wish:
    return Wish(HERE, who, frozenset({role}), reason, NOW, more.pop("valid_from", DAY), **more)


def held(kind: Any, key: str) -> Any:
    return asking.get(HERE, kind, key, DAY, ANYBODY)


def refused(call: Any, *given: Any, **named: Any) -> str:
    with pytest.raises(RevisionRefused) as caught:
        call(*given, **named)
    return caught.value.code


def test_it_holds_when_another_agrees_and_the_log_names_both(toy: Any) -> None:
    write(toy, [row("t1", colour="red", size=3)])
    asked = revising.propose_values(toy, {"number": "t1", "colour": "blue"}, wish())
    assert held(toy, "t1").values["colour"] == "red", "nothing holds yet"
    with in_district(HERE):
        assert b"blue" not in bytes(Revision.objects.get(pk=asked.pk).content or b""), "sealed"
    assert refused(revising.decide_revision, asked.pk, wish(), agree=True) == "same_person"
    assert refused(revising.decide_revision, asked.pk, wish("user:b", role="handler"), agree=True) == "not_yours"
    done = revising.decide_revision(asked.pk, wish("user:b"), agree=True)
    now = held(toy, "t1")
    assert (done.decision, now.values["colour"], now.values["size"], now.actor) == ("applied", "blue", 3, "user:a")
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute("SELECT body FROM ledger_statement WHERE kind = 'subject_change' ORDER BY id DESC LIMIT 1")
        said = str(cursor.fetchone()[0])
        assert "user:a" in said
        assert "user:b" in said
        assert Revision.objects.get(pk=asked.pk).content is None
    assert refused(revising.decide_revision, asked.pk, wish("user:b"), agree=True) == "decided"


def test_what_cannot_be_asked_for_says_why(toy: Any) -> None:
    write(toy, [row("t1", colour="red")])
    values = {"number": "t1", "colour": "blue"}
    assert refused(revising.propose_values, toy, values, wish(role="handler")) == "not_yours"
    assert refused(revising.propose_values, toy, values, wish(reason=" ")) == "no_reason"
    assert refused(revising.propose_values, toy, {"number": "t1", "colour": "red"}, wish()) == "nothing_changes"
    assert refused(revising.propose_values, toy, {"colour": "red"}, wish()) == "no_key"
    assert refused(revising.propose_values, toy, values, wish(valid_to=DAY)) == "days"
    assert refused(revising.propose_end, toy, "t9", wish()) == "no_such_subject"
    with pytest.raises(RevisionRefused) as caught:
        revising.propose_values(toy, {"number": "t1", "size": "many", "begun": "soon"}, wish())
    assert {each.field for each in caught.value.rejects} == {"size", "begun"}, "every fault at once"


def test_what_changed_meanwhile_is_asked_anew(toy: Any) -> None:
    write(toy, [row("t1", colour="red")])
    first = revising.propose_values(toy, {"number": "t1", "colour": "blue"}, wish())
    second = revising.propose_end(toy, "t1", wish())
    revising.decide_revision(first.pk, wish("user:b"), agree=True)
    assert refused(revising.decide_revision, second.pk, wish("user:b"), agree=True) == "changed_since"
    assert refused(revising.decide_revision, second.pk, wish("user:b", reason=""), agree=False) == "no_reason"
    assert revising.decide_revision(second.pk, wish("user:b", reason="情况不属实"), agree=False).why == "情况不属实"
    third = revising.propose_end(toy, "t1", wish())
    assert revising.decide_revision(third.pk, wish(), agree=False).decision == "withdrawn"
    fourth = revising.propose_end(toy, "t1", wish())
    revising.decide_revision(fourth.pk, wish("user:b"), agree=True)
    assert held(toy, "t1") is None


def test_a_file_is_counted_first_and_loaded_when_another_agrees(toy: Any) -> None:
    write(toy, [row("t1", colour="red")])
    body = b"number,colour,size\nt1,blue,1\nt2,green,x\nt3,green,2\n"
    asked = revising.propose_file(toy, "toys.csv", body, wish())
    assert {name: asked.counts[name] for name in ("created", "changed", "rejected")} == {
        "created": 1, "changed": 1, "rejected": 1,
    }  # fmt: skip
    assert [each["field"] for each in revising.content_of(asked)["rejects"]] == ["size"]
    assert held(toy, "t3") is None
    revising.decide_revision(asked.pk, wish("user:b"), agree=True)
    assert held(toy, "t3").source == "toys.csv"
    assert refused(revising.propose_file, toy, "toys.csv", body, wish()) == "nothing_changes"
    assert refused(revising.propose_file, toy, "toys.csv", b" " * (revising.MOST_BYTES + 1), wish()) == "too_large"


def test_the_database_decides_once_and_never_forgets(toy: Any) -> None:
    write(toy, [row("t1", colour="red")])
    asked = revising.propose_end(toy, "t1", wish())
    for statement in (
        "UPDATE subject_revision SET reason = 'x'",
        "UPDATE subject_revision SET decision = 'refused', decided_by = 'user:a'",
        "DELETE FROM subject_revision",
    ):
        with in_district(HERE), pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    revising.decide_revision(asked.pk, wish("user:b"), agree=True)
    with in_district(HERE), pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE subject_revision SET decision = 'withdrawn'")


def test_shipped_registers_are_kept_by_roles_that_exist(db: None) -> None:
    kept = {role for kind in catalogue.subject_types().values() for role in kind.edit.roles}
    assert kept <= roles.catalogue().roles.keys() | local_roles().keys()


def browser(role: str) -> Client:
    client = Client()
    user = caller(role).user
    assert isinstance(user, User)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_two_people_change_one_by_page(toy: Any, tmp_path: Path) -> None:
    write(toy, [row("t1", colour="red")])
    first, second, other = browser("inspector"), browser("district_admin"), browser("leader")
    form = first.get(reverse("revision-edit", args=["toy"]), {"key": "t1"}).content.decode()
    assert 'name="f-colour"' in form
    assert 'name="f-owner"' not in form, "sealed fields are not asked for"
    sent = {"f-number": "t1", "f-colour": "blue", "f-size": "x", "reason": "现场核对", "valid_from": DAY.isoformat()}
    wrong = first.post(reverse("revision-edit", args=["toy"]), sent)
    assert wrong.status_code == 422
    assert 'value="blue"' in wrong.content.decode(), "what was written stays"
    answer = first.post(reverse("revision-edit", args=["toy"]), {**sent, "f-size": "4"})
    page = answer["Location"]
    assert "blue" in second.get(page).content.decode()
    assert other.get(page).status_code == 403
    assert other.get(reverse("revision-edit", args=["toy"])).status_code == 403
    second.post(f"{page}decide/", {"do": "agree"})
    assert held(toy, "t1").values["colour"] == "blue"
    assert "t1" in second.get(reverse("revisions")).content.decode()
    file = tmp_path / "toys.csv"
    file.write_text("number,colour\nt5,green\n", encoding="utf-8")
    with file.open("rb") as stream:
        kept = first.post(reverse("revision-import", args=["toy"]), {"file": stream, "reason": "年度核对"})
    assert "t5" in second.get(kept["Location"]).content.decode()
