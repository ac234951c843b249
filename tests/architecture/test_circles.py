"""No module needs itself, by whatever way round: imports inside functions and for types count too.

The contract `acyclic_siblings` of import-linter sees circles between the children of a package; a child that imports
the package it lies in, which imports the child, is seen only here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from graphlib import CycleError, TopologicalSorter

import grimp


def circle_of(modules: Iterable[str], needs: Callable[[str], Iterable[str]]) -> list[str]:
    """One circle, first and last module the same; empty when there is none."""
    try:
        TopologicalSorter({module: set(needs(module)) for module in modules}).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_a_circle_is_found() -> None:
    needs = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}
    assert set(circle_of(needs, needs.__getitem__)) == {"a", "b", "c"}


def test_no_module_needs_itself() -> None:
    graph = grimp.build_graph("bihuan", exclude_type_checking_imports=False)
    circle = circle_of(graph.modules, graph.find_modules_directly_imported_by)
    assert circle == [], f"move what is shared below both: {' ← '.join(circle)}"
