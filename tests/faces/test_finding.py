"""In the browser: a case is found by number and words, whatever list is open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faces import cases
from tests.faces.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]
STORY = "楼道路灯不亮\n三单元的老人晚上摔了一跤，物业说等厂家来换镇流器"


def test_the_desk_finds_a_case_outside_the_chosen_list(visitor: Come) -> None:
    case, _code = cases.opened(STORY)
    cases.then(case, "operator", "dispatch", unit="street-110108011")
    operator = visitor("operator", "en")
    for path in ("/desk/", "/desk/?queue=arbitration"):
        for words in (case.number, "镇流器", "摔了一跤"):
            operator.go(path)
            operator.page.fill("#q", words)
            operator.page.press("#q", "Enter")
            operator.page.wait_for_load_state()
            assert operator.page.locator(f"a.case-line[href^='/desk/{case.number}/']").count() == 1, (path, words)
            assert "Searched in all lists" in operator.text()
    operator.page.fill("#q", "没有人说过的话")
    operator.page.press("#q", "Enter")
    operator.page.wait_for_load_state()
    assert operator.page.locator("a.case-line").count() == 0
    assert operator.complaints == []
