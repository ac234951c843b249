"""Individual indices of days by aqi-hub (2026) and python-aqi (2012): `{columns: {item: [values]}}` → both, by item."""

import json
import sys

import aqi
from aqi import constants as names
from aqi_hub.aqi_cn.aqi import cal_iaqi_cn

HUB = {"pm25": "PM25_24H", "pm10": "PM10_24H", "so2": "SO2_24H", "no2": "NO2_24H", "co": "CO_24H", "o3_8h": "O3_8H"}
OLD = {"pm25": names.POLLUTANT_PM25, "pm10": names.POLLUTANT_PM10, "so2": names.POLLUTANT_SO2_24H,
       "no2": names.POLLUTANT_NO2_24H, "co": names.POLLUTANT_CO_24H, "o3_8h": names.POLLUTANT_O3_8H}  # fmt: skip


def old(item: str, value: float) -> int | None:
    """What python-aqi says; nothing above its last breakpoint."""
    try:
        return int(aqi.to_iaqi(OLD[item], str(value), algo=names.ALGO_MEP))
    except (IndexError, TypeError):
        return None


columns = json.load(sys.stdin)["columns"]
print(json.dumps({
    "aqi_hub": {item: [cal_iaqi_cn(HUB[item], value) for value in values] for item, values in columns.items()},
    "python_aqi": {item: [old(item, value) for value in values] for item, values in columns.items()},
}))  # fmt: skip
