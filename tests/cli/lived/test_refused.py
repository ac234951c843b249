"""Each command, given what cannot be: exit code 1, what is wrong, and what to do about it; nothing is changed."""

from __future__ import annotations

import pytest

from tests.cli.lived.conftest import Command, Lived

pytestmark = pytest.mark.slow

MONTH = "2026-10"
REFUSED = [
    # what is typed, what is named, what the remedy names
    ("case show 000", "no case", "bihuan case list"),
    ("case list --as nobody", "no active log-in", "bihuan load users"),
    ("case list --unit nowhere", "no unit", "organisations.csv"),
    ("case act OPEN urge --as nobody", "no active log-in", "bihuan load users"),
    ("case act OPEN urge --as operator --data {", "--data is not JSON", "--data"),
    ("case act OPEN urge --as operator --private []", "--private must be a JSON object", "--data"),
    ("case act OPEN tick --as operator", "not done by hand", "bihuan case show"),
    ("why OPEN weather", "cannot be explained", "deadline, holder or state"),
    ("why nonsense@2026-10", "nonsense", "bihuan why"),
    ("why 000 holder", "no case", "bihuan case list"),
    (f"indicators --period {MONTH} --by planet", "not a dimension", "district, area, unit, category"),
    ("indicators --period 2026-13", "2026-13", "--period 2026-10"),
    ("rank --period soon", "soon", "--period 2026-10"),
    ("close-month soon", "soon", "--period 2026-10"),
    ("close-month 2026-09 --check", "is not closed", "bihuan close-month"),
    ("callback draw 00 1", "00", "bihuan callback commit"),
    ("programme diagram hotline --case none", "no case type", "request"),
    ("programme diagram hotline --case request --format png", "mermaid or svg", "correct the option"),
    ("programme diff none", "none", "hotline"),
    ("programme retire none --reason r", "no programme", "hotline"),
    ("programme retire hotline --reason r --from soon", "is not a day", "YYYY-MM-DD"),
    ("programme resume hotline --reason r", "not retired", "bihuan programme list"),
    (f"admissions hotline request --from {MONTH}-01 --to {MONTH}-31", "keeps no list", "shape gate"),
    ("campaign show none", "no campaign", "bihuan campaign start"),
    ("campaign open none", "no campaign", "bihuan campaign start"),
    ("lake verify --lake nowhere", "holds no lake", "bihuan lake sync"),
    ("lake ask funnel --engine abacus", "no engine", "duckdb"),
    ("token issue nobody --name t", "no active user", "bihuan load users"),
    ("token issue operator --name t --scopes everything", "not a scope", "read"),
    ("token issue operator --name t --days 4000", "expiry", "--days"),
    ("token revoke nonsense", "no token", "bihuan token list"),
    ("token bind city nonsense", "no token", "bihuan token list"),
    ("erase ask OPEN --reason r --by operator", "still open", "end it"),
    ("erase ask 000 --reason r --by operator", "no case", "check the number"),
    ("erase ask ENDED --reason r --by nobody", "no active user", "bihuan load users"),
    ("erase approve nonsense --by arbiter", "no id of a request", "bihuan erase list"),
    ("mail show nonsense --purpose p", "is no id", "bihuan mail list"),
    ("mail take nonsense --to hotline/request", "is no id", "bihuan mail list"),
    ("mail dismiss nonsense", "is no id", "bihuan mail list"),
    ("webhook add ftp://x", "not an http or https address", "https://"),
    ("webhook add http://x --kinds nonsense", "no notice of kind", "use some of"),
    ("webhook remove nonsense", "no subscription", "bihuan webhook list"),
    ("webhook test nonsense", "no subscription", "bihuan webhook list"),
    ("suggestions counts --month 2026-13", "2026-13", "YYYY-MM"),
    ("briefing weekly --period 2026-W60", "W60", "bihuan briefing --help"),
    ("triage promote nonsense", "nonsense", "bihuan triage models"),
    ("knowledge load nowhere", "is no folder", "folder of YAML files"),
    ("import none.csv --language fr", "fr", "zh or en"),
]


@pytest.mark.parametrize(("typed", "named", "remedy"), REFUSED, ids=[row[0] for row in REFUSED])
def test_it_says_what_is_wrong_and_what_to_do(cli: Command, lived: Lived, typed: str, named: str, remedy: str) -> None:
    words = typed.replace("OPEN", lived.open).replace("ENDED", lived.ended).split()
    error, what_to_do = cli(*words).refused
    assert named in error
    assert remedy in what_to_do


def test_a_refusal_of_the_loop_carries_its_code(cli: Command, lived: Lived) -> None:
    said = cli("case", "act", lived.open, "submit", "--as", "operator")
    assert said.refused
    assert said.answer["code"]


def test_a_refusal_is_said_to_people_too(cli: Command) -> None:
    said = cli("case", "show", "000")
    assert "no case" in said.err
    assert "→" in said.err
