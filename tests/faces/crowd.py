"""A table of cases as large as a planner takes seriously, copied from one case by SQL; nine in ten have ended."""

from __future__ import annotations

from django.db import connection

from bihuan.loop.store.rows import CASE, EVENT

CHANGED = {
    "id": "gen_random_uuid()",
    "number": "'T' || n",
    "state": "CASE WHEN n %% 10 > 0 THEN 'closed'"
    " ELSE (ARRAY['received','dispatched','in_progress','verifying','arbitration'])[1 + (n / 10) %% 5] END",
    "holder_kind": "CASE WHEN n %% 10 > 0 THEN NULL WHEN n %% 3 = 0 THEN 'unit' ELSE 'desk' END",
    "holder_id": "CASE WHEN n %% 10 > 0 THEN NULL WHEN n %% 3 = 0 THEN (%(units)s::text[])[1 + n %% 30]"
    " ELSE (ARRAY['operator','inspector','arbiter','callback_agent'])[1 + n %% 4] END",
    "involved": "ARRAY[(%(units)s::text[])[1 + n %% 30]]",
    "category": "(ARRAY['roads.lighting.out','environment.noise.site','housing.property.service'])[1 + n %% 3]",
    "area": "'1101080' || lpad((1 + n %% 29)::text, 2, '0')",
    "lon_e6": "lon_e6 + (n * 7919) %% 200000",
    "lat_e6": "lat_e6 + (n * 104729) %% 200000",
    "opened_at": "opened_at - make_interval(mins => n * 5)",
    "ended_at": "CASE WHEN n %% 10 > 0 THEN opened_at - make_interval(mins => n * 5) + interval '1 day' END",
    "deadline": "CASE WHEN n %% 10 = 0 THEN opened_at + make_interval(mins => (n * 7919) %% 20000 - 10000) END",
    "next_attempt_at": "CASE WHEN n %% 10 = 0 AND n %% 7 > 0 THEN opened_at - make_interval(mins => n %% 999) END",
    "pending": "CASE WHEN n %% 500 = 0 THEN ARRAY['extension:feedback'] ELSE '{}' END",
    "parent_id": "NULL",
    "tick_at": "NULL",
}
EVENTS = {
    "id": "gen_random_uuid()",
    "case_id": "gen_random_uuid()",
    "hash": "decode(md5(n::text) || md5(n::text), 'hex')",
    "private_hash": "NULL",
}
PRIVATE = """
INSERT INTO loop_event_private (event_id, district_id, salt, body)
SELECT gen_random_uuid(), district_id, '', jsonb_build_object('text', '小区' || md5(n::text) || '噪音扰民')
FROM loop_case, generate_series(1, %(many)s) n WHERE number = %(number)s
"""


def gather(number: str, units: list[str], many: int = 20_000) -> None:
    """Copy a case, without its course, so often that reading them all is plainly the worse plan.

    Args:
        number: Of the case to copy.
        units: Ids of at least thirty units.
    """
    given = {"number": number, "units": units[:30], "many": many}
    source = f"loop_case, generate_series(1, {many}) n WHERE number = %(number)s"
    columns = ", ".join(CHANGED.get(name, name) for name, _ in CASE.columns)
    events = ", ".join(EVENTS.get(name, name) for name, _ in EVENT.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO loop_case ({CASE.names}) SELECT {columns} FROM {source}", given)
        cursor.execute(
            f"INSERT INTO loop_event ({EVENT.names}) SELECT {events} FROM loop_event, generate_series(1, {many}) n "
            "WHERE case_id = (SELECT id FROM loop_case WHERE number = %(number)s) AND version = 1",
            given,
        )
        cursor.execute(PRIVATE, given)
        for table in ("loop_case", "loop_event", "loop_event_private", "loop_unit_queue"):
            cursor.execute(f"ANALYZE {table}")
