"""The second fence, by SQL with the application's role: reports, words, uploads, messages of another district."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from bihuan.registers.isolation import SETTING

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "110108", "999999"
CASE = "gen_random_uuid()"
ROWS = {
    "loop_report": f"(id, district_id, case_id, channel, received_at, language) "
                   f"VALUES ({CASE}, %s, {CASE}, 'web', now(), 'zh')",
    "loop_event_private": f"(event_id, district_id, salt, body) VALUES ({CASE}, %s, '', '{{}}')",
    "loop_media": f"(id, district_id, sha256, size, content_type, path, uploaded_by, uploaded_at) "
                  f"VALUES ({CASE}, %s, '{'a' * 64}', 1, 'image/jpeg', 'x', 'user:1', now())",
    "notices_notice": f"(id, district_id, case_id, event_id, number, kind, recipient, port, language, facts, "
                      f"created_at, attempts) "
                      f"VALUES ({CASE}, %s, {CASE}, {CASE}, '1', 'k', 'unit:1', 'in_app', 'zh', '{{}}', now(), 0)",
}  # fmt: skip
FENCED = (*ROWS, "loop_case", "loop_event", "notices_delivery", "intake_mail_left", "registers_identity")


def sql(statement: str, *values: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def work_for(district: str) -> None:
    sql("SELECT set_config(%s, %s, false)", SETTING, district)


@pytest.mark.parametrize("table", FENCED)
def test_the_table_is_fenced(table: str) -> None:
    assert sql("SELECT relrowsecurity FROM pg_class WHERE relname = %s", table) == [(True,)]


@pytest.mark.parametrize("table", list(ROWS))
def test_rows_of_another_district_are_neither_seen_nor_touched_nor_written(table: str, app_role: None) -> None:
    work_for(ELSEWHERE)
    sql(f"INSERT INTO {table} {ROWS[table]}", ELSEWHERE)
    assert sql(f"SELECT count(*) FROM {table}") == [(1,)]
    work_for(HERE)
    assert sql(f"SELECT count(*) FROM {table}") == [(0,)]
    assert sql(f"WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT count(*) FROM gone") == [(0,)]
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        sql(f"INSERT INTO {table} {ROWS[table]}", ELSEWHERE)
    work_for("")
    assert sql(f"SELECT count(*) FROM {table}") == [(0,)], "without a district nothing is seen"
    work_for(ELSEWHERE)
    assert sql(f"SELECT count(*) FROM {table}") == [(1,)]


def test_a_delivery_is_fenced_by_its_notice(app_role: None) -> None:
    work_for(ELSEWHERE)
    sql(f"INSERT INTO notices_notice {ROWS['notices_notice']}", ELSEWHERE)
    ((notice,),) = sql("SELECT id FROM notices_notice")
    insert = "INSERT INTO notices_delivery (notice_id, at, status, port, detail) VALUES (%s, now(), 'sent', 'mail', '')"
    sql(insert, notice)
    work_for(HERE)
    assert sql("SELECT count(*) FROM notices_delivery") == [(0,)]
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        sql(insert, notice)


def test_look_alikes_are_found_behind_the_fence_and_only_in_ones_own_district(app_role: None) -> None:
    look = "0123456789abcdef"
    for district in (HERE, ELSEWHERE):
        work_for(district)
        sql(f"INSERT INTO loop_media {ROWS['loop_media']}", district)
        sql("UPDATE loop_media SET picture = %s", look)
    near = sql("SELECT loop_media_alike('none', '0123456789abcdee', 5)")
    assert near == sql("SELECT id FROM loop_media")
    assert sql("SELECT loop_media_alike('none', 'fedcba9876543210', 5)") == []
    work_for("")
    assert sql("SELECT loop_media_alike('none', %s, 5)", look) == []
