"""Model cards of the sample, and who may release them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.programmes.city_brain.sample import Brain
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
_CARDS = (
    ("rule-waterlog-1", "积水阈值规则", "rule", "sensed.waterlog", "0.50"),
    ("rule-manhole-1", "井盖阈值规则", "rule", "sensed.manhole", "0.50"),
    ("rule-bin-1", "满溢阈值规则", "rule", "sensed.bin", "0.50"),
    ("stall-1", "占道经营识别", "vision", "sensed.stall", "0.70"),
    ("litter-2", "暴露垃圾识别", "vision", "sensed.litter", "0.80"),
    ("litter-3", "暴露垃圾识别", "vision", "sensed.litter", "0.75"),
    ("litter-4", "暴露垃圾识别", "vision", "sensed.litter", "0.90"),
)


def model_cards(play: Play) -> list[Row]:
    """Cards of every version: all in use but the newest two, which wait for their release."""
    rows = []
    for number, name, kind, category, declared in _CARDS:
        family, _, version = number.rpartition("-")
        rows.append({
            "number": number, "name": name, "family": family, "version": version, "kind": kind, "category": category,
            "owner": "urban-management" if kind == "rule" else "science", "purpose": f"发现{name[:4]}",
            "trained_on": "区内标注样本" if kind == "vision" else "无", "limits": "夜间和雨天未评测",
            "declared": declared, "declared_percent": int(float(declared) * 100), "least_judged": 8,
            "least_score": "0.5", "released": None if number in ("litter-3", "litter-4") else play.on(-100).isoformat(),
        })  # fmt: skip
    return rows


def decide_releases(brain: Brain) -> None:
    """An honest release passes; one that its owner's own officer decides, and one that misses its card, do not."""
    play = brain.play
    owner = play.unit("science")
    asking = play.person("handler", owner)
    officer, own = play.person("model_officer", play.unit("government-office")), play.person("model_officer", owner)
    for number, low in (("litter-3", 78), ("litter-4", 81)):
        at = play.day(3 if number == "litter-3" else 2, 9)
        fields = {"tested": "400", "right": "330", "low_percent": str(low), "test_set": "2022年夏季抽样"}
        matter = play.report("model_release", at, asking, key=f"release-{number}", title="模型启用申请", fields=fields,
                             subject=number, urgency="general", dispatch=False)  # fmt: skip
        until = play.day(365).isoformat()
        if number == "litter-3":
            play.plant("own_model", number, "its owner's own officer releases it")
            play.attempt("own_model", number, matter, "approve", at + timedelta(hours=1), own, until=until)
            play.look_alike("below_card_released", number, "measured above its card")
            play.act(matter, "approve", at + timedelta(hours=2), officer, until=until)
        else:
            play.plant("below_card_released", number, "measured 81 %, its card says 90")
            play.attempt(
                "below_card_released", number, matter, "approve", at + timedelta(hours=1), officer, until=until
            )
            play.act(matter, "reject", at + timedelta(hours=2), officer, reason="评测低于声明")


def decide_suspension(brain: Brain, row: Any) -> None:
    """A person decides that the model is suspended. Source: packs E15."""
    play = brain.play
    officer = play.person("model_officer", play.unit("government-office"))
    until = (play.now + timedelta(days=90)).isoformat()
    play.act(play.matter(row), "approve", play.now + timedelta(hours=3), officer, until=until)
