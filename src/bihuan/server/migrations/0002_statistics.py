"""A function through which the application may refresh the planner's statistics of tables it does not own."""

from django.db import migrations

from bihuan.server.roles import for_application_role

CREATE = """
CREATE FUNCTION refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user LOOP
        EXECUTE format('ANALYZE %I', name);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("server", "0001_cache")]
    operations = [
        for_application_role(
            [
                CREATE,
                "REVOKE ALL ON FUNCTION refresh_statistics() FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION refresh_statistics() TO {role}",
            ],
            ["DROP FUNCTION refresh_statistics()"],
        )
    ]
