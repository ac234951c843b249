"""Uploads are fenced by district in the database too; look-alikes are still found by their index.

The overlap of two arrays is not leak-proof, so behind a policy PostgreSQL would read every upload instead of the index
of looks. The search therefore runs as the tables' owner, in a function that names the district itself and gives ids.
"""

from django.db import migrations

from bihuan.loop.pictures import look_keys
from bihuan.registers.isolation import district_policy, here
from bihuan.server.roles import for_application_role

ALIKE = f"""
CREATE FUNCTION loop_media_alike(digest text, look text, bits integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH asked AS (
        SELECT coalesce(
            (SELECT max(m.picture) FROM loop_media m WHERE m.sha256 = digest AND {here("m.district_id")}), look
        ) AS picture
    )
    SELECT m.id FROM loop_media m WHERE m.sha256 = digest AND {here("m.district_id")}
    UNION
    SELECT m.id FROM asked, loop_media m
    WHERE m.picture IS NOT NULL AND {here("m.district_id")}
      AND {look_keys("m.picture")} && {look_keys("asked.picture")}
      AND bit_count(('x' || m.picture)::bit(64) # ('x' || asked.picture)::bit(64)) <= bits
$$
"""  # noqa: S608 - built from constants


class Migration(migrations.Migration):
    dependencies = [("loop", "0010_erasure")]
    operations = [
        district_policy("loop_media"),
        for_application_role(
            [
                ALIKE,
                "REVOKE ALL ON FUNCTION loop_media_alike(text, text, integer) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION loop_media_alike(text, text, integer) TO {role}",
            ],
            ["DROP FUNCTION loop_media_alike(text, text, integer)"],
        ),
    ]
