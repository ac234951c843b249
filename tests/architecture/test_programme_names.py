"""No engine room names a programme or a city: what they are is said in folders of declarations and data."""

from __future__ import annotations

from bihuan.loop.programmes import all_programmes
from bihuan.registers.pure.snapshot import Registers
from tests.tree import SOURCE, files

NO_ENGINES = ("cli", "programmes", "simulator", "migrations")
"""Rooms that choose among programmes for somebody (a demonstration, a model city), and what was written once."""
CITIES = ("haidian", "beijing", "海淀", "北京")
CITED = {
    "methods/air_warning.py": "the plan that decides the method, by its title",
    "methods/air_year.py": "the observations that the method was tried on",
    "methods/water_compensation.py": "the rules that decide the method, by their title",
}
"""Where a city stands in a source that is named, not in what is done."""
ANOTHER_MEANING = {
    ("faces/parts/names.py", "hotline"): "the tree that is asked first",
    ("faces/parts/options.py", "hotline"): "the tree that is shown unless another is named",
    ("faces/parts/reporting.py", "hotline"): "what the public form opens unless a setting names another",
    ("faces/work/desk.py", "hotline"): "the way on which a report came",
    ("faces/work/opening.py", "hotline"): "the way on which a report came",
    ("loop/kernel/coded.py", "hotline"): "the way on which a report came",
    ("methods/black_water.py", "black-water"): "the name of the method",
    ("methods/carbon.py", "carbon"): "the name of the method",
    ("methods/petition_clocks.py", "petitions"): "the name of its input",
    ("prevention/chapter.py", "prevention"): "the room's own",
    ("prevention/extension.py", "monthly-topic"): "the name of a command",
    ("prevention/extension.py", "prevention"): "the room's own",
    ("prevention/selecting.py", "monthly-topic"): "the room's own",
    ("prevention/topics_command.py", "monthly-topic"): "the room's own",
    ("prevention/topics_command.py", "prevention"): "the room's own",
    ("prevention/visits_command.py", "prevention"): "the room's own",
}
"""Words that are a programme's too, and why they stand there; an entry that is no longer found is red."""


def said() -> list[tuple[str, str]]:
    """(file, text) of every engine room, without docstrings."""
    return [(file.path, text) for file in files() if not set(NO_ENGINES) & set(file.parts) for text in file.texts]


def test_no_engine_room_names_a_programme() -> None:
    names = set(all_programmes())
    assert len(names) > 4
    found = {(where, text) for where, text in said() if text in names}
    assert sorted(found - ANOTHER_MEANING.keys()) == []
    standing = {each for each in ANOTHER_MEANING if (SOURCE / each[0]).exists()}  # a room can be taken away
    assert sorted(standing - found) == []


def test_no_engine_room_names_a_city() -> None:
    assert Registers.from_folder(CITIES[0]).district.name_zh.startswith(CITIES[2]), "the model district's words"
    found = [(where, text) for where, text in said() if any(city in text.lower() for city in CITIES)]
    assert [each for each in found if each[0] not in CITED] == []
    assert sorted(where for where in CITED if (SOURCE / where).exists()) == sorted({where for where, _ in found})
