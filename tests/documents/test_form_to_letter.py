"""From a form to its letter: both are proved by the log, and a changed byte of either is told from what was proved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.db import connection

from bihuan.documents.forms import drafts
from bihuan.documents.forms.models import SubmissionRow
from bihuan.documents.forms.pure.checking import Answers
from bihuan.documents.forms.submitting import Sender, submit_form
from bihuan.documents.letters import reading
from bihuan.documents.letters.models import LetterRow
from bihuan.ledger import proofs, store
from bihuan.ledger.core.leaf import statement_hash, write_instant
from bihuan.loop import scope
from bihuan.loop.kernel.model import acting_as
from bihuan.loop.store import current_facts
from bihuan.registers.isolation import in_district
from tests.documents.test_sending import follow
from tests.documents.toy_forms import ANSWERS, SIGNED, declared, jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HERE = "110108"


def stated(key: object) -> tuple[dict[str, Any], bytes]:
    """What the log states under an id, and the hash that its leaf commits to, worked out anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, made_at, body::text, hash FROM ledger_statement WHERE id = %s", [key])
        kind, made_at, body, digest = cursor.fetchone()
    said = msgspec.json.decode(body)
    assert statement_hash(kind, write_instant(made_at), said) == bytes(digest)
    assert proofs.prove_event(key)["state"] == "included"  # type: ignore[arg-type]  # a UUID of the table
    return said, bytes(digest)


@pytest.mark.parametrize("stalls", [1, 5])
def test_a_form_its_case_its_letter_and_their_leaves(stalls: int, declare: Callable[[str], None]) -> None:
    scope.ensure(HERE)
    with declared() as form:
        paper = str(drafts.keep_upload(form.form, jpeg(), "anonymous", HERE, datetime.now(UTC)).pk)
        answers = Answers({**ANSWERS, "stalls": stalls}, {}, SIGNED)
        sender = Sender(acting_as("visitor"), "a browser", current_facts())
        sent = submit_form(form, answers, {"paper": [paper]}, "one", sender)
        assert sent.defects == []
        follow()
    while store.sequence_leaves():  # the leaves of the form and of the letter
        continue
    submitted = SubmissionRow.objects.get()
    said, form_leaf = stated(submitted.statement_id)
    assert sent.hash in str(said)
    with in_district(HERE):
        (letter,) = LetterRow.objects.filter(case_id=sent.case)
        files = {name: reading.file_of(letter, name) or b"" for name in letter.files}
    told, letter_leaf = stated(letter.pk)
    assert {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} == told["files"]
    assert form_leaf != letter_leaf
    changed = files["zh.html"] + b" "
    assert hashlib.sha256(changed).hexdigest() != told["files"]["zh.html"]
