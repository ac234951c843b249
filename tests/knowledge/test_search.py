"""Finding an answer: the shipped articles, validity by date, new versions instead of overwriting."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.knowledge.load import load_folder, read_articles
from bihuan.knowledge.models import Article
from bihuan.knowledge.search import search_articles
from bihuan.loop.programmes import folder_of

DAY = date(2026, 11, 1)
SHIPPED = folder_of("hotline") / "knowledge"


def ask(text: str, category: str | None = None, on: date = DAY) -> list[str]:
    return [h.article.key for h in search_articles(text, district="110108", on=on, category=category, limit=3)]


@pytest.fixture
def shipped(db: None) -> None:
    counts = load_folder(SHIPPED, district="110108", on=DAY)
    assert counts["created"] >= 40


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("家里暖气不热，室温只有15度", "heating-cold-room"),
        ("请问今年几号供暖", "heating-dates"),
        ("闻到燃气味怎么办", "gas-leak"),
        ("物业太差了我能不交物业费吗", "property-fee"),
        ("楼下饭店油烟太大", "restaurant-fumes"),
        ("老板拖欠工资三个月", "wage-arrears"),
        ("健身房关门了预付卡不退钱", "prepaid-card"),
        ("Refund of heating charges", "heating-refund"),
        ("我的诉求没解决就办结了", "false-closure"),
    ],
)
def test_a_caller_s_words_find_the_answer(question: str, key: str) -> None:
    assert ask(question)[0] == key


@pytest.mark.usefixtures("shipped")
def test_no_shared_term_finds_nothing_and_category_decides_between_equals() -> None:
    assert ask("嗯") == []
    assert ask("xyzzy") == []
    plain = search_articles("怎么申请", district="110108", on=DAY, limit=50)
    chosen = search_articles("怎么申请", district="110108", on=DAY, category="housing.elevator.retrofit", limit=1)
    assert len(plain) > 1
    assert chosen[0].article.key == "lift-retrofit"


@pytest.mark.usefixtures("shipped")
def test_other_districts_and_other_times_see_nothing() -> None:
    assert search_articles("暖气不热", district="110105", on=DAY) == []
    assert ask("暖气不热", on=date(2020, 1, 1)) == []


def _file(folder: Path, body: str) -> None:
    (folder / "a.yaml").write_text(
        f"- key: water\n  title: {{zh: 停水, en: Water}}\n  body: {body}\n  source: s\n", encoding="utf-8"
    )


@pytest.mark.django_db
def test_a_changed_article_is_a_new_version_from_that_day(tmp_path: Path) -> None:
    _file(tmp_path, "先看公告，再联系物业处理。")
    assert load_folder(tmp_path, district="1", on=date(2026, 3, 1)) == {"created": 1, "changed": 0, "unchanged": 0}
    assert load_folder(tmp_path, district="1", on=date(2026, 3, 2))["unchanged"] == 1
    _file(tmp_path, "先看公告，再拨打供水电话。")
    assert load_folder(tmp_path, district="1", on=date(2026, 5, 1))["changed"] == 1
    _file(tmp_path, "同一天又改了一次的答复。")
    assert load_folder(tmp_path, district="1", on=date(2026, 5, 1))["changed"] == 1
    assert [a.version for a in Article.objects.order_by("version")] == [1, 2, 3]
    for day, version in ((date(2026, 4, 30), 1), (date(2026, 5, 1), 3)):
        assert [h.article.version for h in search_articles("停水", district="1", on=day)] == [version]


@pytest.mark.django_db
def test_a_faulty_file_loads_nothing_and_names_the_line(tmp_path: Path) -> None:
    _file(tmp_path, "先看公告，再联系物业处理。")
    (tmp_path / "b.yaml").write_text("- key: Water\n  title: {zh: 水}\n  body: 太短\n  source: s\n", encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        load_folder(tmp_path, district="1", on=DAY)
    assert {(p.file.split("/")[-1], p.line, p.field) for p in error.value.problems} >= {
        ("b.yaml", 1, "0.key"),
        ("b.yaml", 2, "0.title.en"),
        ("b.yaml", 3, "0.body"),
    }
    assert not Article.objects.exists()


def test_shipped_articles_are_bilingual_cited_and_filed_under_known_categories() -> None:
    known = set(re.findall(r"code: ([a-z_.]+)", (folder_of("hotline") / "categories.yaml").read_text(encoding="utf-8")))
    articles = [a for path in SHIPPED.glob("*.yaml") for a in read_articles(path)]
    assert len(articles) >= 40
    assert len({a.key for a in articles}) == len(articles)
    for article in articles:
        assert article.categories
        assert set(article.categories) <= known, article.key
        assert article.source
        assert not article.verified, "nothing is verified before a named expert signs it"
