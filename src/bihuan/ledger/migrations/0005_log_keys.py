from django.db import migrations


class Migration(migrations.Migration):
    """The model of the log's keys is called otherwise than the loop's; its table stays."""

    dependencies = [("ledger", "0004_held")]

    operations = [migrations.RenameModel("KeyRow", "LogKeyRow")]
