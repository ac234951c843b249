"""The fence blocks what no installation may hold, and leaves alone what only sounds alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bihuan
from bihuan.declare.fence import REASONS, blocked_reason, fence_words, tokens_of
from bihuan.declare.source import read
from tests.methods.running import by, run

SOURCE = Path(bihuan.__file__).parent
POLICING = [
    ("suspect", ""), ("suspectList", ""), ("a", "嫌疑人姓名"), ("a", "Informants"), ("wanted_persons", ""), ("a", "Watch lists"),
    ("case_investigation_file", ""), ("a", "审讯记录"), ("detention_since", "羁押开始"), ("criminal_record", ""),
    ("face_template", ""), ("facial_vector", ""), ("a", "指纹模板"), ("phone_tap", ""), ("a", "技侦手段"),
]  # fmt: skip
MILITARY = [
    ("unit_designation", ""), ("a", "部队番号"), ("troop_strength", ""), ("a", "Roster of militia"), ("a", "预备役名册"),
    ("mobilisation_potential", ""), ("a", "驻军地点"), ("barracks", ""), ("weapons", ""), ("a", "武器编号"),
]  # fmt: skip
SECRET = [
    ("secrecy_grade", ""),
    ("a", "密级"),
    ("top_secret_file", ""),
    ("a", "涉密事项"),
    ("a", "Confidentiality level"),
]
ALLOWED = [
    ("suspected_duplicate", "疑似重复"), ("suspension_end", "暂停期满"), ("unit_code", "单位代码"), ("record_number", "档案编号"),
    ("officer_in_charge", "经办人"), ("training_force", "训练用力"), ("target_class", "目标等次"), ("secret_ballot", "无记名投票"),
    ("concrete_strength", "混凝土强度"), ("military_family", "军人家属"), ("veteran_card", "优待证"), ("service_station", "服务站"),
    ("education_site", "爱国主义教育阵地"), ("opinion", "舆论阵地"),
    ("defence_education_event", "国防教育活动"), ("accident_investigation", "事故调查"), ("brigade", "消防救援大队"),
    ("detention_basin", "滞洪区"), ("sewer_interception", "截流井"), ("file_fingerprint", "文件指纹"), ("fire_brigade", ""),
    ("investigation_result", "土壤调查结论"), ("mobilization", "社会动员"), ("reserve_fund", "储备金"), ("workforce", "用工人数"),
    ("arrestor", "避雷器"), ("begun", "已开始"), ("gunny_bags", "麻袋数"), ("armyworm", "黏虫"), ("dnase", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "fields"), [("policing", POLICING), ("military", MILITARY), ("secret", SECRET), ("", ALLOWED)]
)
def test_words_and_compounds(reason: str, fields: list[tuple[str, str]]) -> None:
    assert {(name, label): blocked_reason(name, label) for name, label in fields} == dict.fromkeys(fields, reason)


def test_words_are_compared_whole_in_one_spelling_and_number() -> None:
    assert tokens_of("suspectsList DefenceStudies buses_2 mobilisation") == [
        "suspect", "list", "defense", "study", "buse", "2", "mobilization",
    ]  # fmt: skip


def test_the_first_reason_is_told_and_a_file_is_judged_line_by_line() -> None:
    rows, outcome = run("fence", "name,label\nf1,涉密武器\nf2,路灯\nsuspect,\n", shuffle=2)
    assert by(rows, "name", "reason") == {"f1": "military", "f2": "", "suspect": "policing"}
    assert outcome.rejects == []
    assert REASONS == ("policing", "military", "secret")


def test_no_allowed_compound_is_blocked_by_another_word_of_itself() -> None:
    words = fence_words()
    assert [word for word in words.allowed_zh if blocked_reason("", word)] == []
    assert [phrase for phrase in words.allowed if blocked_reason(" ".join(sorted(each)[0] for each in phrase))] == []


def _labels(value: Any, name: str = "") -> Iterator[tuple[str, str, str]]:
    """Every label in a declaration, with the key it stands under."""
    if isinstance(value, dict):
        label = value.get("label") or value.get("name")
        if isinstance(label, dict) and {"zh", "en"} <= label.keys():
            yield name, str(label["zh"]), str(label["en"])
        for key, inner in value.items():
            yield from _labels(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _labels(inner, name)


def test_every_declaration_of_the_house_passes() -> None:
    files = [*SOURCE.glob("programmes/*/**/*.yaml"), *SOURCE.glob("subjects/shared/*.yaml")]
    labels = [(file.name, *each) for file in files if file.parent.name != "tables" for each in _labels(read(file))]
    assert len(labels) > 1_000
    assert [each for each in labels if blocked_reason(*each[1:])] == []
