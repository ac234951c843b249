"""Codes by which voters put in online: keyed hashes, only added, fenced by district."""

from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only


class Migration(migrations.Migration):
    dependencies = [("boxes", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="VoterCodeRow",
            fields=[
                ("id", models.UUIDField(
                    default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("box", models.CharField(max_length=64)),
                ("lot", models.CharField(max_length=128)),
                ("voter", models.CharField(max_length=128)),
                ("code_index", models.BinaryField()),
                ("issued_at", models.DateTimeField()),
            ],
            options={
                "db_table": "box_voter_code",
                "indexes": [models.Index(fields=["district_id", "box", "lot", "voter"], name="box_voter_code_voter")],
            },
        ),
        append_only("box_voter_code"),
        district_policy("box_voter_code"),
    ]  # fmt: skip
