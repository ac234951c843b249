"""The title of a case is named `heading` in Python; the column stays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loop", "0004_pictures")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("caserow", "title", "heading"),
                migrations.AlterField(
                    "caserow", "heading", models.CharField(db_column="title", default="", max_length=200)
                ),
            ]
        )
    ]
