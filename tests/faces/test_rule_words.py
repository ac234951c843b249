"""What codes of rule tables are called: the table's own words first, then the house's, then the code itself."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation

from bihuan.faces.trust.rule_words import cell_text
from bihuan.rules.fields import Output, TableInput

HERE: Any = SimpleNamespace(
    now=datetime(2026, 11, 1, tzinfo=UTC),
    names=SimpleNamespace(
        area=lambda code: f"area {code}",
        unit=lambda code: f"unit {code}",
        category=lambda code: f"category {code}",
        category_path=lambda code, programme: f"{programme} › {code}",
    ),
)
TEXT = Output("within", "text")
OWN = TableInput("urgency", "code", words={"general": {"zh": "普通件", "en": "Ordinary"}})


@pytest.mark.parametrize(
    ("field", "value", "zh", "en"),
    [
        (OWN, "general", "普通件", "Ordinary"),
        (OWN, "urgent", "紧急", "Urgent"),
        (TableInput("urgency", "code"), "unheard", "unheard", "unheard"),
        (TableInput("area", "code"), "110108", "area 110108", "area 110108"),
        (TableInput("category", "prefix"), "a.b", "hotline › a.b", "hotline › a.b"),
        (TableInput("category", "prefix"), "*", "任意", "Any"),
        (TableInput("x", "flag"), True, "是", "Yes"),
        (TableInput("x", "code"), "2h", "2h", "2h"),
        (TEXT, "1 day", "1 天", "1 day"),
        (TEXT, "2h", "2 小时", "2 hours"),
        (TEXT, "30min", "30 分钟", "30 minutes"),
        (TEXT, "7 working days", "7 个工作日", "7 working days"),
        (TEXT, "end of month", "至当月最后一天", "to the end of the month"),
        (TEXT, "soon", "soon", "soon"),
    ],
)
def test_a_cell_is_read_as_people_say_it(field: TableInput | Output, value: object, zh: str, en: str) -> None:
    for language, words in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert cell_text(HERE, "hotline", field, value) == words
