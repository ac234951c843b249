"""When whoever was paid was told; what was paid before this version was told otherwise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("entitlements", "0001_initial")]
    operations = [
        migrations.AddField("grantrow", "told_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            "UPDATE entitlement_row r SET told_at = l.paid_at FROM entitlement_list l "
            "WHERE l.id = r.list_id AND r.state = 'paid'",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            "grantrow",
            models.Index(
                fields=["district_id"],
                name="entitlement_row_untold",
                condition=models.Q(state="paid", told_at__isnull=True),
            ),
        ),
    ]
