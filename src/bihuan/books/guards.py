"""The functions and triggers that guard the books, as SQL. Source: docs/adr/0260-books.md.

They run with the owner's rights, because the application may not move an account; each is bound to the schema it was
made in, with temporary tables last, so that no table of a session can stand in for one of these.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from bihuan.registers.isolation import here

NAMES = (
    "book_locked(bigint[])", "book_lines_posted()", "book_entry_whole()", "book_entries_open()", "book_closing_alone()",
    "book_holds_made()", "book_releases_made()", "book_release_posted()", "book_hold_kept()",
)  # fmt: skip


def pin_functions(_apps: object, schema_editor: BaseDatabaseSchemaEditor, names: Sequence[str] = NAMES) -> None:
    """Bind each function to the schema that the migration works in.

    Source: docs/adr/0260 (3, bound to their schema with temporary tables last)
    """
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchone()[0]
    for name in names:
        schema_editor.execute(f"ALTER FUNCTION {name} SET search_path = {schema}, pg_temp", params=None)


INDEXED = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
"""Of functions that look up a few rows: a plan made for a small table must hold for a large one."""

# Locks accounts in the order of their ids, so that two postings never wait for each other in a circle.
LOCKED = f"""
CREATE FUNCTION book_locked(ids bigint[]) RETURNS SETOF book_account LANGUAGE sql SECURITY DEFINER AS $$
    SELECT * FROM book_account WHERE id = ANY (ids) AND {here()} ORDER BY id FOR UPDATE
$$;
"""  # noqa: S608 - built from constants

# The same by name and only when each has a row: who opens the others must hold no lock yet.
LOCKED_NAMED = f"""
CREATE FUNCTION book_locked_named(books text[], names text[], subjects text[]) RETURNS SETOF book_account
LANGUAGE sql SECURITY DEFINER {INDEXED} AS $$
    SELECT a.* FROM book_account a
    WHERE a.id = ANY (ARRAY(
        SELECT r.id FROM unnest(books, names, subjects) AS k(book, name, subject) CROSS JOIN LATERAL (
            SELECT id FROM book_account b
            WHERE b.{here()} AND b.book = k.book AND b.name = k.name AND b.subject = k.subject OFFSET 0) AS r))
    AND NOT EXISTS (
        SELECT FROM unnest(books, names, subjects) AS m(book, name, subject) WHERE NOT EXISTS (
            SELECT FROM book_account b
            WHERE b.{here()} AND b.book = m.book AND b.name = m.name AND b.subject = m.subject))
    ORDER BY a.id FOR UPDATE OF a
$$;
"""  # noqa: S608
# Numbers are looked up one by one, in the index that begins with them: a plan made while the table is small holds while
# it grows by the second. Of the book no index is asked, because another begins with it.
KNOWN = f"""
CREATE FUNCTION book_known(books text[], keys text[])
RETURNS TABLE (id uuid, book varchar, key varchar, salt bytea, digest bytea) LANGUAGE sql STABLE {INDEXED} AS $$
    SELECT e.id, e.book, e.key, e.salt, e.digest
    FROM unnest(books, keys) AS k(book, key) CROSS JOIN LATERAL (
        SELECT * FROM book_entry n WHERE n.key = k.key AND n.book || '' = k.book OFFSET 0) AS e
$$;
CREATE FUNCTION book_known_holds(books text[], keys text[]) RETURNS SETOF book_hold LANGUAGE sql STABLE {INDEXED} AS $$
    SELECT h.* FROM unnest(books, keys) AS k(book, key) CROSS JOIN LATERAL (
        SELECT * FROM book_hold n WHERE n.key = k.key AND n.book = k.book OFFSET 0) AS h
$$;
"""  # noqa: S608
NAMED = (
    "book_locked_named(text[], text[], text[])", "book_known(text[], text[])", "book_known_holds(text[], text[])",
)  # fmt: skip
"""What a later migration made; all but the first ask with the rights of who calls them."""

LINES = """
CREATE OR REPLACE FUNCTION book_lines_posted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT l.entry_id INTO wrong FROM new_lines l
    LEFT JOIN book_entry e ON e.id = l.entry_id LEFT JOIN book_account a ON a.id = l.account_id
    WHERE e.id IS NULL OR a.id IS NULL OR a.book <> e.book OR a.district_id <> e.district_id
       OR l.district_id <> e.district_id OR l.day <> e.day OR l.number > e.lines LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'book_line: a line of entry % is of another book, day or district, or one too many', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'book_line_fits';
    END IF;
    PERFORM FROM book_account WHERE id IN (SELECT account_id FROM new_lines) ORDER BY id FOR UPDATE;
    UPDATE book_account a SET posted = a.posted + s.amount
    FROM (SELECT account_id, sum(amount)::bigint AS amount FROM new_lines GROUP BY account_id) s
    WHERE a.id = s.account_id;
    RETURN NULL;
END $$;
"""

WHOLE = """
CREATE OR REPLACE FUNCTION book_entry_whole() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    there bigint;
    uneven text;
BEGIN
    SELECT sum(c), min(unit) FILTER (WHERE s <> 0) INTO there, uneven FROM (
        SELECT a.unit, count(*) AS c, sum(l.amount) AS s
        FROM book_line l JOIN book_account a ON a.id = l.account_id WHERE l.entry_id = NEW.id GROUP BY a.unit) AS u;
    IF there IS DISTINCT FROM NEW.lines::bigint THEN
        RAISE EXCEPTION 'book_entry: entry % has % lines, not %', NEW.id, coalesce(there, 0), NEW.lines
            USING ERRCODE = 'check_violation', CONSTRAINT = 'book_entry_whole';
    END IF;
    IF uneven IS NOT NULL THEN
        RAISE EXCEPTION 'book_entry: entry % does not balance in %', NEW.id, uneven
            USING ERRCODE = 'check_violation', CONSTRAINT = 'book_entry_balanced';
    END IF;
    IF NEW.reverses IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM book_entry e WHERE e.id = NEW.reverses AND e.book = NEW.book
                       AND e.district_id = NEW.district_id AND e.lines = NEW.lines)
           OR EXISTS ((SELECT account_id, amount, count(*) FROM book_line WHERE entry_id = NEW.id GROUP BY 1, 2)
                      EXCEPT
                      (SELECT account_id, -amount, count(*) FROM book_line WHERE entry_id = NEW.reverses
                       GROUP BY 1, 2)) THEN
            RAISE EXCEPTION 'book_entry: entry % is no mirror of %', NEW.id, NEW.reverses
                USING ERRCODE = 'check_violation', CONSTRAINT = 'book_entry_mirror';
        END IF;
    END IF;
    IF NEW.hold IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM book_release r WHERE r.entry_id = NEW.id AND r.hold_id = NEW.hold) THEN
            RAISE EXCEPTION 'book_entry: entry % posts from a reservation that was not released', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'book_entry_held';
        END IF;
    END IF;
    RETURN NULL;
END $$;
"""

OPEN = """
CREATE FUNCTION book_entries_open() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    wrong uuid;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('book_closing ' || d || ' ' || b, 0))
    FROM (SELECT DISTINCT district_id AS d, book AS b FROM new_entries ORDER BY 1, 2) AS books;
    SELECT e.id INTO wrong FROM new_entries e JOIN book_closing c
        ON c.district_id = e.district_id AND c.book = e.book AND e.day <= c.until
    WHERE e.restates = '' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'book_entry: entry % is of a closed period and gives no reason', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'book_entry_open';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION book_closing_alone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('book_closing ' || NEW.district_id || ' ' || NEW.book, 0));
    RETURN NEW;
END $$;
"""

HOLDS = """
CREATE FUNCTION book_holds_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT h.id INTO wrong FROM new_holds h
    LEFT JOIN book_account d ON d.id = h.debit_id LEFT JOIN book_account c ON c.id = h.credit_id
    WHERE d.id IS NULL OR c.id IS NULL OR d.id = c.id OR d.unit <> c.unit OR h.remaining <> h.amount
       OR d.book <> h.book OR c.book <> h.book OR d.district_id <> h.district_id OR c.district_id <> h.district_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'book_hold: reservation % is not between two accounts of its book and unit', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'book_hold_fits';
    END IF;
    PERFORM FROM book_account WHERE id IN (SELECT debit_id FROM new_holds UNION SELECT credit_id FROM new_holds)
    ORDER BY id FOR UPDATE;
    UPDATE book_account a SET pending_debit = a.pending_debit + s.d, pending_credit = a.pending_credit + s.c
    FROM (SELECT account, sum(d)::bigint AS d, sum(c)::bigint AS c FROM (
            SELECT debit_id AS account, amount AS d, 0 AS c FROM new_holds
            UNION ALL SELECT credit_id, 0, amount FROM new_holds) AS sides GROUP BY account) s
    WHERE a.id = s.account;
    RETURN NULL;
END $$;
CREATE FUNCTION book_releases_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT r.id INTO wrong FROM new_releases r LEFT JOIN book_hold h ON h.id = r.hold_id
    WHERE h.id IS NULL OR h.district_id <> r.district_id OR (r.how = 'expired' AND h.expires_at > r.at)
       OR (r.how = 'expired' AND r.at > clock_timestamp() + interval '1 minute') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'book_release: % releases no reservation of its district, or one before its time', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'book_release_fits';
    END IF;
    PERFORM FROM book_account WHERE id IN (
        SELECT unnest(ARRAY[h.debit_id, h.credit_id]) FROM new_releases r JOIN book_hold h ON h.id = r.hold_id)
    ORDER BY id FOR UPDATE;
    UPDATE book_hold h SET remaining = h.remaining - s.amount
    FROM (SELECT hold_id, sum(amount)::bigint AS amount FROM new_releases GROUP BY hold_id) s WHERE h.id = s.hold_id;
    UPDATE book_account a SET pending_debit = a.pending_debit - s.d, pending_credit = a.pending_credit - s.c
    FROM (SELECT account, sum(d)::bigint AS d, sum(c)::bigint AS c FROM (
            SELECT h.debit_id AS account, r.amount AS d, 0 AS c FROM new_releases r JOIN book_hold h ON h.id = r.hold_id
            UNION ALL SELECT h.credit_id, 0, r.amount FROM new_releases r JOIN book_hold h ON h.id = r.hold_id
          ) AS sides GROUP BY account) s
    WHERE a.id = s.account;
    RETURN NULL;
END $$;
CREATE FUNCTION book_release_posted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM book_entry e JOIN book_hold h ON h.id = NEW.hold_id AND e.hold = h.id WHERE e.id = NEW.entry_id
        AND NEW.amount = (SELECT sum(amount) FROM book_line WHERE entry_id = e.id AND account_id = h.debit_id)
        AND NEW.amount = -(SELECT sum(amount) FROM book_line WHERE entry_id = e.id AND account_id = h.credit_id)) THEN
        RAISE EXCEPTION 'book_release: what % releases is not what its entry posts', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'book_release_posted';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION book_hold_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.remaining > OLD.remaining
       OR to_jsonb(NEW) - 'remaining' IS DISTINCT FROM to_jsonb(OLD) - 'remaining' THEN
        RAISE EXCEPTION 'book_hold: a reservation is released, never changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""

FUNCTIONS = LOCKED + LINES + WHOLE + OPEN + HOLDS

TRIGGERS = """
ALTER TABLE book_account SET (fillfactor = 60);
CREATE TRIGGER posted AFTER INSERT ON book_line REFERENCING NEW TABLE AS new_lines
    FOR EACH STATEMENT EXECUTE FUNCTION book_lines_posted();
CREATE CONSTRAINT TRIGGER whole AFTER INSERT ON book_entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION book_entry_whole();
CREATE TRIGGER open AFTER INSERT ON book_entry REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION book_entries_open();
CREATE TRIGGER alone BEFORE INSERT ON book_closing FOR EACH ROW EXECUTE FUNCTION book_closing_alone();
CREATE TRIGGER made AFTER INSERT ON book_hold REFERENCING NEW TABLE AS new_holds
    FOR EACH STATEMENT EXECUTE FUNCTION book_holds_made();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON book_hold FOR EACH ROW EXECUTE FUNCTION book_hold_kept();
CREATE TRIGGER made AFTER INSERT ON book_release REFERENCING NEW TABLE AS new_releases
    FOR EACH STATEMENT EXECUTE FUNCTION book_releases_made();
CREATE CONSTRAINT TRIGGER posted AFTER INSERT ON book_release DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.how = 'posted') EXECUTE FUNCTION book_release_posted();
"""

UNDO = (
    "DROP TRIGGER posted ON book_line; DROP TRIGGER whole ON book_entry; DROP TRIGGER open ON book_entry; "
    "DROP TRIGGER alone ON book_closing; DROP TRIGGER made ON book_hold; DROP TRIGGER kept ON book_hold; "
    "DROP TRIGGER made ON book_release; DROP TRIGGER posted ON book_release; "
    + "".join(f"DROP FUNCTION {name}; " for name in NAMES)
)
