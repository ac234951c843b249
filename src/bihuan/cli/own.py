"""The platform's own cases as the frame that the insight commands read when no file is named."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bihuan.console.bootstrap import start_django
from bihuan.console.output import fail

if TYPE_CHECKING:
    from bihuan.cli.framing import Frame


def own_frame(days: int = 3650) -> Frame:
    """Every unrestricted case of the last `days`, merged ones included; words only, never an identity.

    Args:
        days: How far back.

    Raises:
        Failure: the data folder holds no case yet.

    Source: docs/adr/0107 (restricted cases and identities are left out)
    """
    start_django()
    from bihuan.cli.framing import Frame
    from bihuan.loop.columns import case_columns
    from bihuan.loop.store import current_facts

    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    columns = case_columns(current_facts().registers.district.code, since)
    if not columns["id"]:
        fail("this installation holds no case yet", "name a FILE, or import one with `bihuan import`")
    columns["time"] = [f"{cell:%Y-%m-%d %H:%M:%S}.{cell.microsecond:06d}+00:00" for cell in columns["time"]]
    count = len(columns["id"])
    roles = {name: name for name in ("id", "title", "body", "time", "lon", "lat", "category")}
    return Frame("own cases", columns["id"], list(range(1, count + 1)), columns, roles)
