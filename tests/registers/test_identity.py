"""Identities in the database, with the rights of the application: fenced by district, opened only with a log."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction

from bihuan.loop import retention, stuck
from bihuan.loop.models import StuckRow
from bihuan.registers import identity
from bihuan.registers.isolation import in_district
from bihuan.registers.models import District, Identity, IdentityAccess
from bihuan.registers.pure import tables
from bihuan.registers.pure.errors import RegisterError

HERE = tables.District("110108", "海淀区", "Haidian", "Asia/Shanghai", "CN", ("+86", "10"))
THERE = tables.District("110105", "朝阳区", "Chaoyang", "Asia/Shanghai", "CN", ("+86", "10"))
NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
TODAY = datetime.now(ZoneInfo(HERE.zone)).date()
LATER = TODAY + timedelta(days=900)
PHONE = "138 0013 8000"

pytestmark = pytest.mark.django_db


@pytest.fixture
def districts(db: None) -> None:
    for each in (HERE, THERE):
        District.objects.get_or_create(
            pk=each.code,
            defaults={"name_zh": each.name_zh, "name_en": each.name_en, "zone": each.zone, "calendar": each.calendar},
        )


@pytest.fixture
def fenced(districts: None, app_role: None) -> None:
    """Two districts exist and the test has the rights of the application."""


def report(where: tables.District = HERE, until: date = LATER, **fields: str) -> UUID:
    row = identity.seal_identity({"name": "张三", "phone": PHONE} | fields, where, NOW, until)
    with in_district(where.code):
        identity.insert_identities([row])
    return row.id


def nowhere() -> None:
    """End what a test transaction still has: the district of the last block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('bihuan.district', '', false)")


@pytest.mark.usefixtures("fenced")
def test_an_identity_is_found_by_phone_and_opened_with_a_reason() -> None:
    first, second = report(), report(name="李四")
    other = report(phone="13900139000")
    found = identity.lookup_by_phone("+86-138-0013-8000", HERE, "user:op", "history of caller")
    assert set(found) == {first, second}
    assert identity.reveal(other, HERE, "user:op", "case 1") == {"name": "张三", "phone": "+8613900139000"}
    with in_district(HERE.code):
        kinds = list(IdentityAccess.objects.order_by("at", "id").values_list("kind", "actor", "purpose"))
    assert kinds == [("lookup", "user:op", "history of caller"), ("reveal", "user:op", "case 1")]
    assert [access.kind for access in identity.read_accesses([other], HERE)] == ["reveal"]


@pytest.mark.usefixtures("fenced")
def test_without_a_logged_access_the_database_shows_nothing() -> None:
    key = report()
    with in_district(HERE.code):
        assert not Identity.objects.filter(pk=key).exists()
        assert Identity.objects.filter(pk=key).update(key_id="x") == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("districts")
def test_the_log_of_an_earlier_transaction_opens_nothing(app_connection: Any) -> None:
    key = report()
    identity.reveal(key, HERE, "user:op", "case 1")
    with app_connection.transaction():
        app_connection.execute("SELECT set_config('bihuan.district', %s, true)", [HERE.code])
        assert app_connection.execute("SELECT count(*) FROM registers_identityaccess").fetchone() == (1,)
        assert app_connection.execute("SELECT count(*) FROM registers_identity").fetchone() == (0,)


@pytest.mark.usefixtures("fenced")
def test_another_district_finds_nothing() -> None:
    key = report(THERE)
    assert identity.lookup_by_phone(PHONE, HERE, "user:op", "history") == []
    with pytest.raises(RegisterError, match="does not exist in this district"):
        identity.reveal(key, HERE, "user:op", "curiosity")
    nowhere()
    assert IdentityAccess.objects.count() == 0


@pytest.mark.usefixtures("fenced")
def test_a_log_entry_of_our_own_does_not_open_another_district() -> None:
    key = report(THERE)
    with in_district(HERE.code), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registers_identityaccess (id, district_id, identity_id, actor, purpose, kind, at)"
            " VALUES (gen_random_uuid(), %s, %s, 'user:op', 'curiosity', 'reveal', now())",
            [HERE.code, key],
        )
        cursor.execute("SELECT count(*) FROM registers_identity WHERE id = %s", [key])
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("districts")
def test_the_code_looks_at_the_district_even_where_the_database_does_not() -> None:
    key = report(THERE)  # the owner, whom these tests connect as here, passes every fence
    with pytest.raises(RegisterError, match="does not exist in this district"):
        identity.reveal(key, HERE, "user:op", "curiosity")


@pytest.mark.usefixtures("fenced")
def test_nobody_writes_into_another_district() -> None:
    row = identity.seal_identity({"name": "x"}, THERE, NOW, LATER)
    with pytest.raises(DatabaseError, match="row-level security"), in_district(HERE.code):
        identity.insert_identities([row])
    nowhere()
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        identity.insert_identities([row])


@pytest.mark.usefixtures("fenced")
def test_the_log_cannot_be_changed_and_identities_not_deleted() -> None:
    key = report()
    identity.reveal(key, HERE, "user:op", "case 1")
    for statement in (
        "UPDATE registers_identityaccess SET actor = 'user:else'",
        "DELETE FROM registers_identityaccess",
        "DELETE FROM registers_identity",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), in_district(HERE.code):
            connection.cursor().execute(statement)


@pytest.mark.usefixtures("districts")
def test_not_even_the_owner_changes_the_log() -> None:
    identity.reveal(report(), HERE, "user:op", "case 1")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        IdentityAccess.objects.update(actor="user:else")


@pytest.mark.usefixtures("fenced")
@pytest.mark.parametrize("purpose", ["", "   "])
def test_a_look_needs_a_purpose(purpose: str) -> None:
    key = report()
    with pytest.raises(RegisterError, match="purpose"):
        identity.reveal(key, HERE, "user:op", purpose)
    with pytest.raises(RegisterError, match="purpose"):
        identity.lookup_by_phone(PHONE, HERE, "user:op", purpose)


@pytest.mark.usefixtures("fenced")
def test_an_erased_identity_is_gone_but_was_there() -> None:
    key = report()
    identity.erase_identity(key, HERE, "user:admin", "request of the reporter")
    assert identity.lookup_by_phone(PHONE, HERE, "user:op", "history") == []
    with pytest.raises(RegisterError, match="was erased"):
        identity.reveal(key, HERE, "user:op", "case 1")
    with pytest.raises(RegisterError, match="was erased"):
        identity.erase_identity(key, HERE, "user:admin", "again")


@pytest.mark.usefixtures("fenced")
def test_the_sweep_erases_what_is_past_its_time_everywhere_and_logs_it() -> None:
    yesterday = TODAY - timedelta(days=1)
    gone = {report(until=yesterday), report(THERE, until=yesterday)}
    kept = report(until=TODAY)  # today is its last day
    nowhere()
    assert identity.end_retention([kept]) == [], "nothing ends before its time, whoever asks"
    assert [retention.sweep(batch=1), retention.sweep()] == [2, 0]  # what the worker calls
    assert identity.reveal(kept, HERE, "user:op", "case 1")["name"] == "张三"
    with in_district(HERE.code):
        assert IdentityAccess.objects.filter(kind="retention", identity__in=gone).count() == 1


@pytest.mark.usefixtures("fenced")
def test_rows_are_sealed_anew_under_a_new_key(settings: Any) -> None:
    keys = [report(), report(name="李四")]
    elsewhere = report(THERE)
    old = settings.BIHUAN_IDENTITY_KEY
    new = base64.b64encode(b"n" * 32).decode()
    settings.BIHUAN_IDENTITY_KEY = f"{new},{old}"
    assert [identity.rotate_identities(HERE, "system:rotation", batch=1) for _ in range(3)] == [1, 1, 0]
    settings.BIHUAN_IDENTITY_KEY = new
    assert {identity.reveal(key, HERE, "user:op", "case 1")["name"] for key in keys} == {"张三", "李四"}
    with pytest.raises(RegisterError, match="not in the ring"):
        identity.reveal(elsewhere, THERE, "user:op", "case 1")


@pytest.mark.usefixtures("fenced")
def test_many_are_stored_in_one_statement(django_assert_num_queries: Any) -> None:
    rows = [identity.seal_identity({"name": f"n{n}"}, HERE, NOW, LATER) for n in range(500)]
    with in_district(HERE.code):
        with django_assert_num_queries(1):
            identity.insert_identities(rows)
        identity.insert_identities([])
    assert identity.reveal(rows[-1].id, HERE, "user:op", "case 1") == {"name": "n499"}


@pytest.mark.usefixtures("fenced")
def test_a_reporter_without_a_phone_is_not_found_by_one() -> None:
    report(phone="")
    assert identity.lookup_by_phone(PHONE, HERE, "user:op", "history") == []


@pytest.mark.usefixtures("fenced")
def test_an_unknown_identity_is_refused() -> None:
    with pytest.raises(RegisterError, match="does not exist"):
        identity.reveal(uuid4(), HERE, "user:op", "case 1")


@pytest.mark.usefixtures("fenced")
def test_the_search_by_phone_uses_its_index() -> None:
    with in_district(HERE.code):
        identity.insert_identities(
            [identity.seal_identity({"phone": f"1380000{n:04}"}, HERE, NOW, LATER) for n in range(3000)]
        )
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("ANALYZE registers_identity")
            cursor.execute("SET ROLE bihuan_app")
            index = identity.sealer().phone_index("+8613800000001")
            query = "EXPLAIN SELECT id FROM registers_identity WHERE district_id = %s AND phone_index = %s"
            cursor.execute(query, [HERE.code, index])
            plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "registers_identity_phone" in plan


@pytest.mark.usefixtures("fenced")
def test_the_extension_is_sealed_and_the_number_alone_is_found() -> None:
    switchboard = report(phone="010-62345678 转 803")
    assert identity.reveal(switchboard, HERE, "user:op", "case 1")["phone"] == "+861062345678;ext=803"
    assert identity.lookup_by_phone("62345678", HERE, "user:op", "history") == [switchboard]


@pytest.mark.usefixtures("fenced")
def test_rows_of_earlier_editions_are_found() -> None:
    """Their numbers were stored as typed, and some the plan of today does not know."""
    known = {}
    for number in ("+4402079460958", "+8614612345678", "+868613800138"):
        row = identity.seal_identity({"name": "张三"}, HERE, NOW, LATER)._replace(
            phone_index=identity.sealer().phone_index(number)
        )
        with in_district(HERE.code):
            identity.insert_identities([row])
        known[number] = row.id
    for number, key in known.items():
        assert identity.lookup_by_phone(number, HERE, "user:op", "history") == [key]


def _poison(key: UUID) -> None:
    """A row that the database refuses to change, as a damaged one would."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE registers_identity ADD CONSTRAINT bad CHECK (erased_at IS NULL OR id <> '{key}')")
        cursor.execute("SET ROLE bihuan_app")


@pytest.mark.usefixtures("fenced")
def test_one_row_that_cannot_be_erased_keeps_no_other_past_its_time(settings: Any) -> None:
    settings.BIHUAN_DISTRICT = HERE.code  # as the house asks of an installation that holds several
    yesterday = TODAY - timedelta(days=1)
    gone, bad = [report(until=yesterday) for _ in range(6)], report(until=yesterday)
    elsewhere = report(THERE, until=yesterday)
    nowhere()
    _poison(bad)
    assert retention.sweep() == 7
    assert retention.sweep() == 0, "it rests"
    with in_district(HERE.code):
        logged = set(IdentityAccess.objects.filter(kind="retention").values_list("identity", flat=True))
        assert logged == set(gone)
        (row,) = StuckRow.objects.all()
        assert (row.loop, row.subject, row.tries) == ("retention", str(bad), 1)
        assert "IntegrityError" in row.reason
        assert stuck.red() == ["retention: 1 set aside, see /desk/stuck/"]
        StuckRow.objects.update(retry_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE registers_identity DROP CONSTRAINT bad")
        cursor.execute("SET ROLE bihuan_app")
    assert retention.sweep() == 1
    with in_district(HERE.code):
        assert not StuckRow.objects.exists()
    with in_district(THERE.code):
        assert IdentityAccess.objects.get(kind="retention").identity_id == elsewhere


@pytest.mark.usefixtures("fenced")
def test_a_district_whose_date_cannot_be_told_keeps_no_other_waiting() -> None:
    yesterday = TODAY - timedelta(days=1)
    kept, gone = report(THERE, until=yesterday), report(until=yesterday)
    nowhere()
    District.objects.filter(pk=THERE.code).update(zone="Mars/Olympus")
    assert retention.sweep() == 1
    with in_district(HERE.code):
        assert IdentityAccess.objects.get(kind="retention").identity_id == gone
    with in_district(THERE.code):
        assert StuckRow.objects.get().subject == THERE.code
        StuckRow.objects.update(retry_at=NOW)
    District.objects.filter(pk=THERE.code).update(zone=THERE.zone)
    assert retention.sweep() == 1
    with in_district(THERE.code):
        assert IdentityAccess.objects.get(kind="retention").identity_id == kept
        assert not StuckRow.objects.exists()
