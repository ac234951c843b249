"""Called-in units know by which kind of call: folds kept by earlier versions learn it from the events."""

from django.db import migrations

LEARN = """
DO $$
DECLARE
    held record; step record; unit text; heir text; calls jsonb; folded jsonb;
BEGIN
    FOR held IN SELECT id, fold FROM loop_case WHERE ended_at IS NULL AND fold->'parties' <> '{}'::jsonb LOOP
        calls := '{}'::jsonb;
        FOR step IN SELECT kind, data FROM loop_event
                    WHERE case_id = held.id AND kind IN ('called_in', 'inherited') ORDER BY version LOOP
            IF step.kind = 'called_in' THEN
                FOR unit IN SELECT p->>'unit'
                            FROM jsonb_array_elements(coalesce(step.data->'parties', '[]'::jsonb)) p LOOP
                    calls := calls || jsonb_build_object(unit, step.data->>'kind');
                END LOOP;
            ELSE
                FOR unit, heir IN SELECT key, value
                                  FROM jsonb_each_text(coalesce(step.data->'parties_moved', '{}'::jsonb)) LOOP
                    IF heir IS NOT NULL THEN
                        calls := calls || jsonb_build_object(heir, calls->unit);
                    END IF;
                END LOOP;
            END IF;
        END LOOP;
        folded := held.fold;
        FOR unit IN SELECT jsonb_object_keys(folded->'parties') LOOP
            folded := jsonb_set(folded, ARRAY['parties', unit, 'call'], coalesce(calls->unit, '""'::jsonb));
        END LOOP;
        UPDATE loop_case SET fold = folded WHERE id = held.id;
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("loop", "0013_stuck")]
    operations = [migrations.RunSQL(LEARN, migrations.RunSQL.noop)]
