"""The learnt model: opened safely, asked for suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.triage import matters
from bihuan.insight.triage.explanation import pull_of, speaking_words
from bihuan.insight.triage.features import BATCH, Space, Texts, lay_out
from bihuan.insight.triage.fitting import AS_IT_IS, Tone
from bihuan.insight.triage.store import BrokenStore, content_id, pack, read_store, unpack
from bihuan.insight.triage.suggestion import TriageAnswer
from bihuan.insight.triage.tree import Tree
from bihuan.insight.triage.urgency import urgency_of

FORMAT = 2
SHOWN = 3


@dataclass
class Model:
    """Linear scores per column of the tree, calibrated.

    Args:
        space: The features.
        tree: Labels and their levels.
        weights: float32, (features, columns of the tree).
        bias: (columns,).
        scale: (columns,): what a score is multiplied by before the soft maximum.
        noise: (columns,): the share of answers that follow no rule, equal within a node.
        threshold: Confidence from which on a category counts as decided.
        accuracy: The accuracy that the threshold held on unseen texts.
        tone: Sets the confidence of the best guess right.
    """

    space: Space
    tree: Tree
    weights: NDArray[np.float32]
    bias: NDArray[np.float64]
    scale: NDArray[np.float64]
    noise: NDArray[np.float64]
    threshold: float
    accuracy: float
    tone: Tone = AS_IT_IS
    id: str = ""

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Calibrated probabilities, (texts, labels), each row summing to 1.

        Source: Guo, Pleiss, Sun & Weinberger (2017), ICML; docs/topics/triage.md, "What a confidence means".
        """
        parts = [self._of_batch(lay_out(texts[at : at + BATCH]))[0] for at in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.tree.labels)))

    def _of_batch(self, batch: Texts) -> tuple[NDArray[np.float64], Any]:
        matrix = self.space.matrix(batch)
        logits = np.asarray(matrix @ self.weights, dtype=np.float64) * self.scale + self.bias
        return self.tone.set(np.exp(self.tree.label_scores(logits, self.noise))), matrix

    def predict(self, texts: Sequence[str], *, explain: bool = True) -> list[TriageAnswer]:
        """One suggestion per text, in order, also for empty ones.

        Args:
            texts: Title and body of one report each.
            explain: Also name the words that speak for the category (about half as fast).

        Source: docs/topics/triage.md, "A worked example".
        """
        answers: list[TriageAnswer] = []
        for at in range(0, len(texts), BATCH):
            some = texts[at : at + BATCH]
            batch = lay_out(some)
            chances, matrix = self._of_batch(batch)
            best = chances.argmax(axis=1)
            words = self._explained(batch, matrix, best) if explain else [()] * len(some)
            answers += [self._answer(t, c, w) for t, c, w in zip(batch.plain, chances, words, strict=True)]
        return answers

    def _explained(self, batch: Texts, matrix: Any, best: NDArray[np.int64]) -> list[tuple[str, ...]]:
        return speaking_words(self.space, pull_of(self.weights, self.scale, self.tree), batch, matrix, best)

    def _answer(self, plain: str, chances: NDArray[np.float64], words: tuple[str, ...]) -> TriageAnswer:
        order = np.argsort(-chances, kind="stable")[:SHOWN]
        top = tuple((self.tree.labels[i], float(chances[i])) for i in order)
        level, reasons = urgency_of(plain)
        decided = bool(plain) and top[0][1] >= self.threshold
        return TriageAnswer(top[0][0], top[0][1], decided, top, words, level, reasons)

    def to_bytes(self) -> bytes:
        """The store of this model; equal models give equal bytes.

        Source: docs/adr/0101 (arrays and JSON, never a pickle).
        """
        arrays: dict[str, NDArray[Any]] = {
            "chars": self.space.chars,
            "pairs": self.space.pairs,
            "idf": self.space.idf,
            "weights": self.weights,
            "bias": self.bias,
            "scale": self.scale,
            "noise": self.noise,
        }
        about = {
            "format": FORMAT,
            "words": self.space.words,
            "blocks": list(self.space.weights),
            "matters": list(matters.read_matters().names),
            "labels": list(self.tree.labels),
            "mark": self.tree.mark,
            "threshold": self.threshold,
            "accuracy": self.accuracy,
            "tone": list(self.tone),
        }
        return pack(arrays, about)

    @classmethod
    def from_bytes(cls, data: bytes, where: str = "model") -> Model:
        """The model in a store.

        Raises:
            BrokenStore: damaged, or of a format this version does not know.

        Source: docs/adr/0101 (arrays and JSON, never a pickle).
        """
        arrays, about = unpack(data, where)
        if about.get("format") != FORMAT:
            raise BrokenStore(f"{where}: format {about.get('format')!r}, this version reads {FORMAT}; train it again")
        first, second, third, fourth = about["blocks"]
        if about["matters"] != list(matters.read_matters().names):
            raise BrokenStore(f"{where}: made with another table of matters; train it again")
        space = Space(arrays["chars"], about["words"], arrays["pairs"], arrays["idf"], (first, second, third, fourth))
        return cls(
            space=space,
            tree=Tree(tuple(about["labels"]), about["mark"]),
            weights=arrays["weights"],
            bias=arrays["bias"],
            scale=arrays["scale"],
            noise=arrays["noise"],
            threshold=about["threshold"],
            accuracy=about["accuracy"],
            tone=Tone(*about["tone"]),
            id=content_id(data),
        )

    @classmethod
    def load(cls, path: Path | str, expected: str | None = None) -> Model:
        """Open a model.

        Args:
            path: The file, or its folder in the registry.
            expected: The id it must have; a registry folder's name is one.

        Raises:
            BrokenStore: damaged, unknown format, or content that is not `expected`.
            OSError: cannot be read.
        """
        data = read_store(Path(path))
        if expected is not None and content_id(data) != expected:
            raise BrokenStore(f"{path}: altered, its content is not {expected}; train again or roll back")
        return cls.from_bytes(data, str(path))
