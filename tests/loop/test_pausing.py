"""While a district is played beside a running worker, the worker's clocks wait: the play ticks its own cases."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.loop import background, pausing
from bihuan.loop.store import append
from bihuan.loop.store.current import current_facts
from bihuan.notices import background as notices
from tests.loop.district import facts
from tests.loop.test_store import opening
from tests.shipped import load_shipped


@pytest.mark.django_db
def test_clocks_and_notices_wait_for_who_plays(app_connection: Any) -> None:
    load_shipped()
    current_facts()
    append([opening()], facts=facts())
    background.sequence()
    app_connection.execute("SELECT pg_advisory_lock(%s)", [pausing.LOCK])
    assert pausing.is_played()
    assert (background.tick(), background.succeed(), notices.plan_batch()) == (0, 0, 0)
    app_connection.execute("SELECT pg_advisory_unlock(%s)", [pausing.LOCK])
    assert not pausing.is_played()
    assert background.tick() > 0
    assert notices.plan_batch() > 0
    with pausing.playing():
        pass
    assert not pausing.is_played()
