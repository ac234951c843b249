"""What an operator can set or type is in the operations guide, and nothing in the guide is made up."""

from __future__ import annotations

import re
from pathlib import Path

from bihuan.extend import COMMANDS
from tests.tree import files, text_of_all

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "topics" / "operations.md").read_text(encoding="utf-8")
VARIABLE = re.compile(r"(?:BIHUAN|DATABASE)_[A-Z_]*[A-Z]")
READ = re.compile(r"""(?:environ(?:\.get)?[\[(]|flag\(|words\(|_choice\(|_url\()\s*"((?:BIHUAN|DATABASE)_[A-Z_]+)\"""")
INTERNAL = {"BIHUAN_DB_ROLE", "BIHUAN_COLLECTING"}  # set by our own commands only


def test_every_variable_the_server_reads_is_documented() -> None:
    server = "\n".join(file.text for file in files() if file.parts[0] == "server")
    read = set(READ.findall(server)) - INTERNAL
    assert len(read) > 20
    assert sorted(read - set(VARIABLE.findall(GUIDE))) == []


def test_every_documented_variable_exists() -> None:
    assert sorted(name for name in set(VARIABLE.findall(GUIDE)) if name not in text_of_all()) == []


def test_every_documented_command_exists() -> None:
    named = set(re.findall(r"`?bihuan ([a-z-]+)", GUIDE)) - {"is"}
    assert named
    assert sorted(named - {command.name for command in COMMANDS.all()}) == []
