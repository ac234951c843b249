"""A position on Earth."""

from decimal import Decimal
from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong

MICRO = 1_000_000
FURTHEST = (180 * MICRO, 90 * MICRO)


class PlaceFieldType(FieldType):
    """Longitude and latitude in millionths of a degree, WGS-84. Source: EPSG:4326 in the order of RFC 7946 §3.1.1."""

    name = "place"
    label = Words("位置", "Position")
    about = Words("经度、纬度（百万分之一度，WGS-84）", "[longitude, latitude] in millionths of a degree, WGS-84")
    source = "RFC 7946"
    hint = Words("经度, 纬度（度，WGS-84）", "Longitude, latitude in degrees (WGS-84)")
    in_forms = False
    column = "jsonb"
    arrow = "fixed_size_list<item: int32>[2]"
    example = "116.310, 39.990"

    def parse(self, text: str, asked: Asked, names: Names) -> list[int]:
        """The position of `116.310, 39.990`, in degrees.

        Source: docs/adr/0231 (positions are millionths of a degree); WGS-84.
        """
        return position(text)

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value is no position. Source: docs/adr/0231 (positions are millionths of a degree); WGS-84."""
        if is_position(value):
            return None
        what = Words(
            "须为经度、纬度（百万分之一度，WGS-84）", "must be [longitude, latitude] in millionths of a degree, WGS-84"
        )
        return Wrong(what, Words("例如 [116300000, 39950000]", "For example [116300000, 39950000]"))

    def export(self, value: Any) -> str:
        """Degrees. Source: docs/adr/0231 (positions are millionths of a degree); WGS-84."""
        return degrees(value)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Two integers. Source: docs/adr/0231 (positions are millionths of a degree); WGS-84."""
        bounds = [{"type": "integer", "minimum": -most, "maximum": most} for most in FURTHEST]
        return {"type": "array", "prefixItems": bounds, "items": False, "minItems": 2}


def is_position(value: Any) -> bool:
    """Whether a value is longitude and latitude in millionths of a degree.

    Source: docs/adr/0231 (positions are millionths of a degree); WGS-84.
    """
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return False
    lon, lat = value
    return type(lon) is type(lat) is int and abs(lon) <= FURTHEST[0] and abs(lat) <= FURTHEST[1]


def degrees(value: Any) -> str:
    """A position in degrees, as people write it.

    Source: docs/adr/0231 (positions are millionths of a degree); WGS-84.
    """
    return ", ".join(f"{Decimal(part) / MICRO:f}" for part in value)


def position(text: str) -> list[int]:
    """The position of `116.310, 39.990`, in millionths of a degree.

    Raises:
        UnparsableText: not two numbers, or not on this planet.

    Source: docs/adr/0231 (positions are millionths of a degree); WGS-84.
    """
    try:
        exact = [Decimal(part.strip()) * MICRO for part in text.replace("，", ",").split(",")]
        found = [int(part.to_integral_value()) for part in exact if abs(part) < 10**12]
        if len(exact) != 2 or len(found) not in (0, 2):
            raise ValueError(text)
    except (ArithmeticError, ValueError):
        what = Words("须为经纬度", "must be longitude and latitude")
        remedy = Words("请填写经纬度，如 116.310, 39.990", "Write longitude and latitude such as 116.310, 39.990")
        raise UnparsableText(Wrong(what, remedy)) from None
    if not is_position(found):
        what = Words("不在地球上", "is not on this planet")
        remedy = Words("经度须在 ±180 之间，纬度须在 ±90 之间", "Longitude lies within ±180, latitude within ±90")
        raise UnparsableText(Wrong(what, remedy))
    return found


TYPE = PlaceFieldType()
