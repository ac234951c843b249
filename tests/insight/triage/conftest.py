"""A small labelled set with words of its own, and a model trained on it once."""

from __future__ import annotations

import itertools

import pytest

from bihuan.insight.triage import Model
from bihuan.insight.triage.training import TrainingResult, fit_triage

MATTERS = {
    "environment.noise": ["工地夜间施工噪音扰民", "广场舞音响太吵", "楼下酒吧噪声严重", "凌晨打桩吵得睡不着"],
    "environment.waste": ["垃圾堆积无人清运", "垃圾桶满溢发臭", "建筑垃圾乱倒", "垃圾站异味严重"],
    "school": ["幼儿园学位不够", "小学招生划片不合理", "教师有偿补课", "学校食堂卫生差"],
}
ENDS = ["希望尽快处理", "请有关部门回复", "多次反映没有结果", "影响居民生活", "盼解决", "谢谢领导"]
PLACES = ["东门", "南苑", "西里", "北桥", "中街"]


@pytest.fixture(scope="session")
def labelled() -> tuple[list[str], list[str]]:
    """Ninety reports of three categories on two levels."""
    rows = [
        (f"{place}{matter}，{end}。", label)
        for label, matters in MATTERS.items()
        for place, matter, end in itertools.islice(itertools.product(PLACES, matters, ENDS), 0, None, 4)
    ]
    return [text for text, _ in rows], [label for _, label in rows]


@pytest.fixture(scope="session")
def trained(labelled: tuple[list[str], list[str]]) -> TrainingResult:
    """Trained once."""
    return fit_triage(*labelled)


@pytest.fixture(scope="session")
def model(trained: TrainingResult) -> Model:
    """The model alone."""
    return trained.model
