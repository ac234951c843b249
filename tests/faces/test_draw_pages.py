"""A draw in public: the list, the page in both languages, and the record that repeats it."""

from __future__ import annotations

import msgspec
import pytest
from django.test import Client

from bihuan.draws.drawing import SHELF
from bihuan.draws.pure.record import DrawRecord, verify_staffed_draw
from tests.draws.test_record import drawn_record

pytestmark = pytest.mark.slow


def test_anybody_sees_a_draw_and_takes_the_record_that_repeats_it(loaded: None, client: Client) -> None:
    record = drawn_record()
    SHELF.write("r1.json", msgspec.json.encode(record))
    assert "r1" in client.get("/draws/").content.decode()
    for language, word in (("zh-hans", "自行复算"), ("en", "Repeat it")):
        page = client.get("/draws/r1/", headers={"accept-language": language}).content.decode()
        assert word in page
        assert record.commitment in page
        assert record.entropy[0] in page
        assert all(seat.inspector in page for seat in record.seats)
    told = client.get("/draws/r1.json")
    assert told["Content-Type"] == "application/json"
    verify_staffed_draw(msgspec.json.decode(told.content, type=DrawRecord))
    assert client.get("/draws/nothing/").status_code == 404
