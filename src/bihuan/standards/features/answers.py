"""`/ogc/`: landing page, conformance, collections, items, one item.

Source: OGC 17-069r4, 7 (core) and 8.4 (GeoJSON); OGC 18-058r1 (coordinate systems by reference).
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import here, public
from bihuan.faces.parts.problems import not_found
from bihuan.standards.features.asked import MOST, USUAL, items_asked
from bihuan.standards.features.collections import FeatureCollection, collection_named, collections_for
from bihuan.standards.features.systems import CRS84, SYSTEMS, carried
from bihuan.standards.serving.api import as_json, link, wire_api
from bihuan.standards.serving.callers import ANY_CALLER

router = Router(tags=["OGC API Features"], auth=ANY_CALLER)
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CONFORMS = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)

ASKED = [
    {"name": name, "in": "query", "required": False, "style": "form", "explode": False, "schema": schema}
    for name, schema in (
        ("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}),
        ("offset", {"type": "integer", "minimum": 0}),
        ("bbox", {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}),
        ("bbox-crs", {"type": "string", "enum": list(SYSTEMS)}),
        ("crs", {"type": "string", "enum": list(SYSTEMS)}),
        ("datetime", {"type": "string"}),
    )
]


@router.get("/", summary="Landing page")
@public
def landing(request: HttpRequest) -> HttpResponse:
    """Where collections, conformance and the description are. Source: OGC 17-069r4, 7.2."""
    base = _base(request)
    return as_json({
        "title": "Bihuan 闭环", "description": "对象与公开案件 · Subjects and public cases",
        "links": [
            link(f"{base}/", "self"), link(f"{base}/openapi.json", "service-desc", OPENAPI),
            link(f"{base}/conformance", "conformance"), link(f"{base}/collections", "data"),
        ],
    })  # fmt: skip


@router.get("/conformance", summary="What is conformed to")
@public
def conformance(request: HttpRequest) -> HttpResponse:
    """The requirement classes. Source: OGC 17-069r4, 7.4."""
    return as_json({"conformsTo": list(CONFORMS)})


@router.get("/collections", summary="Collections that the caller may ask for")
@public
def collections(request: HttpRequest) -> HttpResponse:
    """Public cases; for staff each type of subjects with a place. Source: OGC 17-069r4, 7.13."""
    address = f"{_base(request)}/collections"
    told = [_collection(request, each, f"{address}/{each.id}") for each in collections_for(request)]
    return as_json({"links": [link(address, "self")], "collections": told, "crs": list(SYSTEMS)})


@router.get("/collections/{name}", summary="One collection")
@public
def collection(request: HttpRequest, name: str) -> HttpResponse:
    """Title, extent, systems of coordinates, links. Source: OGC 17-069r4, 7.14."""
    found = collection_named(request, name)
    return as_json(_collection(request, found, f"{_base(request)}/collections/{found.id}"))


@router.get(
    "/collections/{name}/items", summary="Features of a collection, page by page", openapi_extra={"parameters": ASKED}
)
@public
def items(request: HttpRequest, name: str) -> HttpResponse:
    """A page of GeoJSON; `next` among its links is the page after it.

    Behind the question mark: `limit`, `bbox`, `bbox-crs`, `datetime`, `crs`, and what the collection is found by.

    Source: OGC 17-069r4, 7.15; OGC 18-058r1, 6.
    """
    found = collection_named(request, name)
    given = {key: str(value) for key, value in request.GET.items()}
    asked = items_asked(given, found.words, here(request).zone)
    page = found.page(request, asked)
    links = [link(request.build_absolute_uri(), "self", GEOJSON)]
    links.append(link(f"{_base(request)}/collections/{found.id}", "collection"))
    if page.more:
        onward = request.GET.copy()
        onward["after"] = str(page.features[-1]["id"])
        onward.pop("offset", None)
        links.append(link(f"{request.build_absolute_uri(request.path)}?{onward.urlencode()}", "next", GEOJSON))
    body: dict[str, Any] = {
        "type": "FeatureCollection", "timeStamp": here(request).now.strftime("%Y-%m-%dT%H:%M:00Z"), "links": links,
        "features": [_placed(each, asked.system) for each in page.features], "numberReturned": len(page.features),
    }  # fmt: skip
    if page.matched is not None:
        body["numberMatched"] = page.matched
    return _geojson(body, asked.system)


@router.get("/collections/{name}/items/{path:key}", summary="One feature")
@public
def item(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """One feature of GeoJSON. Source: OGC 17-069r4, 7.16."""
    found = collection_named(request, name)
    asked = items_asked({k: str(v) for k, v in request.GET.items()}, found.words, here(request).zone)
    feature = found.one(request, key)
    if feature is None:
        raise not_found("要素", "feature")
    links = [
        link(request.build_absolute_uri(), "self", GEOJSON),
        link(f"{_base(request)}/collections/{found.id}", "collection"),
    ]
    return _geojson(_placed(feature, asked.system) | {"links": links}, asked.system)


def _collection(request: HttpRequest, found: FeatureCollection, address: str) -> dict[str, Any]:
    box = _extent(request)
    return {
        "id": found.id, "title": found.title, "description": found.about, "itemType": "feature",
        "extent": {"spatial": {"bbox": [box], "crs": CRS84}, "temporal": {"interval": [[None, None]]}},
        "crs": list(SYSTEMS), "storageCrs": CRS84,
        "links": [link(address, "self"), link(f"{address}/items", "items", GEOJSON, found.title)],
    }  # fmt: skip


def _extent(request: HttpRequest) -> list[float]:
    """The district with a margin: what lies a little outside belongs to it too."""
    points = [(a.lon, a.lat) for a in here(request).registers.areas if a.lon is not None and a.lat is not None]
    points += [spot for a in here(request).registers.areas for ring in a.polygon for spot in ring]
    if not points:
        return [-180.0, -90.0, 180.0, 90.0]
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return [round(min(lons) - 0.1, 4), round(min(lats) - 0.1, 4), round(max(lons) + 0.1, 4), round(max(lats) + 0.1, 4)]


def _placed(feature: dict[str, Any], system: str) -> dict[str, Any]:
    return feature | {"geometry": carried(feature["geometry"], system)}


def _geojson(body: dict[str, Any], system: str) -> HttpResponse:
    told = as_json(body, GEOJSON)
    told.headers["Content-Crs"] = f"<{system}>"
    return told


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/ogc")


api = wire_api("ogc/", "Bihuan 闭环 · OGC API Features", router)
