"""Who writes is known again without being named: fields of a form that take the blind index of whoever reports.

Source: docs/adr/0359-own-page.md (1); DESIGN §8 (a keyed blind index).
"""

from __future__ import annotations

from typing import Any

from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.programme import Programme
from bihuan.registers.identity import person_index

REPORTER = "reporter"


def fields_of(report: NewReport, declared: Programme | None) -> dict[str, Any]:
    """Return the values of a report's form; what was given stays, an index that nobody gave is worked out.

    Source: docs/adr/0359-own-page.md (1).
    """
    rules = declared.cases.get(report.kind) if declared else None
    asked = [name for name, rule in rules.fields.items() if rule.of == REPORTER] if rules else []
    given, who = dict(report.fields), report.reporter
    for name in asked:
        if not given.get(name) and who is not None and (index := person_index(who.name, who.phone, who.email)):
            given[name] = index
    return given
