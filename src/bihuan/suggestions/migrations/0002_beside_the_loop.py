"""What the database does by itself: fence both tables, note a new case as waiting, forget words that are erased."""

from django.db import migrations

from bihuan.registers.isolation import district_policy

AWAIT = """
CREATE FUNCTION suggestions_await() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suggestions_awaited (task, case_id, district_id)
    SELECT t.task, c.id, c.district_id FROM fresh c CROSS JOIN (VALUES ('words'), ('parent')) AS t(task)
    WHERE c.ended_at IS NULL AND c.history IS NULL AND c.shape <> 'gate'
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER suggestions_await AFTER INSERT ON loop_case
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION suggestions_await()
"""
FORGET = """
CREATE FUNCTION suggestions_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE suggestions_suggestion s SET
        reasons = '[]',
        value = CASE WHEN s.kind = 'place' THEN '' ELSE s.value END,
        alternatives = CASE WHEN s.kind = 'place' THEN '[]' ELSE s.alternatives END,
        answer_value = CASE WHEN s.kind = 'place' THEN NULL ELSE s.answer_value END
    WHERE s.case_id IN (SELECT e.case_id FROM gone g JOIN loop_event e ON e.id = g.event_id);
    RETURN NULL;
END $$;
CREATE TRIGGER suggestions_forget AFTER DELETE ON loop_event_private
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION suggestions_forget()
"""
# Cases that wait at the desk on the day of an upgrade get theirs, too.
WAITING = """
INSERT INTO suggestions_awaited (task, case_id, district_id)
SELECT t.task, c.id, c.district_id FROM loop_case c CROSS JOIN (VALUES ('words'), ('parent')) AS t(task)
WHERE c.state = 'received' AND c.ended_at IS NULL AND c.history IS NULL AND c.shape <> 'gate'
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("suggestions", "0001_initial"), ("loop", "0004_pictures")]
    operations = [
        district_policy("suggestions_awaited"),
        district_policy("suggestions_suggestion"),
        migrations.RunSQL(AWAIT, "DROP TRIGGER suggestions_await ON loop_case; DROP FUNCTION suggestions_await"),
        migrations.RunSQL(
            FORGET, "DROP TRIGGER suggestions_forget ON loop_event_private; DROP FUNCTION suggestions_forget"
        ),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
    ]
