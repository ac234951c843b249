"""How far in the log effects have been written."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="EffectPosition",
            fields=[
                ("district_id", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("index", models.BigIntegerField(default=-1)),
            ],
            options={"db_table": "effect_position"},
        ),
        district_policy("effect_position"),
    ]
