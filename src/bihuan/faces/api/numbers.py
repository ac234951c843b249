"""Published numbers: indicators of a month and the ranking, each with definition, data cut and interval."""

from typing import Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.parts.problems import not_found, problem
from bihuan.numbers.counting import month_cube
from bihuan.numbers.cube import Cube
from bihuan.numbers.periods import Month, PeriodError
from bihuan.numbers.ranking import rank_month
from bihuan.rules.errors import NoRuleError

router = Router(tags=["numbers"], auth=STAFF)
KEPT_SECONDS = 30.0  # as the pages: calls that follow one another show one cut and are counted once
By = Literal["district", "area", "unit", "category"]


@router.get("/indicators/{period}", summary="Every indicator of a month")
@needs("read", "count")
def indicators(request: HttpRequest, period: str, by: By = "district") -> HttpResponse:
    """Indicator → key → number with numerator, denominator, exclusions, definition, data cut and interval."""
    cube = _cube(request, _month(period))
    body: dict[str, Any] = {"period": period, "by": by, "cut": cube.cut.to_json()}
    body["indicators"] = {
        name: {key: number.to_json() for key, number in cube.slice(name, by).items()} for name in cube.definitions
    }
    return _json(body)


@router.get("/ranking/{period}", summary="The month's ranking with simultaneous rank intervals")
@needs("read", "count")
def ranking(request: HttpRequest, period: str, programme: str | None = None, kind: str = "street") -> HttpResponse:
    """Units in their mandated classes, each rank beside the interval that the numbers allow."""
    world = here(request)
    month = _month(period)
    try:
        ranked = rank_month(_cube(request, month), _cube(request, month.previous), world.registers, world.facts.book,
                            programme=programme, kind=kind)  # fmt: skip
    except (PeriodError, NoRuleError) as error:
        raise problem(409, "no_ranking", "当月没有可用的排名规则", str(error)) from None
    return _json(ranked.to_json())


def _cube(request: HttpRequest, month: Month) -> Cube:
    return month_cube(month, registers=here(request).registers, max_age=KEPT_SECONDS)


def _month(period: str) -> Month:
    try:
        return Month.parse(period)
    except (PeriodError, ValueError):
        raise not_found("月份（格式 YYYY-MM）", "month; write it as YYYY-MM") from None


def _json(body: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
