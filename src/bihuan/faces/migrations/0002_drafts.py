from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("faces", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                ("key_id", models.CharField(max_length=32)),
                ("uploads", models.JSONField(default=list)),
                ("until", models.DateTimeField()),
            ],
            options={
                "db_table": "faces_draft",
                "indexes": [models.Index(fields=["until"], name="faces_draft_until")],
            },
        ),
    ]
