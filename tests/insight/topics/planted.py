"""Synthetic messages with planted topics, for tests and the growth benchmark."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HANZI = np.array([chr(code) for code in range(0x4E00, 0x4E00 + 3000)])
MATTERS = (
    ("油烟扰民", "楼下餐馆油烟直排,窗户不敢开,多次投诉没有结果"),
    ("夜间施工噪音扰民", "工地凌晨还在施工,噪音太大,孩子无法休息"),
    ("停水没有通知", "小区经常停水,没有任何通知,生活受到影响"),
    ("路灯不亮", "道路路灯坏了很久,晚上出行不安全,希望维修"),
    ("拖欠农民工工资", "工程完工后一直拖欠工资,请部门帮忙讨要"),
    ("物业乱收费", "物业公司擅自提高收费标准,服务质量却下降"),
    ("幼儿园学位不足", "周边没有公办幼儿园,孩子上学困难,请增加学位"),
    ("公交车班次太少", "公交车发车间隔太长,上下班高峰挤不上车"),
    ("垃圾无人清运", "垃圾堆放多日无人清运,臭味严重,蚊虫很多"),
    ("违章建筑无人拆除", "业主私自搭建违章建筑,举报后没有拆除"),
)
OPENINGS = ("投诉", "反映", "请问", "再次反映", "举报", "希望解决", "")


def planted(
    size: int, seed: int = 0, lone: float = 0.4, mean: int = 12
) -> tuple[list[str], list[str], list[str], NDArray[np.datetime64], NDArray[np.int64]]:
    """(ids, titles, bodies, times, truth) of `size` messages; truth is −1 for a message of no topic.

    A topic is one invented name with one matter; names are unique, the ten matters recur over all of them.
    """
    chance = np.random.default_rng(seed)
    truth: list[int] = []
    titles: list[str] = []
    bodies: list[str] = []
    topic = 0
    while len(titles) < size:
        members = 1 if chance.random() < lone * mean / (lone * mean + 1 - lone) else 4 + int(chance.poisson(mean - 4))
        name = "".join(chance.choice(HANZI, 3)) + ("小区", "大厦", "花园", "路")[topic % 4]
        matter, story = MATTERS[int(chance.integers(len(MATTERS)))]
        for _ in range(min(members, size - len(titles))):
            titles.append(f"{OPENINGS[int(chance.integers(len(OPENINGS)))]}{name}{matter}")
            parts = story.split(",")
            told = ",".join(parts[k] for k in chance.permutation(len(parts)))
            bodies.append(f"{name}附近{told},门牌{int(chance.integers(1, 999))}号,盼复{int(chance.integers(1e6))}")
            truth.append(topic if members > 1 else -1)
        topic += 1
    order = chance.permutation(size)
    start = np.datetime64("2025-01-01T00:00:00")
    times = start + chance.integers(0, 180 * 86400, size).astype("timedelta64[s]")
    return (
        [f"m{k}" for k in range(size)],
        [titles[k] for k in order],
        [bodies[k] for k in order],
        times,
        np.array(truth)[order],
    )
