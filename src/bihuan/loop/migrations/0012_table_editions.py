"""Table editions join what is on record of a programme's edition."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loop", "0011_media_fence")]

    operations = [
        migrations.AddField("editionrow", "tables", models.JSONField(default=dict)),
    ]
