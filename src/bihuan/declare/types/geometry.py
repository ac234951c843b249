"""A point, line or area on Earth."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong, must_be
from bihuan.declare.types.place import degrees, is_position, position

MOST = 10_000
_SHAPES = {"Point": 1, "LineString": 2, "Polygon": 4}


class Geometry(FieldType):
    """A list of positions: one is a point, an open list a line, a closed one the outline of an area.

    The value is {"type": Point|LineString|Polygon, "positions": […]} with positions in millionths of a degree, WGS-84,
    because an event holds no decimals. Source: RFC 7946 §3.1 (closed ring of four or more positions).
    """

    name = "geometry"
    label = Words("图形", "Geometry")
    about = Words("点、线或面：用分号隔开的经纬度", "a point, line or area: positions separated by semicolons")
    source = "RFC 7946"
    widget = "textarea"
    in_forms = False
    hint = Words("经度, 纬度; 经度, 纬度; …（首尾相同为面）", "Longitude, latitude; … (an area ends where it begins)")
    column = "jsonb"
    example = "116.31, 39.99; 116.32, 39.99; 116.32, 40; 116.31, 39.99"

    def parse(self, text: str, asked: Asked, names: Names) -> dict[str, Any]:
        """The shape of a list of positions.

        Source: docs/adr/0231 (positions are millionths of a degree); RFC 7946 §3.1 as a model.
        """
        found = [position(part) for part in text.replace("；", ";").split(";") if part.strip()]
        value = {"type": _shape(found), "positions": found}
        wrong = _why_not(value)
        if wrong is not None:
            raise UnparsableText(wrong)
        return value

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Why a value is no shape.

        Source: docs/adr/0231 (positions are millionths of a degree); RFC 7946 §3.1 as a model.
        """
        return _why_not(value)

    def export(self, value: Any) -> str:
        """Positions in degrees, separated by semicolons.

        Source: docs/adr/0231 (positions are millionths of a degree); RFC 7946 §3.1 as a model.
        """
        return "; ".join(degrees(each) for each in value["positions"])

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Type and positions.

        Source: docs/adr/0231 (positions are millionths of a degree); RFC 7946 §3.1 as a model.
        """
        pair = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
        positions = {"type": "array", "items": pair, "minItems": 1, "maxItems": MOST}
        named = {"type": {"enum": list(_SHAPES)}, "positions": positions}
        return {"type": "object", "properties": named, "required": list(named), "additionalProperties": False}


def _why_not(value: Any) -> Wrong | None:
    positions = value.get("positions") if isinstance(value, dict) and set(value) == {"type", "positions"} else None
    if (
        isinstance(positions, list)
        and 0 < len(positions) <= MOST
        and all(is_position(each) for each in positions)
        and value["type"] == _shape(positions)
    ):
        return None
    return must_be(f"1至{MOST}个位置组成的点、线或面", f"a point, line or area of 1 to {MOST} positions")


def _shape(positions: list[Any]) -> str:
    if len(positions) == 1:
        return "Point"
    closed = len(positions) >= _SHAPES["Polygon"] and list(positions[0]) == list(positions[-1])
    return "Polygon" if closed else "LineString"


TYPE = Geometry()
