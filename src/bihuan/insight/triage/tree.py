"""The category tree that a model's labels imply, of any depth.

Labels are paths (`A/B/C`), dotted codes (`a.b.c`) or plain names (depth one). A decision is made at every node with two
or more children; a leaf's probability is the product along its path.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_DOTTED = re.compile(r"[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)+")
ROOT = ""


def separator(labels: Sequence[str]) -> str:
    """What parts the levels of these labels: `/`, `.` or nothing. A dot counts only where every part is a code.

    Source: docs/topics/triage.md, "The life of a model" (names, dotted codes, paths).
    """
    if any("/" in label for label in labels):
        return "/"
    dotted = sum(bool(_DOTTED.fullmatch(label)) for label in labels)
    return "." if dotted * 2 > len(labels) else ""


def ancestors(label: str, mark: str) -> list[str]:
    """`a.b.c` → `["a", "a.b", "a.b.c"]`."""
    if not mark:
        return [label]
    parts = label.split(mark)
    return [mark.join(parts[: depth + 1]) for depth in range(len(parts))]


@dataclass(frozen=True)
class Tree:
    """Sorted labels and what parts their levels.

    A label that is also the parent of others keeps itself as a child of its own (`a` beside `a.b`): reports are
    filed under inner nodes too.
    """

    labels: tuple[str, ...]
    mark: str

    @classmethod
    def of(cls, labels: Sequence[str]) -> Tree:
        """The tree of all labels that occur."""
        found = tuple(sorted(set(labels)))
        return cls(found, separator(found))

    def path(self, label: str) -> list[str]:
        """From the first level down to the label itself."""
        chain = ancestors(label, self.mark)
        inner = self.mark and any(other.startswith(label + self.mark) for other in self.labels)
        return [*chain, label + "*"] if inner else chain

    @cached_property
    def paths(self) -> dict[str, list[str]]:
        """Label → its path, for all labels."""
        return {label: self.path(label) for label in self.labels}

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """Node → its children, sorted, parents before their children; only nodes with two or more."""
        found: dict[str, set[str]] = {}
        for path in self.paths.values():
            for parent, child in zip([ROOT, *path], path, strict=False):
                found.setdefault(parent, set()).add(child)
        order = sorted(found, key=lambda node: (node.count(self.mark) if node and self.mark else -1, node))
        return {node: sorted(found[node]) for node in order if len(found[node]) > 1}

    @cached_property
    def columns(self) -> list[tuple[str, str]]:
        """(node, child) per column of the weight matrix."""
        return [(node, child) for node, children in self.children.items() for child in children]

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Node → its columns."""
        found, begin = {}, 0
        for node, children in self.children.items():
            found[node] = slice(begin, begin + len(children))
            begin += len(children)
        return found

    @cached_property
    def routes(self) -> NDArray[np.float64]:
        """Which columns lead to which label: shape (columns, labels), 1 where a column lies on the label's path."""
        routes = np.zeros((len(self.columns), len(self.labels)))
        for number, (node, child) in enumerate(self.columns):
            for place, label in enumerate(self.labels):
                path = [ROOT, *self.paths[label]]
                routes[number, place] = any(pair == (node, child) for pair in pairwise(path))
        return routes

    def label_scores(self, logits: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-probabilities of all labels: (texts, columns) → (texts, labels).

        Args:
            logits: Of all columns.
            noise: Per column, the share of its node's answers that follow no rule.

        Source: docs/topics/triage.md, "The life of a model" (level by level, the probabilities multiplied).
        """
        logs = np.zeros_like(logits)
        for part in self.slices.values():
            block = logits[:, part]
            block = block - block.max(axis=1, keepdims=True)
            chances = np.exp(block) / np.exp(block).sum(axis=1, keepdims=True)
            share = noise[part]
            logs[:, part] = np.log((1 - share) * chances + np.maximum(share, 1e-12) / len(share))
        return np.asarray(logs @ self.routes)
