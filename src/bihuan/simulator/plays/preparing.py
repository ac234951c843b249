"""Makes the database that plays are copied from: tables and the model district. Run once, in a process of its own."""

from __future__ import annotations

import os

DISTRICT = "haidian"


def main() -> None:
    """Migrate as the owner, then load the district that comes with the house.

    Source: docs/topics/play.md.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "bihuan.server.settings"
    os.environ["BIHUAN_DB_ROLE"] = "owner"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    from bihuan.registers.loading.districts import load_district
    from bihuan.server import statistics

    load_district(DISTRICT)
    statistics.refresh()


if __name__ == "__main__":
    main()
