"""Trees and proofs against the published vectors, the RFC's own recursive text, and an independent library."""

from hashlib import sha256

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.ledger.core.errors import TreeError
from bihuan.ledger.core.leaf import leaf_hash, leaf_hashes
from bihuan.ledger.core.merkle import EMPTY_ROOT, consistency_holds, inclusion_holds, root_of
from bihuan.ledger.core.tiles import MemoryTiles, TileTree, edge_keys, entries_path, inclusion_keys, tile_path
from tests.examples import examples

# The certificate-transparency test vectors (RFC 6962): leaf inputs and the root after each of them.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves_of(count: int, seed: str = "") -> list[bytes]:
    return [leaf_hash(sha256(f"{seed}{number}".encode()).digest()) for number in range(count)]


def tree_of(leaves: list[bytes]) -> TileTree:
    tree = TileTree(MemoryTiles())
    tree.append(b"".join(leaves))
    return tree


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH, word for word from RFC 9162 section 2.1.1, over leaf hashes."""
    n = len(leaves)
    if n == 0:
        return sha256(b"").digest()
    if n == 1:
        return leaves[0]
    k = 1
    while k * 2 < n:
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH, word for word from RFC 9162 section 2.1.3.1."""
    n = len(leaves)
    if n == 1:
        return []
    k = 1
    while k * 2 < n:
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF, word for word from RFC 9162 section 2.1.4.1."""
    n = len(leaves)
    if m == n:
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


@pytest.mark.parametrize("count", range(9))
def test_published_roots(count: int) -> None:
    leaves = [sha256(b"\x00" + bytes.fromhex(data)).digest() for data in INPUTS[:count]]
    assert root_of(leaves).hex() == ROOTS[count]
    assert tree_of(leaves).root().hex() == ROOTS[count]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 40])
def test_every_proof_of_small_trees_is_the_rfcs_and_holds(size: int) -> None:
    leaves = leaves_of(size)
    tree, root = tree_of(leaves), naive_root(leaves)
    for index in range(size):
        proof = tree.inclusion(index)
        assert proof == naive_path(index, leaves)
        assert inclusion_holds(index, size, leaves[index], proof, root)
    for old in range(1, size + 1):
        steps = tree.consistency(old)
        assert steps == naive_subproof(old, leaves, True)
        assert consistency_holds(old, size, naive_root(leaves[:old]), root, steps)


@pytest.mark.parametrize("size", [2, 3, 7, 8, 13])
def test_no_altered_proof_holds(size: int) -> None:
    leaves = leaves_of(size)
    tree, root = tree_of(leaves), naive_root(leaves)
    other = leaves_of(1, "other")[0]
    for index in range(size):
        proof = tree.inclusion(index)
        assert not inclusion_holds(index, size, other, proof, root)
        assert not inclusion_holds((index + 1) % size, size, leaves[index], proof, root)
        assert not inclusion_holds(index, size, leaves[index], proof[:-1], root)
        assert not inclusion_holds(index, size, leaves[index], [*proof, other], root)
        for place in range(len(proof)):
            assert not inclusion_holds(index, size, leaves[index], [*proof[:place], other, *proof[place + 1 :]], root)
    # A proof cut short does not hold against the subtree it reaches, although the hashes fit so far.
    assert not inclusion_holds(0, size, leaves[0], [], leaves[0])
    assert not consistency_holds(1, size, leaves[0], leaves[0], [])
    assert not inclusion_holds(size, size, leaves[0], [], root)
    assert not inclusion_holds(-1, size, leaves[0], [], root)


@pytest.mark.parametrize("size", [2, 3, 7, 8, 13])
def test_no_altered_consistency_proof_holds(size: int) -> None:
    leaves = leaves_of(size)
    tree, root, other = tree_of(leaves), naive_root(leaves), leaves_of(1, "other")[0]
    for old in range(1, size):
        steps, old_root = tree.consistency(old), naive_root(leaves[:old])
        assert not consistency_holds(old, size, other, root, steps)
        assert not consistency_holds(old, size, old_root, other, steps)
        assert not consistency_holds(old, size, old_root, root, steps[:-1])
        assert not consistency_holds(old, size, old_root, root, [*steps, other])
        for place in range(len(steps)):
            assert not consistency_holds(old, size, old_root, root, [*steps[:place], other, *steps[place + 1 :]])
    assert not consistency_holds(size, size, root, other, [])
    assert not consistency_holds(size, size, root, root, [other])
    assert not consistency_holds(size + 1, size, root, root, [])
    assert consistency_holds(0, size, EMPTY_ROOT, root, [])
    assert not consistency_holds(0, size, other, root, [])


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=6), st.data())
def test_appending_in_any_batches_grows_the_same_tree(batches: list[int], data: st.DataObject) -> None:
    leaves = leaves_of(sum(batches))
    store, size = MemoryTiles(), 0
    for batch in batches:
        tree = TileTree(store, size)  # a new object each time: nothing lives outside the tiles
        tree.append(b"".join(leaves[size : size + batch]))
        size += batch
    tree = TileTree(store, size)
    assert tree.root() == root_of(leaves) == naive_root(leaves)
    if not size:
        return
    at = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, at - 1))
    old = data.draw(st.integers(0, at))
    assert tree.root(at) == naive_root(leaves[:at])
    assert tree.leaf(index) == leaves[index]
    assert tree.inclusion(index, at) == naive_path(index, leaves[:at])
    assert consistency_holds(old, at, naive_root(leaves[:old]), naive_root(leaves[:at]), tree.consistency(old, at))


def test_a_tree_of_three_tile_levels() -> None:
    leaves = leaves_of(70_000)
    tree = tree_of(leaves)
    assert {level for level, _ in tree.store.tiles} == {0, 1, 2}
    assert tree.root() == root_of(leaves)
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        assert inclusion_holds(index, 70_000, leaves[index], tree.inclusion(index), tree.root())
    for old in (1, 256, 65_536, 65_537, 69_999):
        assert consistency_holds(old, 70_000, root_of(leaves[:old]), tree.root(), tree.consistency(old))


@settings(max_examples=examples(25), deadline=None)
@given(st.integers(1, 600), st.data())
def test_an_independent_library_agrees(size: int, data: st.DataObject) -> None:
    events = [sha256(str(number).encode()).digest() for number in range(size)]
    theirs = pymerkle.InmemoryTree(algorithm="sha256")
    theirs.append_entries(events)
    ours = TileTree(MemoryTiles())
    ours.append(leaf_hashes(b"".join(events)))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert ours.root() == theirs.get_root()
    proof = theirs.prove_inclusion(index + 1)
    assert [leaf_hash(events[index]), *ours.inclusion(index)] == proof.path
    proof.path = [leaf_hash(events[index]), *ours.inclusion(index)]
    pymerkle.verify_inclusion(leaf_hash(events[index]), ours.root(), proof, index=index + 1, size=size)
    steps = theirs.prove_consistency(old)
    pymerkle.verify_consistency(ours.root(old), ours.root(), steps, prior_size=old, later_size=size)


@given(st.integers(1, 300_000), st.data())
def test_an_inclusion_proof_reads_only_the_tiles_it_announces(size: int, data: st.DataObject) -> None:
    read: set[tuple[int, int]] = set()

    class Counting:
        def get_tile(self, level: int, index: int) -> bytes:
            read.add((level, index))
            return bytes(256 * 32)

        def put_tiles(self, tiles: object) -> None:
            raise AssertionError("a proof writes nothing")

    index = data.draw(st.integers(0, size - 1))
    TileTree(Counting(), size).inclusion(index)
    assert read <= set(inclusion_keys(index, size))


def test_appending_reads_only_the_right_edge() -> None:
    store = MemoryTiles()
    TileTree(store).append(b"".join(leaves_of(70_000)))
    edge = MemoryTiles()
    edge.tiles = {key: store.tiles[key] for key in edge_keys(70_000)}
    more = leaves_of(500, "more")
    tree = TileTree(edge, 70_000)
    tree.append(b"".join(more))
    assert tree.root() == root_of(leaves_of(70_000) + more)


def test_full_tiles_never_change() -> None:
    store = MemoryTiles()
    tree = TileTree(store)
    tree.append(b"".join(leaves_of(600)))
    before = {key: tile for key, tile in store.tiles.items() if len(tile) == 256 * 32}
    tree.append(b"".join(leaves_of(900, "later")))
    assert len(before) == 2
    assert all(store.tiles[key] == tile for key, tile in before.items())


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (1, 5, 17, "tile/1/005.p/17"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (2, 1000, 256, "tile/2/x001/000"),
    ],
)
def test_tile_paths_are_those_of_the_specification(level: int, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path
    assert entries_path(index, width) == path.replace(f"tile/{level}/", "tile/entries/")


def test_errors_say_what_and_what_to_do() -> None:
    tree = tree_of(leaves_of(5))
    with pytest.raises(TreeError, match=r"no leaf 5 in a tree of 5"):
        tree.inclusion(5)
    with pytest.raises(TreeError, match=r"has 5 leaves, not 6"):
        tree.root(6)
    with pytest.raises(TreeError, match=r"old ≤ new"):
        tree.consistency(4, 3)
    with pytest.raises(TreeError, match=r"not whole 32-byte"):
        tree.append(b"x" * 33)
    with pytest.raises(TreeError, match=r"tile 0/0 is missing; restore"):
        TileTree(MemoryTiles(), 5).root()
    short = MemoryTiles()
    short.tiles[0, 0] = bytes(3 * 32)
    with pytest.raises(TreeError, match=r"holds 3 hashes, but a log of 5 needs 5"):
        TileTree(short, 5).root()
