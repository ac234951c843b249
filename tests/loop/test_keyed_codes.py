"""Access codes that earlier versions hashed without a key: after the upgrade each hash is keyed, each code opens."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection

from bihuan.intake import access
from bihuan.loop import codes
from bihuan.loop.models import CaseRow, ReportRow
from tests.faces.cases import opened
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db
migration = importlib.import_module("bihuan.loop.migrations.0015_keyed_codes")


@pytest.fixture(autouse=True)
def district(db: None) -> None:
    load_shipped()


def test_no_unkeyed_hash_remains_and_every_code_still_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "BATCH", 2)  # several batches
    held = [opened(text=f"路灯{n}") for n in range(4)]
    rows = [ReportRow.objects.get(case_id=case.id) for case, _code in held]
    others = "A7K2M9QX4T"  # a code in an older form, known to its owner only
    for row, (_case, code) in zip(rows[:3], held[:3], strict=True):  # the fourth was written by this version
        old = code if row is not rows[2] else others
        ReportRow.objects.filter(pk=row.pk).update(access_hash=codes.unkeyed(old))
    known = [(case.number, code) for case, code in held]
    known[2] = (known[2][0], others)
    assert access.find_report(*known[0]) is None, "an unkeyed hash opens nothing any more"
    before = bytes(ReportRow.objects.get(pk=rows[3].pk).access_hash or b"")
    migration.forwards(None, SimpleNamespace(connection=connection))
    stored = {bytes(h) for h in ReportRow.objects.values_list("access_hash", flat=True)}
    assert stored & {codes.unkeyed(code) for _number, code in known} == set()
    for number, code in known:
        found = access.find_report(number, code.lower())
        assert found is not None, number
    assert bytes(ReportRow.objects.get(pk=rows[3].pk).access_hash or b"") == before
    assert CaseRow.objects.count() == 4


def test_a_code_of_an_earlier_version_is_taken_out_of_words_too() -> None:
    case, _code = opened()
    ReportRow.objects.filter(case_id=case.id).update(access_hash=codes.wrapped(codes.unkeyed("A7K2M9QX4T")))
    assert codes.strip([{"text": "my code is A7K2M-9QX4T"}]) == [{"text": f"my code is {codes.REMOVED}"}]


def test_what_is_keyed_stays_and_another_secret_makes_another_hash(settings: object) -> None:
    report = uuid4()
    own = codes.hash_of(codes.code_of(report))
    assert codes.keyed(report, own) == own
    assert codes.keyed(report, codes.unkeyed(codes.code_of(report))) == own
    foreign = codes.unkeyed("A7K2M9QX4T")
    assert codes.keyed(report, foreign) == codes.wrapped(foreign) != foreign
