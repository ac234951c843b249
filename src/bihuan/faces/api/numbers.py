"""Published numbers: indicators of a month and the ranking, each with definition, data cut and interval."""

from typing import Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.parts.problems import not_found, problem
from bihuan.numbers.kinds import kinds
from bihuan.numbers.periods import Period, PeriodError
from bihuan.numbers.ranking import rank_month
from bihuan.numbers.reading import kept_report, ranking_cube
from bihuan.rules.errors import NoRuleError

router = Router(tags=["numbers"], auth=STAFF)
By = Literal["district", "area", "unit", "category"]


@router.get("/indicators/{period}", summary="Every indicator of a month")
@needs("read", "count")
def indicators(request: HttpRequest, period: str, by: By = "district") -> HttpResponse:
    """Indicator → key → number with numerator, denominator, exclusions, definition, data cut and interval.

    Nothing is counted for the answer: it is the last finished cut, and `as_of` says until when nothing is missing.

    Source: docs/topics/api.md (at the last finished cut); docs/adr/0232 (5)
    """
    kept = kept_report(_period(period), by, facts=here(request).facts)
    cube = kept.report.cube
    body: dict[str, Any] = {"period": period, "by": by, "cut": cube.cut.to_json(), **kept.to_json()}
    body["indicators"] = {
        name: {key: number.to_json() for key, number in cube.slice(name, by).items()} for name in cube.definitions
    }
    return _json(body)


@router.get("/ranking/{period}", summary="The month's ranking with simultaneous rank intervals")
@needs("read", "count")
def ranking(request: HttpRequest, period: str, programme: str | None = None, kind: str = "street") -> HttpResponse:
    """Units in their mandated classes, each rank beside the interval that the numbers allow.

    Source: docs/topics/api.md (at the last finished cut); docs/adr/0232 (5)
    """
    world = here(request)
    asked = _period(period)
    now, before = (kept_report(each, "unit", facts=world.facts) for each in (asked, asked.previous))
    try:
        ranked = rank_month(ranking_cube(now), ranking_cube(before), world.registers, world.facts.book,
                            programme=programme, kind=kind)  # fmt: skip
    except (PeriodError, NoRuleError) as error:
        raise problem(409, "no_ranking", "当月没有可用的排名规则", str(error)) from None
    return _json(ranked.to_json())


def _period(period: str) -> Period:
    try:
        return kinds().parse(period)
    except (PeriodError, ValueError):
        raise not_found("月份（格式 YYYY-MM）", "month; write it as YYYY-MM") from None


def _json(body: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
