"""Pages made from view sets: list, search, filter, files and each thing's own page come from one set of columns."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from bihuan.faces import extension

SETS = ("rules", "units", "areas", "duties", "calendars")
STAFF = ("units", "areas", "duties", "calendars")
As = Callable[[str | None], Client]


def address(name: str) -> str:
    return "/rules" if name == "rules" else f"/registers/{name}"


@pytest.mark.parametrize("name", SETS)
def test_list_file_and_every_page_show_the_same_things(as_: As, name: str) -> None:
    client = as_("operator")
    listed = client.get(f"{address(name)}/").content.decode()
    rows = client.get(f"{address(name)}.json").json()[name]
    lines = list(csv.DictReader(io.StringIO(client.get(f"{address(name)}.csv").content.decode("utf-8-sig"))))
    assert rows
    assert len(rows) == len(lines)
    assert list(lines[0]) == list(rows[0])
    first = next(iter(rows[0].values()))
    assert str(first) in listed
    for each in [u for u in _links(listed) if u.startswith(f"{address(name)}/")][:20]:
        page = client.get(each)
        assert page.status_code == 200, each
    assert client.get(f"{address(name)}/no-such-thing/").status_code == 404
    assert client.get(f"{address(name)}.exe").status_code == 404


@pytest.mark.parametrize("name", SETS)
def test_the_list_follows_its_published_schema_and_days_and_answers_are_written_as_their_types_say(
    as_: As, name: str
) -> None:
    client = as_("operator")
    schema = client.get(f"{address(name)}.schema.json").json()
    Draft202012Validator.check_schema(schema)
    listed = client.get(f"{address(name)}.json").json()
    Draft202012Validator(schema).validate(listed)
    wrong = {name: [{**listed[name][0], next(iter(listed[name][0])): {}}]}
    assert not Draft202012Validator(schema).is_valid(wrong)
    lines = csv.DictReader(io.StringIO(client.get(f"{address(name)}.csv").content.decode("utf-8-sig")))
    answers = {line.get("verified") or line.get("checked") for line in lines}
    assert answers <= {"yes", "no", None}, answers


@pytest.mark.parametrize("name", SETS)
def test_a_search_keeps_what_says_the_words_in_list_and_file_alike(as_: As, name: str) -> None:
    client = as_("operator")
    rows = client.get(f"{address(name)}.json").json()[name]
    words = str(next(iter(rows[-1].values())))
    found = client.get(f"{address(name)}.json", {"q": words}).json()[name]
    assert rows[-1] in found
    assert all(words.casefold() in json.dumps(row, ensure_ascii=False).casefold() for row in found)
    assert client.get(f"{address(name)}.json", {"q": "没有这样的东西"}).json()[name] == []
    assert client.get(f"{address(name)}/", {"q": "没有这样的东西", "page": "x"}).status_code == 200


def test_a_filter_keeps_only_its_choice(as_: As) -> None:
    client = as_("operator")
    every = client.get("/registers/units.json").json()["units"]
    streets = client.get("/registers/units.json", {"kind": "street"}).json()["units"]
    assert 0 < len(streets) < len(every)
    assert len({row["kind"] for row in streets}) == 1


def test_registers_are_for_staff_and_rules_for_anybody(as_: As) -> None:
    nobody = as_(None)
    for name in STAFF:
        for asked in (f"{address(name)}/", f"{address(name)}.csv", f"{address(name)}/x/"):
            assert nobody.get(asked).status_code == 302, asked
    page = nobody.get("/rules/")
    assert page.status_code == 200
    assert nobody.get("/rules.json").json()["rules"]


def test_every_rule_in_force_says_its_source_and_whether_it_was_compared(as_: As) -> None:
    for row in as_(None).get("/rules.json").json()["rules"]:
        assert row["source"].strip(), row["name"]
        assert isinstance(row["verified"], bool)


def test_a_unit_tells_what_it_leads_and_what_lies_below_it(as_: As) -> None:
    client = as_("operator")
    client.cookies["django_language"] = "en"
    streets = [
        row for row in client.get("/registers/units.json").json()["units"] if row["kind"] == "Sub-district office"
    ]
    page = client.get(f"/registers/units/{streets[0]['code']}/").content.decode()
    assert all(word in page for word in ("History", "Duties", "Below it"))


def test_each_view_set_gives_the_same_three_addresses() -> None:
    names = {page.name for page in extension.pages()}
    for name in SETS:
        assert {name, f"{name}-one", f"{name}-file"} <= names


def _links(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('href="')[1:]]


def test_a_rule_table_heads_its_columns_in_the_readers_language(as_: As) -> None:
    client = as_(None)
    rule = next(
        u for u in _links(client.get("/rules/").content.decode()) if u.startswith("/rules/shared/table/residents/")
    )
    for language, words in (("zh-hans", ("区划", "常住人口 (人)")), ("en", ("Area", "Residents (persons)"))):
        page = client.get(rule, headers={"accept-language": language}).content.decode()
        assert all(f">{word}</th>" in page for word in words), language


@pytest.mark.parametrize(
    ("rule", "chinese", "english", "codes"),
    [
        (
            "/rules/hotline/table/hotline_clocks/",
            ("危急", "2 小时", "15 天"),
            ("Emergency", "2 hours", "15 days"),
            ("emergency", "2h"),
        ),
        ("/rules/community-access/table/", ("15 个工作日",), ("15 working days",), ("general",)),
        ("/rules/shared/table/residents/", ("海淀区",), ("Haidian",), ("110108",)),
    ],
    ids=["urgencies and times", "working days", "areas"],
)
def test_codes_in_rules_are_shown_by_their_names(
    as_: As, rule: str, chinese: tuple[str, ...], english: tuple[str, ...], codes: tuple[str, ...]
) -> None:
    client = as_(None)
    pages = (client.get("/rules/", {"page": n}).content.decode() for n in range(1, 20))
    found = next(u for page in pages for u in _links(page) if u.startswith(rule))
    for language, words in (("zh-hans", chinese), ("en", english)):
        page = client.get(found, headers={"accept-language": language}).content.decode()
        cells = [part.split("</td>")[0].split(">")[-1].strip() for part in page.split("<td")[1:]]
        assert [word for word in words if not any(word in cell for cell in cells)] == [], language
        assert [code for code in codes if code in cells] == [], language
