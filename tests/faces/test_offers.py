"""Suggestions at the desk and in the API: shown with confidence and reason, taken, corrected and refused by people."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from bihuan.faces.work import offers
from bihuan.faces.work.offer_panel import MOST_TRIES, OfferPanel
from bihuan.loop.models import CaseRow, EventRow
from bihuan.loop.store import get_case
from bihuan.suggestions import background, methods
from bihuan.suggestions.drafts import Kind
from bihuan.suggestions.models import Suggestion
from tests.faces import cases

pytestmark = pytest.mark.slow

TEXT = "翠微南里3号楼家里暖气不热，室温只有十四度"
COLD, HEAT_OUT = "utilities.heating.cold", "utilities.heating.outage"


@pytest.fixture
def district(loaded: None, db: None) -> None:
    """The model district; what a test adds is rolled back."""
    methods.forget_methods()
    background.forget_window()
    cache.clear()


def bare(text: str = TEXT, **data: Any) -> Any:
    """A case of which nobody has said category or place."""
    from datetime import UTC, datetime, timedelta
    from uuid import uuid4

    from bihuan.intake.receive import receive
    from bihuan.intake.reports import NewReport

    report = NewReport(key=str(uuid4()), programme="hotline", kind="request", channel="web", title=text[:60], text=text,
                       at=datetime.now(UTC) - timedelta(minutes=60), **data)  # fmt: skip
    (receipt,) = receive([report], actor=cases.RESIDENT)
    assert receipt.value is not None
    return receipt.value


def suggested(text: str = TEXT, **data: Any) -> Any:
    case = bare(text, **data)
    while background.suggest_words() or background.suggest_parents():
        pass
    return case


def answer_of(case: Any, kind: str) -> str | None:
    return Suggestion.objects.values_list("answer", flat=True).get(case_id=case.id, kind=kind)


def page(client: Client, case: Any) -> str:
    response = client.get(f"/desk/{case.number}/", headers={"accept-language": "en"})
    assert response.status_code == 200
    return response.content.decode()


def test_the_desk_shows_value_confidence_words_and_unit(as_: Callable[[str], Client]) -> None:
    case = bare()
    desk = as_("operator")
    assert "Being worked out" in page(desk, case)
    background.suggest_words()
    shown = page(desk, case)
    row = Suggestion.objects.get(case_id=case.id, kind=Kind.CATEGORY)
    for wanted in ("Room too cold", f"{round(100 * row.confidence)} %", "Words: ", "you decide", 'data-key="1"',
                   'data-key="2"', 'data-key="Enter"', "That would go to", "Nothing happens without you"):  # fmt: skip
        assert wanted in shown, wanted
    assert "Being worked out" not in shown
    assert "Being worked out" not in desk.get(f"/desk/{case.number}/offers/").content.decode()


def test_one_key_takes_what_is_certain_under_the_persons_name(as_: Callable[[str], Client]) -> None:
    case, desk = suggested(), as_("operator")
    response = desk.post(f"/desk/{case.number}/offers/answer/", {"take": "all", "key": "k1"})
    assert response.status_code == 302
    now = get_case(case.id)
    assert now is not None
    assert (now.area, now.category) == ("110108001004", None), "a category that keywords found is not certain"
    event = EventRow.objects.get(case_id=case.id, kind="classified")
    assert event.actor == cases.person("operator").id
    assert answer_of(case, Kind.AREA) == "accepted"
    desk.post(f"/desk/{case.number}/offers/answer/", {"take": "all", "key": "k1"})
    assert EventRow.objects.filter(case_id=case.id, kind="classified").count() == 1


def test_a_digit_takes_another_and_that_is_a_correction(as_: Callable[[str], Client]) -> None:
    case, desk = suggested(), as_("operator")
    other = Suggestion.objects.get(case_id=case.id, kind=Kind.CATEGORY).alternatives[1]["value"]
    desk.post(f"/desk/{case.number}/offers/answer/", {"kind": "category", "value": other})
    assert CaseRow.objects.get(pk=case.id).category == other
    assert answer_of(case, Kind.CATEGORY) == "corrected"
    desk.post(f"/desk/{case.number}/offers/answer/", {"kind": "category", "value": COLD})
    assert CaseRow.objects.get(pk=case.id).category == other, "an answered suggestion is not offered again"


def test_only_an_offered_value_is_taken_and_only_by_an_operator(as_: Callable[[str], Client]) -> None:
    case = suggested()
    as_("operator").post(f"/desk/{case.number}/offers/answer/", {"kind": "category", "value": "made.up"})
    for other in ("handler", "leader", "callback"):
        assert as_(other).post(f"/desk/{case.number}/offers/answer/", {"take": "all"}).status_code == 403
        assert as_(other).get(f"/desk/{case.number}/offers/").status_code == 403
    assert not EventRow.objects.filter(case_id=case.id, kind="classified").exists()


def test_a_no_is_counted_and_the_offer_disappears(as_: Callable[[str], Client]) -> None:
    case, desk = suggested(), as_("operator")
    desk.post(f"/desk/{case.number}/offers/answer/", {"no": "area"})
    assert answer_of(case, Kind.AREA) == "overruled"
    assert 'name="no" value="area"' not in page(desk, case)
    assert get_case(case.id).version == case.version  # type: ignore[union-attr]  # it exists


def test_a_likely_duplicate_is_merged_with_one_key_and_split_again(as_: Callable[[str], Client]) -> None:
    about = {"category": COLD, "area": "110108001004", "place": (116_290_000, 39_905_000), "address": "翠微南里3号楼"}
    first, second = suggested("翠微南里3号楼暖气不热", **about), suggested("翠微南里3号楼暖气还是不热", **about)
    desk = as_("operator")
    queue = desk.get("/desk/", headers={"accept-language": "en"}).content.decode()
    assert queue.count("duplicate?") == 1, "only the later of the two"
    shown = page(desk, second)
    assert "Likely duplicate of" in shown
    assert f'data-key="m">Merge into {first.number}' in shown
    desk.post(f"/desk/{second.number}/merge/", {"parent": first.number})
    assert answer_of(second, Kind.PARENT) == "accepted"
    merged = get_case(second.id)
    assert merged is not None
    assert merged.parent == str(first.id)
    desk.post(f"/desk/{second.number}/merge/", {"split": "1"})
    assert answer_of(second, Kind.PARENT) == "overruled"
    split = get_case(second.id)
    assert split is not None
    assert (split.state, split.parent) == ("received", None)
    assert any(clock.running for clock in split.clocks.values())


def test_another_matter_is_one_click(as_: Callable[[str], Client]) -> None:
    about = {"category": COLD, "area": "110108001004", "place": (116_290_000, 39_905_000), "address": "翠微南里3号楼"}
    suggested("翠微南里3号楼暖气不热", **about)
    second, desk = suggested("翠微南里3号楼暖气还是不热", **about), as_("operator")
    desk.post(f"/desk/{second.number}/offers/answer/", {"no": "parent"})
    assert answer_of(second, Kind.PARENT) == "overruled"
    assert "Likely duplicate of" not in page(desk, second)


def test_a_restricted_parent_is_shown_to_nobody_who_may_not_see_it(as_: Callable[[str], Client]) -> None:
    about = {"category": COLD, "area": "110108001004", "place": (116_290_000, 39_905_000), "address": "翠微南里3号楼"}
    first = suggested("翠微南里3号楼暖气不热", restricted="secret", **about)
    second = suggested("翠微南里3号楼暖气还是不热", **about)
    assert Suggestion.objects.filter(case_id=second.id, kind=Kind.PARENT).exists()
    desk = as_("operator")
    assert first.number not in page(desk, second)
    listed = desk.get(f"/api/v1/cases/{second.number}/suggestions").json()
    assert [s for s in listed if s["kind"] == "parent"] == []
    assert str(first.id) not in str(listed)


def test_the_page_of_a_case_costs_no_more_than_four_statements_for_suggestions(
    as_: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    from bihuan.faces.parts.world import World
    from bihuan.faces.work.offer_panel import panel_of
    from bihuan.registers.live import current_registers

    about = {"category": COLD, "area": "110108001004", "place": (116_290_000, 39_905_000), "address": "翠微南里3号楼"}
    suggested("翠微南里3号楼暖气不热", **about)
    case = suggested("翠微南里3号楼暖气还是不热", **about)
    from datetime import UTC, datetime

    here = World(cases.person("operator"), current_registers(), datetime.now(UTC))
    with django_assert_max_num_queries(3):
        panel = panel_of(here, case)
    assert panel.parents


def test_hints_while_a_call_is_entered_keep_nothing_and_are_limited(
    as_: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = as_("operator")
    before = CaseRow.objects.count(), Suggestion.objects.count()
    sent = {"text": TEXT, "address": "翠微南里3号楼"}
    shown = desk.post("/desk/hints/", sent, headers={"accept-language": "en"}).content.decode()
    assert 'data-fill="category"' in shown
    assert f'data-value="{COLD}"' in shown
    assert 'data-value="110108001004"' in shown
    assert (CaseRow.objects.count(), Suggestion.objects.count()) == before
    assert "data-fill" not in desk.post("/desk/hints/", {"text": "喂"}).content.decode()
    monkeypatch.setattr(offers, "TYPING_LIMIT", 3)
    codes = [desk.post("/desk/hints/", sent).status_code for _ in range(4)]
    assert codes[-1] == 429
    assert as_("operator2").post("/desk/hints/", sent).status_code == 200
    assert as_("handler").post("/desk/hints/", sent).status_code == 403


def test_the_cockpit_counts_them(as_: Callable[[str], Client]) -> None:
    case, desk = suggested(), as_("operator")
    desk.post(f"/desk/{case.number}/offers/answer/", {"kind": "category", "value": COLD})
    background.count_months()
    shown = as_("leader").get("/cockpit/suggestions/", headers={"accept-language": "en"}).content.decode()
    assert "keywords:" in shown
    assert "100.0 %" in shown
    assert as_("handler").get("/cockpit/suggestions/").status_code == 403


def test_the_api_lists_and_answers_by_the_same_rules(as_: Callable[[str], Client]) -> None:
    case, desk = suggested(), as_("operator")
    url = f"/api/v1/cases/{case.number}/suggestions"
    listed = {s["kind"]: s for s in desk.get(url).json()}
    assert listed["category"]["value"] == COLD
    assert listed["category"]["answer"] is None

    def say(kind: str, **body: Any) -> Any:
        return desk.post(f"{url}/{kind}", body, content_type="application/json")

    assert say("category", answer="choose").status_code == 422
    assert say("category", answer="choose", value="made.up").status_code == 409
    assert say("unit", answer="accept").status_code == 409
    assert say("nonsense", answer="accept").status_code == 404
    assert say("category", answer="accept").status_code == 200
    assert CaseRow.objects.get(pk=case.id).category == COLD
    assert {s["kind"]: s["answer"] for s in desk.get(url).json()}["category"] == "accepted"
    assert say("area", answer="refuse").status_code == 200
    assert say("area", answer="refuse").status_code == 409
    assert as_("handler").get(url).status_code in (403, 404)


def test_a_panel_that_waits_asks_less_and_less_and_stops() -> None:
    pauses = [OfferPanel(waiting=True, tried=n).pause for n in range(MOST_TRIES)]
    assert pauses[0] == 700
    assert all(later == 2 * sooner for sooner, later in itertools.pairwise(pauses))
    assert sum(pauses) < 60_000
