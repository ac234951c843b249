"""Every command and everything it takes is explained in Chinese and in English."""

from __future__ import annotations

import re

import pytest

from bihuan.extend import COMMANDS
from tests.cli.test_wrong_calls import ALL

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3,}")


@pytest.mark.parametrize("words", ALL)
def test_a_command_says_what_it_does_in_both_languages(words: str) -> None:
    text = ALL[words].help or ALL[words].short_help or ""
    assert CHINESE.search(text)
    assert ENGLISH.search(text)


@pytest.mark.parametrize("words", ALL)
def test_everything_a_command_takes_is_explained_in_both_languages(words: str) -> None:
    for parameter in ALL[words].params:
        if parameter.name != "help":
            text = getattr(parameter, "help", None) or ""
            assert CHINESE.search(text), parameter.name
            assert re.search(r"[A-Za-z]", text), parameter.name


@pytest.mark.parametrize("words", ALL)
def test_every_command_can_answer_a_program(words: str) -> None:
    assert any("--json" in parameter.opts for parameter in ALL[words].params)


def test_the_table_of_commands_says_each_in_both_languages() -> None:
    for command in COMMANDS.all():
        assert CHINESE.search(command.help), command.name
        assert ENGLISH.search(command.help), command.name
