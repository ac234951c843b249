"""Letters of a district are its own, and what was written and delivered is never changed."""

from django.db import migrations

from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

FENCED = (
    "documents_letter", "documents_letter_words", "documents_letter_file", "documents_letter_delivery",
    "documents_letter_due", "documents_letter_count", "documents_letter_position",
)  # fmt: skip


class Migration(migrations.Migration):
    """Words and files can be emptied; letters and deliveries stay."""

    dependencies = [("documents", "0001_initial")]
    operations = [
        *[district_policy(table) for table in FENCED],
        append_only("documents_letter", "documents_letter_delivery"),
    ]
