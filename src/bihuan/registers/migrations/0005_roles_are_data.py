"""Which roles exist is data (`data/roles.yaml` and the programmes): no list of them in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """`Grant.role` without its CHECK."""

    dependencies = [("registers", "0004_retention_by_row")]

    operations = [
        migrations.RemoveConstraint("grant", "registers_grant_role"),
        migrations.AlterField("grant", "role", models.CharField(max_length=24)),
    ]
