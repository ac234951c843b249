"""The words of the model district, read from `data/model.yaml` and checked once."""

from __future__ import annotations

from functools import lru_cache

from bihuan.declare.model import Strict, validated
from bihuan.declare.source import Document
from bihuan.simulator.parameters import DATA


class ModelTrade(Strict):
    """What firms of an industry are called, and what sites they keep."""

    industry: str
    name: str
    sites: list[str]
    kind: str
    weight: float


class ModelNames(Strict):
    """Words of which invented names are made."""

    stems: list[str]
    seconds: list[str]
    forms: dict[str, str]
    trades: list[ModelTrade]
    sites: dict[str, str]
    rivers: list[str]
    venues: dict[str, str]
    terminals: dict[str, str]


@lru_cache(maxsize=1)
def model_names() -> ModelNames:
    """Return the words that ship with the house.

    Raises:
        DeclarationError: the file is not of its form.

    Source: docs/topics/play.md, "The model district".
    """
    return validated(Document(DATA / "model.yaml"), ModelNames)
