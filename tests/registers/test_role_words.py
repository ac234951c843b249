"""No code names a role: a search for a role's word finds the catalogue, declarations and other data only."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.registers.pure.roles import catalogue
from tests.tree import files

ANOTHER_MEANING = {
    ("briefings/reword.py", "system"): "the part of a conversation with a language model",
    ("declare/types/person.py", "handler"): "a log-in name, as an example",
    ("documents/letters/addressing.py", "reporter"): "whom a letter is addressed to",
    ("documents/letters/pure/declaration.py", "reporter"): "whom a letter is addressed to",
    ("draws/command.py", "inspector"): "who is drawn to inspect, whatever the role",
    ("draws/drawing.py", "inspector"): "who is drawn to inspect, whatever the role",
    ("draws/pure/lists.py", "inspector"): "who is drawn to inspect, whatever the role",
    ("draws/pure/record.py", "inspector"): "who is drawn to inspect, whatever the role",
    ("faces/public/draws.py", "inspector"): "who is drawn to inspect, whatever the role",
    ("documents/forms/pure/declaration.py", "reporter"): "who may send a form",
    ("documents/forms/pure/loading.py", "reporter"): "who may send a form",
    ("draws/strictness.py", "inspector"): "a column of a method's files",
    ("faces/parts/filled.py", "reporter"): "who may send a form",
    ("intake/indexing.py", "reporter"): "whose blind index a field holds",
    ("loop/kernel/form_rules.py", "reporter"): "whose blind index a field holds",
    ("methods/lead_signals.py", "reporter"): "a column of its files",
    ("faces/work/desk.py", "inspector"): "the way on which a report came",
    ("faces/work/opening.py", "inspector"): "the way on which a report came",
    ("intake/takes.py", "resident"): "what everybody without an account is to a form",
    ("loop/facts.py", "handler"): "a relation of which a verifier must be free",
    ("loop/kernel/coded.py", "inspector"): "the way on which a report came",
    ("loop/kernel/coded.py", "system"): "the way on which a report came",
    ("loop/kernel/programme.py", "handler"): "a relation of which a verifier must be free",
    ("loop/kernel/observation.py", "handler"): "a relation of which a verifier must be free",
    ("loop/programme_checks.py", "arbiter"): "a key of programme.yaml",
    ("methods/draw_assign.py", "inspector"): "a column of its files",
    ("methods/inspection_order.py", "inspector"): "a column of its files",
    ("methods/inspector_strictness.py", "inspector"): "a column of its files",
    ("notices/planning.py", "reporter"): "whom a notice is for",
    ("notices/rules.py", "reporter"): "whom a notice is for",
    ("simulator/model_district.py", "inspector"): "a kind of worker in a model district",
    ("simulator/plays/play.py", "inspector"): "the way on which a report came",
    ("simulator/reporting.py", "inspector"): "the way on which a report came",
    ("simulator/truth.py", "resident"): "who lives somewhere, by number",
}
"""Words that happen to be a role's too, and what they mean there; an entry that is no longer found is red."""


def words() -> Iterator[tuple[str, str]]:
    """(file, role) for every text in the code that is exactly a role's id; samples of programmes say who acts."""
    roles = set(catalogue())
    for file in files():
        if not {"migrations", "programmes"} & set(file.parts):
            yield from ((file.path, text) for text in file.constants if text in roles)


def test_no_code_names_a_role() -> None:
    found = set(words())
    assert sorted(found - ANOTHER_MEANING.keys()) == []
    assert sorted(ANOTHER_MEANING.keys() - found) == []
