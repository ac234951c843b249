"""Leaves that cannot enter the tree, with the reason; the queue itself stays as it was promised."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_erasures")]
    operations = [
        migrations.CreateModel(
            name="Held",
            fields=[
                ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=200)),
                ("held_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "ledger_held"},
        ),
    ]
