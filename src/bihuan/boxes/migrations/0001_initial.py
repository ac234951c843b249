"""Envelopes and openings: only added, fenced by district."""

import uuid

from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only


def _id() -> "models.UUIDField[uuid.UUID, uuid.UUID]":
    return models.UUIDField(default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="EnvelopeRow",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("box", models.CharField(max_length=64)),
                ("lot", models.CharField(max_length=128)),
                ("voter", models.CharField(max_length=128)),
                ("channel", models.CharField(max_length=32)),
                ("put_at", models.DateTimeField()),
                ("digest", models.BinaryField()),
                ("statement", models.UUIDField()),
                ("sealed", models.BinaryField()),
                ("key_id", models.CharField(max_length=16)),
            ],
            options={
                "db_table": "box_envelope",
                "indexes": [models.Index(fields=["district_id", "box", "lot", "put_at"], name="box_envelope_lot")],
            },
        ),
        migrations.CreateModel(
            name="BoxOpeningRow",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("box", models.CharField(max_length=64)),
                ("lot", models.CharField(max_length=128)),
                ("opened_at", models.DateTimeField()),
                ("record", models.BinaryField()),
            ],
            options={
                "db_table": "box_opening",
                "constraints": [
                    models.UniqueConstraint(fields=("district_id", "box", "lot"), name="box_opening_once")
                ],
            },
        ),
        append_only("box_envelope", "box_opening"),
        district_policy("box_envelope"),
        district_policy("box_opening"),
    ]  # fmt: skip
