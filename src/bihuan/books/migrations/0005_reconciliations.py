"""Reconciliations that are kept, the bank's lines, and which lines of both sides answer each other."""

from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

TABLES = ("book_reconciliation", "book_bank_line", "book_answered")


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0004_reservation_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnsweredRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("book", models.CharField(max_length=64)),
                ("account", models.CharField(max_length=190)),
                ("side", models.CharField(max_length=6)),
                ("line", models.CharField(max_length=190)),
                ("reconciliation_id", models.UUIDField()),
                ("number", models.IntegerField()),
                ("how", models.CharField(max_length=12)),
            ],
            options={
                "db_table": "book_answered",
                "indexes": [models.Index(fields=["reconciliation_id", "number"], name="book_answered_of")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "book", "account", "side", "line"), name="book_answered_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ("ours", "theirs"))), name="book_answered_side"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankLineRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("book", models.CharField(max_length=64)),
                ("account", models.CharField(max_length=190)),
                ("line", models.CharField(max_length=190)),
                ("day", models.DateField()),
                ("amount", models.BigIntegerField()),
                ("reference", models.CharField(blank=True, default="", max_length=190)),
                ("first", models.UUIDField()),
            ],
            options={
                "db_table": "book_bank_line",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "book", "account", "line"), name="book_bank_line_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReconciliationRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("book", models.CharField(max_length=64)),
                ("account", models.CharField(max_length=190)),
                ("at", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=64)),
                ("file", models.CharField(max_length=64)),
                ("figures", models.JSONField(default=dict)),
                ("rest", models.JSONField(default=list)),
            ],
            options={
                "db_table": "book_reconciliation",
                "indexes": [
                    models.Index(
                        fields=["district_id", "book", "account", "at", "made_at"], name="book_reconciliation_newest"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "book", "account", "at", "file"), name="book_reconciliation_once"
                    )
                ],
            },
        ),
        *[district_policy(table) for table in TABLES],
        append_only(*TABLES),
    ]
