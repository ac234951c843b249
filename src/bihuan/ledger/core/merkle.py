"""Merkle tree hashes and the verification of proofs (RFC 9162 sections 2.1.1 to 2.1.4; same trees as RFC 6962).

Everything here works on 32-byte leaf hashes, never on leaf data. The tree that grows and makes proofs is in ``tiles``;
this module is what a verifier needs and nothing else.
"""

from collections.abc import Sequence
from hashlib import sha256
from struct import iter_unpack

from bihuan.ledger.core.errors import TreeError

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 9162 section 2.1.1)."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: ``SHA-256(0x01 || left || right)``. Source: RFC 9162 §2.1.1."""
    return sha256(b"\x01" + left + right).digest()


def parent_hashes(hashes: bytes) -> bytes:
    """Return the hashes one level up.

    Args:
        hashes: an even number of 32-byte hashes, one after the other.

    Source: RFC 9162 §2.1.1; full tiles halve as C2SP tlog-tiles lays them out.
    """
    return b"".join([sha256(b"\x01" + pair).digest() for (pair,) in iter_unpack("64s", hashes)])


def split_point(size: int) -> int:
    """Return the largest power of two smaller than ``size`` (``size`` > 1): where RFC 9162 splits a list."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the tree hash of a list of leaf hashes, MTH of RFC 9162 section 2.1.1."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [node_hash(left, right) for left, right in pairs] + odd
    return level[0]


def inclusion_holds(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether ``proof`` shows that ``leaf`` is at ``index`` in the tree of ``size`` leaves with this ``root``.

    Args:
        index: position of the leaf, from 0.
        size: number of leaves of the tree the root belongs to.
        leaf: 32-byte leaf hash.
        proof: sibling hashes from the leaf upwards.
        root: 32-byte tree hash.

    Returns:
        False for any proof that does not hold, including one of wrong length (RFC 9162 section 2.1.3.2).
    """
    if not 0 <= index < size:
        return False
    node, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(sibling, current)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and current == root


def consistency_holds(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether ``proof`` shows that the tree of ``new`` leaves only appended to the tree of ``old`` leaves.

    Args:
        old: number of leaves of the earlier tree; 0 is allowed and needs an empty proof.
        new: number of leaves of the later tree.
        old_root: 32-byte tree hash at ``old``.
        new_root: 32-byte tree hash at ``new``.
        proof: hashes as produced by ``TileTree.consistency``.

    Returns:
        False for any proof that does not hold (RFC 9162 section 2.1.4.2).

    Source: RFC 9162 §2.1.4.2; the empty tree as §2.1.1 defines it.
    """
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first_root = second_root = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first_root, second_root = (node_hash(sibling, first_root), node_hash(sibling, second_root))
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second_root = node_hash(second_root, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and first_root == old_root and second_root == new_root


def require_hash(name: str, value: bytes) -> bytes:
    """Return ``value`` if it is 32 bytes.

    Raises:
        TreeError: names the value and its length otherwise.
    """
    if len(value) != 32:
        raise TreeError(f"{name} is {len(value)} bytes; a SHA-256 hash has 32")
    return value
