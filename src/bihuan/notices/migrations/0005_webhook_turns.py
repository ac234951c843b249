"""A subscription's key is turned without a gap, and it says in which form it wants to be told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """How often the key was turned, when last, and the form."""

    dependencies = [("notices", "0004_about")]
    operations = [
        migrations.AddField("webhook", "turn", models.SmallIntegerField(default=0)),
        migrations.AddField("webhook", "turned_at", models.DateTimeField(null=True)),
        migrations.AddField("webhook", "form", models.CharField(max_length=24, default="plain")),
    ]
