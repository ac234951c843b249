"""Messages are fenced by district in the database too; a delivery belongs to the district of its notice."""

from django.db import migrations

from bihuan.registers.isolation import district_policy
from bihuan.server.roles import for_application_role

OF_A_NOTICE = "EXISTS (SELECT FROM notices_notice n WHERE n.id = notice_id)"  # which the notice's own policy narrows


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]
    operations = [
        district_policy("notices_notice"),
        for_application_role(
            [
                "ALTER TABLE notices_delivery ENABLE ROW LEVEL SECURITY",
                f"CREATE POLICY district ON notices_delivery USING ({OF_A_NOTICE}) WITH CHECK ({OF_A_NOTICE})",
            ],
            [
                "DROP POLICY district ON notices_delivery",
                "ALTER TABLE notices_delivery DISABLE ROW LEVEL SECURITY",
            ],
        ),
    ]
