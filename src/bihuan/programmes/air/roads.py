"""What lies on the roads and works on the sites of the sample: rows of registers, nothing planted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
KINDS, STAGES = ("挖掘机", "装载机", "叉车"), ("2", "3", "4", "electric")


def roads_and_machines(play: Play, streets: Iterable[str], sites: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Road dust of each street in the month before the play (g/m²), and a non-road machine of each site.

    Args:
        streets: Codes of the streets.
        sites: Rows of `emission-site`.
    """
    luck = play.luck.stream("roads")
    month = (play.on(0).replace(day=1) - timedelta(days=1)).replace(day=1).isoformat()
    roads = [
        {"number": f"RD-{street}", "street": street, "month": month, "dust": str(luck.whole(4, 24))}
        for street in sorted(streets)
    ]
    machines = [
        {
            "plate": f"京A-FD{number:05d}", "kind": luck.pick(KINDS), "stage": luck.pick(STAGES),
            "site": site["number"], "owner": site["holder"], "checked": play.on(-luck.whole(10, 300)).isoformat(),
        }
        for number, site in enumerate(sites, 1)
    ]  # fmt: skip
    return roads, machines
