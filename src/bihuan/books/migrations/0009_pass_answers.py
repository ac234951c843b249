"""What holders of passes say afterwards."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

TABLE = "book_pass_answer"


class Migration(migrations.Migration):
    """One table; see docs/adr/0366."""

    dependencies = [("books", "0008_asked_passes")]
    operations = [
        migrations.CreateModel(
            name="PassAnswerRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("book", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=120)),
                ("mark", models.BinaryField()),
                ("said", models.JSONField()),
            ],
            options={
                "db_table": TABLE,
                "constraints": [models.UniqueConstraint(fields=("district_id", "mark"), name="book_pass_answer_once")],
                "indexes": [models.Index(fields=["district_id", "book", "subject"], name="book_pass_answer_subject")],
            },
        ),
        district_policy(TABLE),
        append_only(TABLE),
    ]
