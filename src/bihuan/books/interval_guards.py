"""What the database holds of reserved intervals, as SQL: no two of one resource at once, states move by steps alone.

The constraint is over a range of one number, the resource's hash, because ranges have an operator class for it without
any extension; two resources of one hash would at worst keep each other out (2⁻⁶⁴).
Source: docs/adr/0291-reservations.md.
"""

from __future__ import annotations

FUNCTION = "book_interval_stepped()"

APART = """
ALTER TABLE book_interval ADD COLUMN place int8range GENERATED ALWAYS AS (int8range(
    hashtextextended(district_id || '/' || book || '/' || resource, 0),
    hashtextextended(district_id || '/' || book || '/' || resource, 0), '[]')) STORED;
ALTER TABLE book_interval ADD CONSTRAINT book_interval_apart
    EXCLUDE USING gist (place WITH &&, span WITH &&) WHERE (state IN ('pending', 'posted'));
ALTER TABLE book_interval ADD CONSTRAINT book_interval_span CHECK (lower(span) <= starts AND upper(span) >= ends);
"""
TOGETHER = (
    "ALTER TABLE book_interval DROP CONSTRAINT book_interval_span, DROP CONSTRAINT book_interval_apart, "
    "DROP COLUMN place"
)
STEPPED = """
CREATE FUNCTION book_interval_stepped() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    UPDATE book_interval SET state = NEW.how
    WHERE id = NEW.interval_id AND district_id = NEW.district_id
      AND (state = 'pending' OR (state = 'posted' AND NEW.how = 'void'))
      AND (NEW.how <> 'expired' OR (expires_at <= NEW.at AND NEW.at <= clock_timestamp() + interval '1 minute'));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'book_interval: % cannot become %', NEW.interval_id, NEW.how
            USING ERRCODE = 'check_violation', CONSTRAINT = 'book_interval_step';
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER stepped AFTER INSERT ON book_interval_step FOR EACH ROW EXECUTE FUNCTION book_interval_stepped();
"""
UNDO = "DROP TRIGGER stepped ON book_interval_step; DROP FUNCTION book_interval_stepped();"
