from django.db import migrations


class Migration(migrations.Migration):
    """The model of drafts of forms is called otherwise than the drafts of entries; its table stays."""

    dependencies = [("faces", "0002_drafts")]

    operations = [migrations.RenameModel("Draft", "FormDraft")]
