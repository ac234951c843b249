"""What a photo looks like, as 64 bits that survive scaling and recompression. Pure.

The difference hash (dHash, Neal Krawetz, 2013): the picture in grey, 9 × 8 samples, one bit for each pair of neighbours
in a row that says which is brighter. Two files of one photo differ in a few bits, others in about half of them.
It does not see crops, mirrors or photos of the same place taken from the same spot on another day as what they are.
"""

import io
import itertools

from PIL import Image, ImageOps, UnidentifiedImageError

from bihuan.loop.kernel.looks import NEAR_BITS as NEAR_BITS
from bihuan.loop.kernel.looks import differing_bits as differing_bits

WIDTH, HEIGHT = 9, 8
FLAT = 8  # grey levels between the darkest and the brightest sample below which a picture shows nothing to compare


def picture_hash(content: bytes) -> str | None:
    """The hash of an image as 16 hexadecimal digits; None for what cannot be read or shows nothing (black, white).

    Source: docs/topics/kernel.md, "Evidence that closes one case only" (a 64-bit difference hash)
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("L", (WIDTH * 16, HEIGHT * 16))  # JPEG: decode no more than is needed
            grey = ImageOps.exif_transpose(image).convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    samples = grey.tobytes()
    if max(samples) - min(samples) < FLAT:
        return None
    rows = (samples[start : start + WIDTH] for start in range(0, WIDTH * HEIGHT, WIDTH))
    bits = "".join("1" if left > right else "0" for row in rows for left, right in itertools.pairwise(row))
    return f"{int(bits, 2):016x}"


def look_keys(column: str) -> str:
    """SQL of the six pieces of a look; looks that differ in at most `NEAR_BITS` (5) bits share one of them at least.

    An index over the pieces finds every near picture without reading all of them (pigeonhole: five differing bits
    cannot touch all six pieces).

    Source: docs/topics/kernel.md, "Evidence that closes one case only" (a 64-bit difference hash)
    """
    pieces = ((1, 3), (4, 3), (7, 3), (10, 3), (13, 2), (15, 2))
    return f"ARRAY[{', '.join(f"'{n}' || substr({column}, {at}, {size})" for n, (at, size) in enumerate(pieces))}]"
