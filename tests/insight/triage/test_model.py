"""What the model answers, and that it is stored safely."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bihuan.insight.triage import Model, cold_start, train_triage
from bihuan.insight.triage.features import fit_space, lay_out, stack_features
from bihuan.insight.triage.store import BrokenStore, content_id, unpack
from bihuan.insight.triage.tree import Tree


def test_new_words_in_known_matter(model: Model) -> None:
    noisy, dirty, empty = model.predict(["隔壁装修噪音很大", "楼道垃圾没人清理", ""])
    assert noisy.category == "environment.noise"
    assert dirty.category == "environment.waste"
    assert any("噪音" in word for word in noisy.words)
    assert not empty.decided
    assert empty.words == ()


def test_probabilities_are_a_distribution(model: Model) -> None:
    chances = model.probabilities(["噪音", "", "school", "学校补课"])
    assert np.allclose(chances.sum(axis=1), 1)
    top = model.predict(["学校补课"])[0].top3
    assert [p for _, p in top] == sorted((p for _, p in top), reverse=True)
    assert len(top) == 3


def test_words_stand_in_the_text(model: Model, labelled: tuple[list[str], list[str]]) -> None:
    for text, answer in zip(labelled[0][:20], model.predict(labelled[0][:20]), strict=True):
        assert answer.words
        assert all(word in text for word in answer.words)


def test_order_and_batch_do_not_matter(model: Model) -> None:
    texts = ["夜间施工噪音", "垃圾桶满了", "小学招生"]
    together = model.probabilities(texts)
    alone = np.vstack([model.probabilities([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-6)


def test_stored_and_opened_again(model: Model, tmp_path: Path) -> None:
    data = model.to_bytes()
    (tmp_path / "model.bin").write_bytes(data)
    opened = Model.load(tmp_path, content_id(data))
    assert opened.to_bytes() == data
    assert opened.predict(["垃圾清运"]) == model.predict(["垃圾清运"])


def test_same_data_same_bytes(labelled: tuple[list[str], list[str]]) -> None:
    assert train_triage(*labelled).to_bytes() == train_triage(*labelled).to_bytes()


def test_an_altered_file_is_refused(model: Model, tmp_path: Path) -> None:
    data = model.to_bytes()
    path = tmp_path / "model.bin"
    path.write_bytes(data[:-40])
    with pytest.raises(BrokenStore, match="train"):
        Model.load(path)
    with pytest.raises(BrokenStore, match="altered"):
        Model.load(path, content_id(data))


def test_pickles_are_never_opened() -> None:
    pickled = io.BytesIO()
    np.lib.format.write_array(pickled, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("about.json", "{}")
        archive.writestr("bad.npy", pickled.getvalue())
    with pytest.raises(BrokenStore):
        unpack(whole.getvalue())


def test_tree_levels_multiply() -> None:
    tree = Tree.of(["a.x", "a.y", "b"])
    assert tree.mark == "."
    logits = np.log(np.array([[0.6, 0.4, 0.5, 0.5]]))
    assert [child for _, child in tree.columns] == ["a", "b", "a.x", "a.y"]
    assert np.allclose(np.exp(tree.label_scores(logits, np.zeros(4))), [[0.3, 0.3, 0.4]])


def test_a_parent_may_be_a_label_itself() -> None:
    tree = Tree.of(["a", "a/x", "b/y"])
    scores = np.exp(tree.label_scores(np.zeros((1, len(tree.columns))), np.zeros(len(tree.columns))))
    assert np.allclose(scores.sum(), 1)
    assert set(tree.labels) == {"a", "a/x", "b/y"}


def test_noise_bounds_the_confidence() -> None:
    tree = Tree.of(["a", "b"])
    assert np.exp(tree.label_scores(np.array([[50.0, -50.0]]), np.full(2, 0.1))).max() == pytest.approx(0.95)


def test_english_has_its_own_path() -> None:
    texts = ["street light is broken", "light out on the street", "trash not collected", "missed trash pickup"] * 4
    model = train_triage(texts, ["light", "light", "trash", "trash"] * 4)
    assert len(model.space.pairs)
    assert not len(model.space.chars)
    answer = model.predict(["the trash pickup was missed"])[0]
    assert answer.category == "trash"
    assert "trash" in answer.words


def test_positions_of_words() -> None:
    batch = lay_out(["停水了 快修", "", "垃圾"])
    text = "".join(map(chr, batch.flat))
    assert all(text[s : s + len(t)] == t for t, s in zip(batch.tokens, batch.token_start, strict=True))
    assert batch.row[batch.token_start].tolist() == batch.token_row.tolist()


def test_unknown_text_has_an_empty_row() -> None:
    space = fit_space(["垃圾清运"] * 3)
    assert stack_features(space, ["zzz", ""]).nnz == 0


def test_too_few_texts_decide_nothing() -> None:
    model = train_triage(["噪音", "垃圾", "噪音大", "垃圾多"], ["a", "b", "a", "b"])
    assert not any(answer.decided for answer in model.predict(["噪音", "垃圾"]))
    with pytest.raises(ValueError, match="two or more"):
        train_triage(["一", "二"], ["a", "a"])


def test_cold_start_from_the_first_minute() -> None:
    cold = cold_start({"water": ["停水", "没水"], "waste": ["垃圾"]})
    water, nothing = cold.predict(["家里停水两天", ""])
    assert (water.category, water.urgency, water.words) == ("water", 1, ("停水",))
    assert not water.decided
    assert nothing.confidence == pytest.approx(0.5)
    with pytest.raises(ValueError, match="keywords"):
        cold_start({"a": []})
