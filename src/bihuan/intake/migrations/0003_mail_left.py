"""The list of mails that were not, or not wholly, taken."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_fences")]

    operations = [
        migrations.CreateModel(
            name="MailLeft",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("digest", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("received_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(max_length=16)),
                ("reasons", models.JSONField(default=list)),
                ("case_id", models.UUIDField(null=True)),
                ("identity", models.UUIDField()),
                ("content", models.BinaryField(null=True)),
                ("key_id", models.CharField(max_length=16)),
                ("retention_until", models.DateField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(max_length=80, null=True)),
                ("settled_as", models.CharField(max_length=16, null=True)),
            ],
            options={
                "db_table": "intake_mail_left",
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["district_id", "received_at"],
                        name="intake_mail_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=~models.Q(("digest", "")),
                        fields=("district_id", "digest"),
                        name="intake_mail_left_once",
                    )
                ],
            },
        ),
        district_policy("intake_mail_left"),
    ]
