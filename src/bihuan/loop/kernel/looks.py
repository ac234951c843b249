"""When two pieces of evidence are one: the same bytes, or pictures that look the same (64 bits, see `loop.pictures`)."""

from bihuan.loop.kernel.model import Data

NEAR_BITS = 5  # at most so many differing bits are one photo; chance of that for random bits: about 5e-13


def differing_bits(one: str, other: str) -> int:
    """In how many of the 64 bits two looks (16 hexadecimal digits each) differ.

    Source: docs/topics/kernel.md, "Evidence that closes one case only" (at most 5 of 64 bits differ)
    """
    return (int(one, 16) ^ int(other, 16)).bit_count()


def same(one: Data, other: Data) -> bool:
    """Return whether two evidence items (`sha256`, perhaps `picture`) show nothing that the other does not.

    Source: docs/topics/kernel.md, "Evidence that closes one case only" (at most 5 of 64 bits differ)
    """
    if one.get("sha256") == other.get("sha256"):
        return True
    looks = one.get("picture"), other.get("picture")
    return all(looks) and differing_bits(str(looks[0]), str(looks[1])) <= NEAR_BITS
