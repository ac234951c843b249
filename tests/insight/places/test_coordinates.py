"""Published examples, and there and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.insight.places import coordinates as c

# eviltransform's own tests (googollee/eviltransform, MIT): latitude, longitude in WGS-84 and GCJ-02.
PUBLISHED = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED)
def test_published_examples(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    lon, lat = c.wgs84_to_gcj02(wgs[1], wgs[0])
    assert (lat, lon) == pytest.approx(gcj, abs=1e-5)


def test_bd09_example_of_coordtransform() -> None:
    """wandergis/coordtransform's README, MIT: (116.404, 39.915) GCJ-02 in BD-09."""
    assert c.gcj02_to_bd09(116.404, 39.915) == pytest.approx((116.41036949371029, 39.92133699351022), abs=1e-7)


@given(st.floats(74, 134), st.floats(4, 53), st.sampled_from(c.SYSTEMS))
def test_there_and_back(lon: float, lat: float, crs: str) -> None:
    assert c.to_wgs84(*c.from_wgs84(lon, lat, crs), crs) == pytest.approx((lon, lat), abs=1e-7)


@given(st.floats(-180, 71), st.floats(-90, 90), st.sampled_from(c.SYSTEMS))
def test_outside_china_nothing_moves(lon: float, lat: float, crs: str) -> None:
    assert c.to_wgs84(lon, lat, crs) == (lon, lat) == c.from_wgs84(lon, lat, crs)


@pytest.mark.parametrize(("lon", "lat", "crs"), [(181, 0, "WGS-84"), (116, 40, "MARS-1"), (float("nan"), 1, "GCJ-02")])
def test_what_is_no_point_is_refused(lon: float, lat: float, crs: str) -> None:
    with pytest.raises(ValueError, match=r"no point on earth|unknown coordinate system"):
        c.to_wgs84(lon, lat, crs)
