"""A bank's file handed in by page: kept once, or refused whole with every wrong line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bihuan.books.models import ReconciliationRow
from bihuan.registers.isolation import in_district

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAGE = "/books/cash/reconciliations/"
HEAD = "id,day,amount,reference\n"


def hand_in(client: Client, text: str, name: str = "bank.csv", account: str = "treasury") -> tuple[int, str]:
    """Status and page after a file was handed in."""
    sent = {"account": account, "at": "2026-03-31", "file": SimpleUploadedFile(name, text.encode())}
    told = client.post(PAGE, sent)
    return told.status_code, told.content.decode()


def test_a_file_is_reconciled_once_or_refused_with_every_line(as_: Callable[[str | None], Client]) -> None:
    client = as_("operator")
    assert 'name="file"' in client.get(PAGE).content.decode()
    status, told = hand_in(client, HEAD + "B1,2026-03-02,100.00,x\nB2,yesterday,5.00,\nB3,2026-03-03,1.234,\n")
    assert status == 422
    assert "<td>3</td><td>day</td>" in told
    assert "<td>4</td><td>amount</td>" in told
    for name, text in (("bank.pdf", "%PDF"), ("bank.xml", "no xml"), ("bank.xml", "<a/>"), ("bank.csv", "day\n1\n")):
        status, told = hand_in(client, text, name)
        assert (status, 'role="alert"' in told) == (422, True), (name, text)
    assert hand_in(client, HEAD, account="revenue:tax")[0] == 422
    with in_district("110108"):
        assert not ReconciliationRow.objects.exists(), "a wrong file leaves nothing"
    right = HEAD + "B1,2026-03-02,100.00,x\n"
    assert [hand_in(client, right)[0] for _ in range(2)] == [302, 302]
    with in_district("110108"):
        (row,) = ReconciliationRow.objects.all()
    assert (row.figures["brought"], row.figures["left_theirs"]) == (1, 1)


def test_whoever_may_only_look_hands_nothing_in(as_: Callable[[str | None], Client]) -> None:
    client = as_("auditor")
    assert 'name="file"' not in client.get(PAGE).content.decode()
    assert hand_in(client, HEAD)[0] == 403
