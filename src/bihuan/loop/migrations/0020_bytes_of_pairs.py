"""The index of words compares bytes: keeping it sorts the pairs of every row, and nobody asks for their order."""

from django.db import migrations

from bihuan.server.indexing import drop_large_index, large_index

INDEX = """USING gin ((loop_pairs(loop_said(body)) COLLATE "C")) WHERE body ? 'text' OR body ? 'title'"""
FORMER = "USING gin (loop_pairs(loop_said(body))) WHERE body ? 'text' OR body ? 'title'"
# As in 0018_search_pairs, with the collation of the index.
_SEARCH = """
CREATE OR REPLACE FUNCTION loop_search(words text, most integer) RETURNS SETOF uuid LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    here text := nullif(current_setting('bihuan.district', true), '');
    said text := lower(words);
    share float8 := least(100, 6000.0 / greatest(pg_relation_size('loop_event_private') / 8192, 1));
    often boolean;
    found uuid[];
BEGIN
    SELECT count(*) FILTER (WHERE strpos(lower(loop_said(body)), said) > 0) * 200 > count(*) INTO often
    FROM loop_event_private TABLESAMPLE SYSTEM (share) REPEATABLE (1);
    IF often THEN
        found := ARRAY(
            SELECT event_id FROM loop_event_private
            WHERE strpos(lower(loop_said(body)), said) > 0 AND district_id = here ORDER BY event_id DESC LIMIT most);
    ELSE
        found := ARRAY(
            WITH every AS MATERIALIZED (
                SELECT p.event_id FROM loop_event_private p
                WHERE (p.body ? 'text' OR p.body ? 'title') AND PAIRS @> loop_pairs(words)
                  AND strpos(lower(loop_said(p.body)), said) > 0 AND p.district_id = here)
            SELECT event_id FROM every ORDER BY event_id DESC LIMIT most);
    END IF;
    RETURN QUERY SELECT DISTINCT e.case_id FROM loop_event e WHERE e.id = ANY (found);
END $$
"""
SEARCH = _SEARCH.replace("PAIRS", '(loop_pairs(loop_said(p.body)) COLLATE "C")')
FORMER_SEARCH = _SEARCH.replace("PAIRS", "loop_pairs(loop_said(p.body))")


class Migration(migrations.Migration):
    """Runs beside a working installation: the former index serves until the new one is whole."""

    atomic = False
    dependencies = [("loop", "0019_about")]

    operations = [
        large_index("loop_event_private_pairs", "loop_event_private", INDEX),
        migrations.RunSQL(SEARCH, FORMER_SEARCH),
        drop_large_index("loop_event_private_said", "loop_event_private", FORMER),
        migrations.RunSQL("ANALYZE loop_event_private", migrations.RunSQL.noop),
    ]
