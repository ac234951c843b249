"""The examples of docs/topics/rules.md do what the page says."""

import datetime as dt
import re
from pathlib import Path

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.rules.book import RuleBook, read_editions

PAGE = (Path(__file__).parents[2] / "docs/topics/rules.md").read_text(encoding="utf-8")
FIRST_YAML = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]


def test_the_first_example_answers_as_told() -> None:
    book = RuleBook(read_editions("page.yaml", FIRST_YAML))
    answer = book.lookup("risk.lec", dt.date(2026, 3, 1), "110108", danger=320)
    assert answer.value == 2
    for shown in (f"answer.value # {answer.value}", f"answer.citation # '{answer.citation}'"):
        assert shown in re.sub(r" +", " ", PAGE)
    assert all(name in PAGE for name in answer.to_json())


def test_faults_read_as_shown() -> None:
    text = FIRST_YAML.replace("table: risk.lec", "table: dumping").replace('"[20, 70)"', '"[20, 75)"')
    with pytest.raises(DeclarationError) as caught:
        read_editions("dumping.yaml", text.replace('{danger: "(320, inf)", grade: 1}', '{danger: "(320, inf)"}'))
    assert re.fullmatch(
        r"dumping\.yaml:\d+: rows\[5\]\.grade: The field 'grade' is missing\. — rule: .* — remedy: Add 'grade: …'\.",
        str(caught.value),
    )
    with pytest.raises(DeclarationError) as caught:
        read_editions("dumping.yaml", text)
    told = str(caught.value)
    assert "rows[3]: Bounds [70, 160) overlap [20, 75) of row 2. — rule: " in told
    assert "remedy: Make one end open" in told
    assert "Make one end open, or move it, so that each number has one row." in PAGE
