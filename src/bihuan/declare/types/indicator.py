"""An indicator of the programme."""

from typing import Any

from bihuan.declare.fieldtype import Asked, Codes, FieldType, Words, Wrong


class IndicatorFieldType(FieldType):
    """The id of an indicator that the programme's cases count in."""

    name = "indicator"
    label = Words("指标", "Indicator")
    about = Words("本事项的指标之一", "one of the programme's indicators")
    widget = "select"
    offers = "indicators"
    in_forms = False
    example = "volume"

    def check(self, value: Any, asked: Asked, codes: Codes) -> Wrong | None:
        """Return why a value is no indicator. Source: docs/adr/0080 (4, a programme lists its indicators)."""
        known = codes.indicators()
        if isinstance(value, str) and (value in known or (codes.history and not known)):
            return None
        told = ", ".join(known)
        what = Words(f"指标须为：{told}", f"the indicator must be one of: {told}")
        return Wrong(what, Words("请从中选择", "Choose one of these"), unknown=True, whole=True)


TYPE = IndicatorFieldType()
