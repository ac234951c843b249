from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loop", "0006_looks")]

    operations = [
        migrations.AddField(
            model_name="mediarow",
            name="taken_at",
            field=models.DateTimeField(null=True),
        ),
        *[
            migrations.AddField(model_name="mediarow", name=name, field=models.IntegerField(null=True))
            for name in ("lon_e6", "lat_e6", "width", "height")
        ],
    ]
