from django.db import migrations

# Two neighbouring characters are the piece: a Chinese word often has only two, and needs no dictionary.
PIECES = """
CREATE FUNCTION loop_pieces(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(w.t, n, 2)), '{}')
    FROM (SELECT lower(left(words, 4000)) AS t) w, generate_series(1, greatest(length(w.t) - 1, 0)) n
    WHERE substr(w.t, n, 2) !~ '\\s'
$$
"""
INDEX = """
CREATE INDEX loop_event_private_words ON loop_event_private USING gin (loop_pieces(body->>'text')) WHERE body ? 'text'
"""
# Row-level security keeps the planner from an index whose operator it does not trust, so the search runs as the owner
# of the table and keeps to the district itself. It answers ids of cases, never words; who may read the words of those
# cases is asked by the caller (`visible_to`).
SEARCH = """
CREATE FUNCTION loop_search(words text, most integer) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
    SELECT e.case_id FROM loop_event_private p JOIN loop_event e ON e.id = p.event_id
    WHERE p.body ? 'text' AND loop_pieces(p.body->>'text') @> loop_pieces(words)
      AND strpos(lower(p.body->>'text'), lower(words)) > 0
      AND p.district_id = nullif(current_setting('bihuan.district', true), '')
    ORDER BY e.id DESC LIMIT most
$$
"""


class Migration(migrations.Migration):
    """The words of reports are found by an index over pairs of characters."""

    dependencies = [("loop", "0008_bound_keys")]

    operations = [
        migrations.RunSQL(PIECES, "DROP FUNCTION loop_pieces(text)"),
        migrations.RunSQL(INDEX, "DROP INDEX loop_event_private_words"),
        migrations.RunSQL(SEARCH, "DROP FUNCTION loop_search(text, integer)"),
    ]
