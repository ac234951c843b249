"""Sealed rows are named, never shown, to whoever ends them: keys and ids of one type in the transaction's district."""

from django.db import migrations

from bihuan.server.roles import for_application_role

KEYS = """
CREATE FUNCTION subject_sealed_keys(wanted text) RETURNS TABLE (id uuid, key varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.id, s.key FROM subject_sealed s
    WHERE s.type = wanted AND s.district_id = nullif(current_setting('bihuan.district', true), '')
$$
"""


class Migration(migrations.Migration):
    """A function for the end of retention."""

    dependencies = [("subjects", "0002_guards")]

    operations = [
        for_application_role(
            [
                KEYS,
                "REVOKE ALL ON FUNCTION subject_sealed_keys(text) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION subject_sealed_keys(text) TO {role}",
            ],
            ["DROP FUNCTION subject_sealed_keys(text)"],
        )
    ]
