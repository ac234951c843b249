"""Services: what anybody may report, one for each leaf of a programme's categories; its form as attributes.

The code of a service is `PROGRAMME.KIND.CATEGORY`; without categories `PROGRAMME.KIND`.
Source: wiki.open311.org/GeoReport_v2, "GET Service List", "GET Service Definition".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.registers.pure.categories import load_categories
from bihuan.standards.serving.reported import open_kinds

DATATYPES = {
    "text": "text", "words": "text", "number": "number", "decimal": "number", "integer": "number", "date": "datetime",
    "instant": "datetime", "choice": "singlevaluelist",
}  # fmt: skip
"""Type of a field → the standard's; others are sent as strings."""


class ReportableService(NamedTuple):
    """A service: its code, what it opens, and its category."""

    code: str
    programme: str
    kind: str
    category: str | None
    name: str
    group: str
    keywords: str
    rules: Any


def all_services() -> Iterator[ReportableService]:
    """Yield the services by programme and category. Source: wiki.open311.org/GeoReport_v2, "GET Service List"."""
    for programme, kinds in open_kinds().items():
        title = all_programmes()[programme].name
        for kind, rules in kinds.items():
            yield from _services_of(programme, kind, rules, f"{title.zh} · {title.en}")


def _services_of(programme: str, kind: str, rules: Any, group: str) -> Iterator[ReportableService]:
    """The services of one kind of case; only its own categories are read."""
    if not rules.categories:
        name = f"{rules.name.zh} · {rules.name.en}"
        yield ReportableService(f"{programme}.{kind}", programme, kind, None, name, group, "", rules)
        return
    for leaf in load_categories(folder_of(programme) / rules.categories).leaves:
        yield ReportableService(
            f"{programme}.{kind}.{leaf.code}", programme, kind, leaf.code, f"{leaf.zh} · {leaf.en}", group,
            ",".join(leaf.keywords), rules,
        )  # fmt: skip


def service_named(code: str) -> ReportableService | None:
    """Return the service of a code, or None. Source: wiki.open311.org/GeoReport_v2, "GET Service Definition"."""
    programme, _, rest = code.partition(".")
    kind = rest.partition(".")[0]
    rules = open_kinds().get(programme, {}).get(kind)
    if rules is None:
        return None
    title = all_programmes()[programme].name
    found = _services_of(programme, kind, rules, f"{title.zh} · {title.en}")
    return next((each for each in found if each.code == code), None)


def _asked(found: ReportableService) -> dict[str, Any]:
    """What somebody may say: an index of the reporter is worked out, not asked."""
    return {name: rule for name, rule in found.rules.fields.items() if rule.of is None}


def as_service(found: ReportableService) -> dict[str, Any]:
    """Return a service as the list tells it. Source: wiki.open311.org/GeoReport_v2, "GET Service List"."""
    return {
        "service_code": found.code, "service_name": found.name, "description": found.name,
        "metadata": bool(_asked(found)), "type": "realtime", "keywords": found.keywords, "group": found.group,
    }  # fmt: skip


def as_definition(found: ReportableService) -> dict[str, Any]:
    """Return the form of a service as attributes. Source: wiki.open311.org/GeoReport_v2, "GET Service Definition"."""
    return {
        "service_code": found.code,
        "attributes": [
            {
                "variable": True, "code": name, "datatype": "singlevaluelist" if rule.choices else
                DATATYPES.get(rule.field_type, "string"), "required": rule.required,
                "datatype_description": None, "order": order, "description": f"{rule.name.zh} · {rule.name.en}",
                "values": [{"key": key, "name": f"{text.zh} · {text.en}"} for key, text in rule.choices.items()],
            }
            for order, (name, rule) in enumerate(_asked(found).items(), 1)
        ],
    }  # fmt: skip
