"""The same photo, scaled or recompressed, is known again and closes no second case; another photo is not mistaken."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from bihuan.loop import media
from bihuan.loop.kernel.model import Case, Command
from bihuan.loop.models import MediaRow
from bihuan.loop.pictures import NEAR_BITS, differing_bits, picture_hash
from bihuan.loop.store import Order, append
from bihuan.loop.store.others import StoredCases
from tests.loop.district import OPERATOR, START, facts, handler
from tests.loop.test_store import then


def scene(seed: int, size: tuple[int, int] = (1200, 900)) -> Image.Image:
    """Something like a photo: bright above, dark below, and blobs of all sizes that differ from seed to seed."""
    random = np.random.default_rng(seed)
    field = np.zeros((size[1], size[0]))
    for cells, weight in ((4, 60), (8, 40), (16, 25), (64, 12)):
        grid = Image.fromarray((random.random((cells, cells)) * 255).astype(np.uint8))
        field += np.asarray(grid.resize(size, Image.Resampling.BICUBIC), dtype=float) / 255 * weight
    field += np.linspace(80, 0, size[1])[:, None]
    grey = np.clip(field, 0, 255).astype(np.uint8)
    return Image.merge("RGB", [Image.fromarray(grey)] * 3)


def jpeg(image: Image.Image, quality: int = 90, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, exif=exif or Image.Exif())
    return out.getvalue()


def variants(image: Image.Image) -> dict[str, bytes]:
    """What messengers and phones make of one photo."""
    turned = Image.Exif()
    turned[0x0112] = 6  # stored on its side, shown upright
    png = io.BytesIO()
    image.save(png, "PNG")
    return {
        "recompressed": jpeg(image, 35),
        "halved": jpeg(image.resize((600, 450)), 80),
        "thumbnail": jpeg(image.resize((160, 120)), 60),
        "png": png.getvalue(),
        "softened": jpeg(image.filter(ImageFilter.GaussianBlur(2)), 80),
        "brighter": jpeg(image.point(lambda v: min(255, int(v * 1.1) + 5)), 80),
        "on its side": jpeg(image.rotate(90, expand=True), 90, turned),
    }


def hashed(content: bytes) -> str:
    found = picture_hash(content)
    assert found is not None
    return found


@pytest.mark.slow
def test_a_photo_is_known_again_and_others_are_not_mistaken_for_it() -> None:
    scenes = [scene(seed) for seed in range(12)]
    hashes = [hashed(jpeg(each)) for each in scenes]
    for image, known in zip(scenes, hashes, strict=True):
        for name, content in variants(image).items():
            assert differing_bits(known, hashed(content)) <= NEAR_BITS, name
    apart = [differing_bits(a, b) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(apart) > 2 * NEAR_BITS, f"different scenes only {min(apart)} bits apart"


def test_what_shows_nothing_or_cannot_be_read_has_no_look() -> None:
    assert picture_hash(jpeg(Image.new("RGB", (400, 300), "black"))) is None
    assert picture_hash(b"%PDF-1.7 not a picture") is None
    assert picture_hash(jpeg(scene(1))[:500]) is None


@pytest.mark.django_db
def test_a_scaled_photo_is_refused_as_evidence_of_another_case(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    one, two = (r.case for r in append([_whistle(), _whistle()], facts=facts()))
    assert one is not None
    assert two is not None
    known = facts()
    known.cases = StoredCases()
    image = scene(7)

    def attach(case: Case, content: bytes, hours: float) -> str | None:
        row = media.keep(content, "user:x", START, known.registers.district.code, case.id)
        data = {"sha256": row.sha256, "type": "photo", "media": str(row.id)}
        step = then(case.id, "add_evidence", handler(case.lead), hours, **data)
        refusal = append([step], facts=known)[0].refusal
        return refusal.code if refusal else None

    assert attach(one, jpeg(image), 1) is None
    assert MediaRow.objects.get(case_id=one.id).picture == picture_hash(jpeg(image))
    assert attach(two, jpeg(image.resize((640, 480)), 55), 2) == "used_elsewhere"
    assert attach(two, jpeg(scene(8)), 3) is None
    assert attach(one, jpeg(image.resize((640, 480)), 60), 4) == "same_evidence", "the same photograph counts once"


@pytest.mark.django_db
@pytest.mark.parametrize("disguise", ["the same bytes", "scaled and compressed"])
def test_a_photograph_somebody_reported_with_never_proves_completion(
    tmp_path: Path, settings: Any, disguise: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (case,) = (r.case for r in append([_whistle()], facts=facts()))
    assert case is not None
    known = facts()
    known.cases = StoredCases()
    district, image = known.registers.district.code, scene(11)
    media.keep(jpeg(image), "anonymous", START, district, case.id)
    copy = jpeg(image) if disguise == "the same bytes" else jpeg(image.resize((640, 480)), 50)
    row = media.keep(copy, "user:x", START, district, case.id)
    data = {"sha256": row.sha256, "type": "photo", "media": str(row.id), "picture": row.picture}
    (result,) = append([then(case.id, "add_evidence", handler(case.lead), 1, **data)], facts=known)
    assert result.refusal is not None
    assert result.refusal.code == "reporters_picture"
    assert result.refusal.remedy is not None


def test_two_looks_within_five_bits_share_a_piece() -> None:
    """What the index promises: no near picture is missed, wherever the five bits differ."""
    pieces = [(0, 12), (12, 24), (24, 36), (36, 48), (48, 56), (56, 64)]
    worst = sum(1 << (63 - first) for first, _last in pieces[:NEAR_BITS])
    alike = [worst >> (64 - last) & ((1 << (last - first)) - 1) == 0 for first, last in pieces]
    assert any(alike)


def _whistle() -> Order:
    street = next(u.id for u in facts().registers.organisations if u.kind == "street")
    given = {"channel": "phone", "category": "x", "area": street_area(), "unit": street}
    return Order(Command("open", OPERATOR, START, given, {"title": "占道"}), programme="whistle", kind="whistle")


def street_area() -> str:
    return next(u.areas[0] for u in facts().registers.organisations if u.kind == "street")
