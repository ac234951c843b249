"""Generated pages are current, variables explained, the words of the loop in the glossary, and no link is dead."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from bihuan.ledger.promises import BROKEN, KEPT, KEPT_LATE, PENDING
from bihuan.loop.kernel.coded import REPORT_CHANNELS
from bihuan.loop.kernel.facts import TRACES
from bihuan.loop.kernel.states import OPEN_STATES, OUTCOMES
from bihuan.registers.pure.roles import catalogue
from tests.tree import text_of_all

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
VARIABLE = re.compile(r"""["'](BIHUAN_[A-Z_]*[A-Z])["']""")
NOT_SETTINGS = re.compile(r"settings\.(BIHUAN_[A-Z_]+)")
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "src").rglob("*.md")]


def generator() -> ModuleType:
    """The script that writes the pages."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "states.md",
        "events.md",
        "events.schema.json",
        "settings.md",
        "cli.md",
        "extend.md",
        "fields.md",
        "logs.md",
        "../glossary.md",
        "roles.md",
    ],
)
def test_generated_pages_are_current(name: str) -> None:
    written = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert written == generator().pages()[name], f"run `python docs/generate.py`: {name} is out of date"


def test_every_variable_in_the_code_is_explained_and_none_is_made_up() -> None:
    explained = {v["name"] for v in generator().variables()}
    used = set(VARIABLE.findall(text_of_all()))
    assert len(used) > 40
    assert sorted(used - explained) == []
    assert sorted(name for name in explained if name not in text_of_all()) == []


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("States", {*OPEN_STATES, *OUTCOMES}),
        ("Roles", set(catalogue())),
        ("Channels", set(REPORT_CHANNELS)),
        ("What an answer rests on", set(TRACES)),
        ("Verdicts on a receipt", {KEPT, KEPT_LATE, PENDING, BROKEN}),
    ],
)
def test_every_word_of_the_loop_is_in_the_glossary_once(section: str, codes: set[str]) -> None:
    part = GLOSSARY.split(f"## {section} ")[1].split("\n## ")[0]
    listed = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `(\w+)` \|", part, re.M)
    assert sorted(codes - {code for _, _, code in listed}) == []
    assert sorted({code for _, _, code in listed} - codes) == []
    assert len(listed) == len({code for _, _, code in listed})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_link_between_pages_is_dead(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []
