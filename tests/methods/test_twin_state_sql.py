"""The state of a twin beside DuckDB: the same question put to a database as a query over two times."""

from __future__ import annotations

import random

import duckdb

from tests.methods.running import run
from tests.methods.test_twin_state import HEAD, day

STATE = """
WITH seen AS (SELECT * FROM facts WHERE held <= $at AND told <= $known),
ends AS (SELECT object, max((held, told, event)) AS last FROM seen WHERE attribute = '-' GROUP BY object)
SELECT object, attribute, arg_max(value, (held, told, event))
FROM seen LEFT JOIN ends USING (object)
WHERE attribute <> '-' AND (last IS NULL OR (held, told, event) > last)
GROUP BY object, attribute ORDER BY object, attribute
"""


def test_the_state_is_what_a_database_says() -> None:
    luck, known = random.Random(7), duckdb.connect()
    rows = [
        (f"e{n:04}", f"o{luck.randint(0, 99)}", luck.choice(["height", "lift", "roof", "-"]), str(luck.randint(0, 9)),
         luck.randint(0, 9), luck.randint(0, 9))
        for n in range(2_000)
    ]  # fmt: skip
    rows = [(*row[:3], "" if row[2] == "-" else row[3], *row[4:]) for row in rows]
    known.execute("CREATE TABLE facts (event TEXT, object TEXT, attribute TEXT, value TEXT, held INT, told INT)")
    text = HEAD + "\n".join(",".join([*row[:4], day(row[4]), day(row[5])]) for row in rows)
    known.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?)", rows)
    for at, told in ((2, 9), (5, 5), (9, 3), (9, 9)):
        found, outcome = run("twin-state", text, shuffle=at, at=day(at), known=day(told))
        assert not outcome.rejects
        asked = known.execute(STATE, {"at": at, "known": told}).fetchall()
        assert [(row["object"], row["attribute"], row["value"]) for row in found] == asked
        assert len(asked) > 20
