"""Change any key of any rule — table, decision, scorecard, classes — and its answer, what it rests on, or whether it is
accepted changes. Which keys there are is read off the readers, so that none is left out."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

import pytest

from bihuan.declare.reader import Reader
from bihuan.rules.book import RuleBook, read_editions
from tests.rules.mutating import DOCUMENTS, Steps, alternatives, changed, loaded, places, said, written

pytestmark = pytest.mark.slow

KEYS = [(kind, path) for kind in DOCUMENTS for path in places(loaded(kind))]


def value_at(document: Any, path: Steps) -> Any:
    for step in path:
        document = document[step]
    return document


@pytest.mark.parametrize(("kind", "path"), KEYS, ids=[f"{k}-{'.'.join(map(str, p))}" for k, p in KEYS])
def test_another_value_of_a_key_is_answered_otherwise(kind: str, path: Steps) -> None:
    documents = loaded(kind)
    before = said(kind, documents)
    assert isinstance(before, list), before
    value = value_at(documents, path)
    answers = {str(other): said(kind, changed(documents, path, other)) for other in alternatives(str(path[-1]), value)}
    accepted = [one for one in answers.values() if isinstance(one, list)]
    # Where no other value is accepted, the key says a second time what the others say (a total): it is checked by that.
    checked = not accepted and said(kind, changed(documents, path, None)) != before
    ends = path[-1] == "bounds" and len(accepted) < len(answers) - 1  # a band's outer end lies beyond every number
    assert checked or ends or any(one != before for one in accepted)


def test_no_key_of_any_reader_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    known: defaultdict[str, set[str]] = defaultdict(set)
    used: defaultdict[str, set[str]] = defaultdict(set)
    read = Reader.fields

    def watched(self: Reader, node: Any, required: set[str], optional: set[str]) -> Any:
        caller = sys._getframe(1).f_code
        name = f"{caller.co_filename.rpartition('/')[2]}:{caller.co_name}"
        if caller.co_name == "_read_item":  # each method has fields of its own
            name += ":" + str(node.fields["method"].text)
        known[name] |= required | optional
        used[name] |= node.fields.keys() if node.fields is not None else set()
        return read(self, node, required, optional)

    monkeypatch.setattr(Reader, "fields", watched)
    for kind in DOCUMENTS:
        RuleBook(read_editions("t.yaml", written(loaded(kind))))
    common = {"weight", "section", "too_few", "veto", "citation", "verified"}  # of any item, changed in one of them
    lacking = {
        name: sorted(keys - used[name] - (common if ":_read_item:" in name else set())) for name, keys in known.items()
    }
    assert {name: keys for name, keys in lacking.items() if keys} == {}
    assert common <= set().union(*(keys for name, keys in used.items() if ":_read_item:" in name))
