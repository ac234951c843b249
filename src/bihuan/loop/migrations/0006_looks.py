from django.db import migrations

from bihuan.loop.pictures import look_keys

INDEX = f"CREATE INDEX loop_media_looks ON loop_media USING gin (({look_keys('picture')})) WHERE picture IS NOT NULL"


class Migration(migrations.Migration):
    """Pictures that look alike are found by an index, since every photograph is now asked about."""

    dependencies = [("loop", "0005_heading")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX loop_media_looks")]
