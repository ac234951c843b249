from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loop", "0007_photo_facts")]

    operations = [
        migrations.AddField(model_name="keyrow", name="digest", field=models.BinaryField(null=True)),
        migrations.AddField(model_name="reportrow", name="registrar", field=models.CharField(max_length=80, null=True)),
        migrations.AddField(model_name="reportrow", name="digest", field=models.BinaryField(null=True)),
        migrations.AddIndex(
            model_name="reportrow",
            index=models.Index(
                fields=["access_hash"], name="loop_report_code", condition=models.Q(access_hash__isnull=False)
            ),
        ),
    ]
