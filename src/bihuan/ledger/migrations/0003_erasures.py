"""Statements of erasure are found by the records they name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX ledger_statement_erased ON ledger_statement USING gin ((body->'records')) "
            "WHERE kind = 'erasure'",
            "DROP INDEX ledger_statement_erased",
        )
    ]
