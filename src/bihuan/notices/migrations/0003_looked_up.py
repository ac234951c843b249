"""A delivery's notice is looked up by its id, never searched for.

Without the offset the planner may read every notice into a table in memory, so as to ask it for a few deliveries:
PostgreSQL takes an EXISTS without a limit for an IN.
"""

from django.db import migrations

from bihuan.server.roles import for_application_role

BY_ID = "EXISTS (SELECT FROM notices_notice n WHERE n.id = notice_id OFFSET 0)"
BEFORE = "EXISTS (SELECT FROM notices_notice n WHERE n.id = notice_id)"


class Migration(migrations.Migration):
    """The same fence, asked for row by row."""

    dependencies = [("notices", "0002_fences")]
    operations = [
        for_application_role(
            [f"ALTER POLICY district ON notices_delivery USING ({BY_ID}) WITH CHECK ({BY_ID})"],
            [f"ALTER POLICY district ON notices_delivery USING ({BEFORE}) WITH CHECK ({BEFORE})"],
        )
    ]
