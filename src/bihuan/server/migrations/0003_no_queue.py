"""The job queue that nothing ever used leaves, with its tables, functions and types (decision 0200)."""

from django.db import migrations

DROP = """
DO $$
DECLARE each record;
BEGIN
    FOR each IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'
                AND tablename LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', each.name);
    END LOOP;
    FOR each IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'public' AND p.proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', each.name);
    END LOOP;
    FOR each IN SELECT t.typname AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
                WHERE n.nspname = 'public' AND t.typname LIKE 'procrastinate\\_%' AND t.typtype IN ('e', 'c') LOOP
        EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', each.name);
    END LOOP;
    DELETE FROM django_migrations WHERE app = 'procrastinate';
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("server", "0002_statistics")]
    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]
