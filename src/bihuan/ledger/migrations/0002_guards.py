"""The log only grows: rights and triggers that hold for the application and, short of dropping them, for the owner."""

from django.db import migrations

from bihuan.server.roles import append_only, for_application_role

GROWING_TILES = """
CREATE FUNCTION ledger_tile_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.level = OLD.level AND NEW.index = OLD.index
       AND octet_length(NEW.hashes) > octet_length(OLD.hashes)
       AND substring(NEW.hashes FROM 1 FOR octet_length(OLD.hashes)) = OLD.hashes THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'tile %/% of the log may only grow: % refused; a log is never rewritten',
        OLD.level, OLD.index, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$
"""

KEPT = ("ledger_entry", "ledger_head", "ledger_key", "ledger_statement")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        append_only(*KEPT),
        for_application_role(
            [
                "REVOKE DELETE, TRUNCATE ON ledger_tile FROM {role}",
                "REVOKE UPDATE, TRUNCATE ON ledger_queue FROM {role}",
                "ALTER TABLE ledger_tile ADD CONSTRAINT ledger_tile_width "
                "CHECK (width BETWEEN 1 AND 256 AND octet_length(hashes) = width * 32)",
                GROWING_TILES,
                "CREATE TRIGGER grows BEFORE UPDATE OR DELETE ON ledger_tile "
                "FOR EACH ROW EXECUTE FUNCTION ledger_tile_grows()",
            ],
            [
                "DROP TRIGGER grows ON ledger_tile",
                "DROP FUNCTION ledger_tile_grows()",
                "ALTER TABLE ledger_tile DROP CONSTRAINT ledger_tile_width",
                "GRANT UPDATE ON ledger_queue TO {role}",
                "GRANT DELETE ON ledger_tile TO {role}",
            ],
        ),
    ]
