"""A point, line or area on Earth."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Names, UnparsableText, Words, Wrong, must_be
from bihuan.declare.types.place import degrees, is_position, position

MOST = 10_000
_SHAPES = {"Point": 1, "LineString": 2, "Polygon": 4}


class GeometryFieldType(FieldType):
    """A list of positions: one is a point, an open list a line, a closed one the outline of an area.

    The value is {"type": Point|LineString|Polygon, "positions": […]} with positions in millionths of a degree, WGS-84,
    because an event holds no decimals; an area may have "holes", each a closed list of positions, written after `|`. Source: RFC 7946 §3.1 (closed ring of four or more positions).
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
        outer, *inner = [
            [position(part) for part in ring.split(";") if part.strip()] for ring in text.replace("；", ";").split("|")
        ]
        value = {"type": _shape(outer), "positions": outer} | ({"holes": inner} if inner else {})
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
        rings = (value["positions"], *value.get("holes", ()))
        return " | ".join("; ".join(degrees(each) for each in ring) for ring in rings)

    def schema(self, asked: Asked) -> dict[str, Any]:
        """Type and positions.

        Source: docs/adr/0231 (positions are millionths of a degree); RFC 7946 §3.1 as a model.
        """
        pair = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
        positions = {"type": "array", "items": pair, "minItems": 1, "maxItems": MOST}
        named = {"type": {"enum": list(_SHAPES)}, "positions": positions}
        holes = {"holes": {"type": "array", "items": positions, "minItems": 1}}
        return {
            "type": "object", "properties": named | holes, "required": list(named), "additionalProperties": False,
        }  # fmt: skip


def _why_not(value: Any) -> Wrong | None:
    named = set(value) if isinstance(value, dict) else set()
    if named in ({"type", "positions"}, {"type", "positions", "holes"}):
        outer, holes = value["positions"], value.get("holes", [])
        rings = [outer, *holes] if isinstance(holes, list) else []
        total = sum(len(ring) for ring in rings if isinstance(ring, list))
        if (
            0 < total <= MOST
            and all(isinstance(ring, list) and ring and all(is_position(each) for each in ring) for ring in rings)
            and value["type"] == _shape(outer)
            and ("holes" not in value or (value["type"] == "Polygon" and holes))
            and all(_shape(hole) == "Polygon" for hole in holes)
        ):
            return None
    return must_be(f"1至{MOST}个位置组成的点、线或面", f"a point, line or area of 1 to {MOST} positions")


def _shape(positions: list[Any]) -> str:
    if len(positions) == 1:
        return "Point"
    closed = len(positions) >= _SHAPES["Polygon"] and list(positions[0]) == list(positions[-1])
    return "Polygon" if closed else "LineString"


TYPE = GeometryFieldType()
