"""The reference says everything that can be declared and every reason for rejection, in the words of the table."""

from pathlib import Path
from typing import get_args

from bihuan.intake.mapping import Mapping, Target, presets
from bihuan.readers.faults import FAULTS

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "import-format.md").read_text(encoding="utf-8")


def test_every_key_target_and_preset_is_documented() -> None:
    for name in (*Mapping.model_fields, *get_args(Target), *presets()):
        assert f"`{name}`" in REFERENCE, name


def test_every_fault_is_documented_as_it_is_said() -> None:
    table = REFERENCE.partition("## Why a row or a file is rejected")[2]
    for code, words in FAULTS.items():
        row = next((line for line in table.splitlines() if line.startswith(f"| `{code}` |")), "")
        assert row == "| " + " | ".join([f"`{code}`", *(part.replace("|", "\\|") for part in words["en"])]) + " |"
