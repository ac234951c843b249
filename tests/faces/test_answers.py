"""An answer of a method as a drawing and as a list: every dot where it belongs, nothing drawn that has no place."""

from __future__ import annotations

from bihuan.declare.model import Name
from bihuan.faces.panels.answers import MethodPlot, listed_rows, plotted
from bihuan.faces.panels.page import placed_dots

PLOT = MethodPlot(x="x", y="y", group="group", title="who")


def test_rows_with_a_place_are_drawn_in_the_colour_of_their_group() -> None:
    columns = {"who": ["a", "b", "c", "d"], "x": ["0.5", "-1", "", "nan"], "y": ["1", "0", "", "1"],
               "group": ["2", "1", "", "1"]}  # fmt: skip
    dots, groups = plotted(PLOT, columns, [0, 1, 2, 3])
    assert groups == ["1", "2"]
    assert [(dot.title, dot.lon, dot.lat, dot.group) for dot in dots] == [
        ("a · 2", 0.5, 1.0, 1),
        ("b · 1", -1.0, 0.0, 0),
    ]
    assert all(0 <= x <= 1000 and 0 <= y <= 520 for x, y, _, _ in placed_dots(dots))


def test_one_group_is_one_colour_and_nobody_is_no_drawing() -> None:
    dots, groups = plotted(PLOT, {"who": ["a"], "x": ["0"], "y": ["0"], "group": ["1"]}, [0])
    assert (len(dots), groups) == (1, ["1"])
    assert plotted(PLOT, {"who": [], "x": [], "y": [], "group": []}, []) == ([], [])


def test_a_list_that_an_answer_tells_is_a_table() -> None:
    words = {"statement": Name(zh="陈述", en="Statement")}
    shown = listed_rows(("statement", "share"), words, [{"statement": "s1", "share": 0.25}, {"statement": "s2"}], 1)
    assert [[cell.text for cell in row] for row in shown.rows] == [["s1", "0.25"]]
    assert list(shown.heads)[1] == "share"
    assert not shown.message
    assert listed_rows((), words, [], 5).message
