"""The words of reports by pairs of characters: a fifth of the work per row, heading and text in one index."""

from django.db import migrations

from bihuan.server.indexing import drop_large_index, large_index

# What of an event's words is searched: its heading and its text.
SAID = """
CREATE OR REPLACE FUNCTION loop_said(body jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(body->>'title', '') || E'\\n' || coalesce(body->>'text', '')
$$;
CREATE OR REPLACE FUNCTION loop_pairs(words text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    one text[] := string_to_array(lower(left(words, 4000)), NULL);
    pairs text[] := '{}';
BEGIN
    FOR n IN 1 .. cardinality(one) - 1 LOOP
        pairs[n] := one[n] || one[n + 1];
    END LOOP;
    RETURN pairs;
END $$;
"""
INDEX = "USING gin (loop_pairs(loop_said(body))) WHERE body ? 'text' OR body ? 'title'"
FORMER = "USING gin (loop_pieces(body->>'text')) WHERE body ? 'text'"
# Newest first, and bounded: a sample of some sixty pages says how often the words stand. Words of more than one row in
# two hundred are met soon by walking back from the newest; rarer ones are fetched by the index, which has few of them.
# See 0009_search for why it runs as the owner of the table. A sequential scan is never the better way here, whatever
# the planner expects.
SEARCH = """
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
                WHERE (p.body ? 'text' OR p.body ? 'title') AND loop_pairs(loop_said(p.body)) @> loop_pairs(words)
                  AND strpos(lower(loop_said(p.body)), said) > 0 AND p.district_id = here)
            SELECT event_id FROM every ORDER BY event_id DESC LIMIT most);
    END IF;
    RETURN QUERY SELECT DISTINCT e.case_id FROM loop_event e WHERE e.id = ANY (found);
END $$
"""
FORMER_SEARCH = """
CREATE OR REPLACE FUNCTION loop_search(words text, most integer) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
    SELECT e.case_id FROM loop_event_private p JOIN loop_event e ON e.id = p.event_id
    WHERE p.body ? 'text' AND loop_pieces(p.body->>'text') @> loop_pieces(words)
      AND strpos(lower(p.body->>'text'), lower(words)) > 0
      AND p.district_id = nullif(current_setting('bihuan.district', true), '')
    ORDER BY e.id DESC LIMIT most
$$
"""


class Migration(migrations.Migration):
    """Runs beside a working installation: the former index serves until the new one is whole."""

    atomic = False
    dependencies = [("loop", "0017_queue_indexes")]

    operations = [
        migrations.RunSQL(SAID, "DROP FUNCTION loop_pairs(text); DROP FUNCTION loop_said(jsonb)"),
        large_index("loop_event_private_said", "loop_event_private", INDEX),
        migrations.RunSQL("DROP FUNCTION loop_search(text, integer);" + SEARCH,
                          "DROP FUNCTION loop_search(text, integer);" + FORMER_SEARCH),
        drop_large_index("loop_event_private_words", "loop_event_private", FORMER),
        migrations.RunSQL("ANALYZE loop_event_private", migrations.RunSQL.noop),
    ]  # fmt: skip
