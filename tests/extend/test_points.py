"""What an extension may not do is refused with its file and what to do about it; every point is explained."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

import bihuan
from bihuan import extend
from bihuan.extend import APPS, COMMANDS, LOOPS, MIDDLEWARE, POINTS, ExtensionError, Middleware, finding, points
from bihuan.server.assembling import placed
from tests.extend.conftest import Install

SOURCE = Path(bihuan.__path__[0])
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "extend.md"
LOOP = "from bihuan.extend import {kind}\n\n\ndef {point}():\n    return ({value},)\n"


@pytest.mark.parametrize(
    ("text", "point", "said"),
    [
        (LOOP.format(kind="Loop", point="loops", value='Loop("ticks", print, 1.0, "一", "one")'), LOOPS, "ticks"),
        (LOOP.format(kind="Loop", point="loops", value='"ticks"'), LOOPS, "gives str, not Loop"),
        (LOOP.format(kind="Loop", point="loop", value="None"), LOOPS, "'loop' is no extension point"),
        (LOOP.format(kind="App", point="apps", value='App("bihuan.faces.parts")'), APPS, "lies outside of odd"),
        (
            LOOP.format(kind="Middleware", point="middleware", value='Middleware("os.path")'),
            MIDDLEWARE,
            "outside of odd",
        ),
        ("import of_nobody\n", LOOPS, "cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_mistake_is_refused_with_file_and_remedy(
    installed: Install, text: str, point: points.Point[object], said: str
) -> None:
    folder = installed("odd", text)
    with pytest.raises(ExtensionError) as refused:
        point.all()
    assert said in refused.value.message
    assert str(folder / "odd.py") in refused.value.message, "which file"
    assert re.search(r"[\u4e00-\u9fff].* · ", refused.value.message), "in both languages"
    assert " · " in refused.value.remedy or "扩展点" in refused.value.remedy


def test_a_name_given_twice_tells_both_files(installed: Install) -> None:
    folder = installed("odd", LOOP.format(kind="CliCommand", point="commands", value='CliCommand("serve", "x", print)'))
    with pytest.raises(ExtensionError) as refused:
        COMMANDS.all()
    assert str(folder / "odd.py") in refused.value.message
    assert str(SOURCE / "cli" / "extension.py") in refused.value.message


def test_what_has_an_order_comes_in_it_and_apps_stand_on_their_floors() -> None:
    names = [app.name for app in APPS.all()]
    assert names.index("bihuan.registers") < names.index("bihuan.loop") < names.index("bihuan.faces")
    assert [kind.name for kind in extend.EVIDENCE.all()][:2] == ["photo", "document"]


def test_middleware_stands_directly_behind_what_it_names() -> None:
    assert placed(["a", "b"], [Middleware("x.one", "a"), Middleware("x.two", "x.one"), Middleware("x.first")]) == [
        "x.first", "a", "x.one", "x.two", "b",
    ]  # fmt: skip
    with pytest.raises(ExtensionError, match="no middleware c"):
        placed(["a"], [Middleware("x.one", "c")])


def test_every_point_is_used_by_us_and_asked_by_somebody() -> None:
    code = {file: file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py")}
    outside = "\n".join(text for file, text in code.items() if "extend" not in file.relative_to(SOURCE).parts)
    unasked = [name for name, point in vars(extend).items() if point in POINTS and f"{name}.all()" not in outside]
    assert unasked == [], "a point that nobody asks adds nothing"
    unused = [point.name for point in POINTS if point.all() == ()]
    assert unused == [], "what we do not use ourselves is not tried"


def test_every_kind_says_what_its_fields_are() -> None:
    for point in POINTS:
        described = inspect.getdoc(point.kind) or ""
        for field in dataclasses.fields(point.kind):
            assert re.search(rf"\b{field.name}\b", described.partition("Args:")[2]), (
                f"{point.kind.__name__}.{field.name}"
            )


def test_the_page_of_points_is_that_of_the_code() -> None:
    from tests.docs.test_reference import generator

    assert PAGE.read_text(encoding="utf-8") == generator().pages()["extend.md"], "run `python docs/generate.py`"
    told = PAGE.read_text(encoding="utf-8")
    for point in POINTS:
        assert f"## `{point.name}`" in told


def test_code_never_comes_out_of_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "programmes" / "own").mkdir(parents=True)
    (tmp_path / "programmes" / "own" / "special.py").write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path))
    extend.forget()
    assert all(str(tmp_path) not in each.file for each in finding.extensions())


def test_no_room_names_one_above_it_by_a_dotted_string() -> None:
    """Of the strings that name a module of ours, each names the room it stands in or one its room may import.

    Names of logs and of settings of the database have the same form; no room is called as they are.
    """
    floors = _floors()
    found = []
    for file in SOURCE.rglob("*.py"):
        room = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        for named in re.findall(r"""["']bihuan\.([a-z_]+)(?:[.:][\w.:]+)?["']""", file.read_text(encoding="utf-8")):
            if named in floors and room in floors and floors[named] > floors[room]:
                found.append(f"{file.relative_to(SOURCE)}: {named}")
    assert found == []


def _floors() -> dict[str, int]:
    """Room → how high it stands, from the contract that import-linter checks."""
    import tomllib

    read = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(c["layers"] for c in read["tool"]["importlinter"]["contracts"] if c["containers"] == ["bihuan"])
    rows = [re.findall(r"\w+", row) for row in reversed(layers)]
    return {room: height for height, row in enumerate(rows) for room in row}


def test_the_command_of_the_tutorial_is_the_one_that_is_tried() -> None:
    page = (PAGE.parents[1] / "tutorial" / "extend.md").read_text(encoding="utf-8")
    told = page.split("<!-- file: toy_command.py -->\n```python\n")[1].split("```")[0]
    assert told == (Path(__file__).parent / "toys" / "toy_command.py").read_text(encoding="utf-8")
