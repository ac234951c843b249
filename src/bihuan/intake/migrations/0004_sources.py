"""Which caller a source's name belongs to."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_mail_left")]
    operations = [
        migrations.CreateModel(
            name="Source",
            fields=[
                ("pk", models.CompositePrimaryKey("district_id", "name", primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=64)),
                ("owner", models.CharField(max_length=80)),
                ("bound_at", models.DateTimeField()),
            ],
            options={"db_table": "intake_source"},
        ),
        district_policy("intake_source"),
    ]
