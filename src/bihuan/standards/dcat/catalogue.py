"""What anybody may have: the catalogue, its data sets with their distributions, the services that give them.

Source: W3C DCAT 3; SEMIC DCAT-AP 3.0 (what a catalogue, a data set, a distribution, a service must say).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bihuan.faces.feeds import feeds_of
from bihuan.faces.parts.world import World
from bihuan.loop.programmes import all_programmes
from bihuan.standards.dcat.writing import Iri, RdfText, Triple

FORM = "https://www.iana.org/assignments/media-types/"
LANGUAGES = ("ZHO", "ENG")
LANGUAGE = "http://publications.europa.eu/resource/authority/language/"

KINDS = {"dct:language": "dct:LinguisticSystem", "dct:conformsTo": "dct:Standard", "dcat:mediaType": "dct:MediaType"}
"""Property → the class of what it leads to."""


class OpenData(NamedTuple):
    """A data set: its name in addresses, what it is called and about, and (address, media type) of each form."""

    name: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    forms: tuple[tuple[str, str], ...]
    service: str = ""


SERVICES = {
    "features": ("OGC 要素服务", "OGC API - Features", "/ogc/", "http://www.opengis.net/spec/ogcapi-features-1/1.0"),
    "open311": ("Open311 服务", "Open311 GeoReport v2", "/open311/v2/", "https://wiki.open311.org/GeoReport_v2/"),
    "api": ("接口", "API of the installation", "/api/v1/", "https://spec.openapis.org/oas/v3.1.0"),
}
"""Name → what it is called, where it is, what it conforms to."""


def open_data() -> Iterator[OpenData]:
    """Yield what anybody may have. Source: docs/adr/0372."""
    yield OpenData(
        "public-cases", "公开案件", "Public cases", "任何人可反映的事项的办理状态；不含文字，位置为网格中心",
        "How what anybody may report is handled; no words, places are middles of cells",
        (("/ogc/collections/public-cases/items", "application/geo+json"),
         ("/open311/v2/requests.json", "application/json"), ("/open311/v2/requests.xml", "text/xml")), "features",
    )  # fmt: skip
    yield OpenData(
        "services", "可反映的事项", "What may be reported", "每类可反映事项及其表单",
        "Every kind of report and its form",
        (("/open311/v2/services.json", "application/json"), ("/open311/v2/services.xml", "text/xml")), "open311",
    )  # fmt: skip
    yield OpenData(
        "areas", "街镇位置与边界", "Sub-districts", "街镇的位置与边界", "Places and outlines of sub-districts",
        (("/report/areas.geojson", "application/geo+json"), ("/api/v1/areas", "application/json")), "api",
    )  # fmt: skip
    yield OpenData(
        "programmes", "事项目录", "Programmes", "本区运行的事项及其版本",
        "What the district runs, and in which edition",
        (("/api/v1/programmes", "application/json"),), "api",
    )  # fmt: skip
    yield OpenData(
        "units", "单位名录", "Units", "承办单位及隶属关系", "Units that handle cases, and what they belong to",
        (("/api/v1/units", "application/json"),), "api",
    )  # fmt: skip
    for programme in all_programmes().values():
        for name, feed in feeds_of(programme.id).items():
            about = feed.declared.about or feed.declared.name
            base = f"/feeds/{programme.id}/{name}"
            calendar = () if feed.declared.thing is not None else ((f"{base}.ics", "text/calendar"),)
            yield OpenData(
                f"feed-{programme.id}-{name}", feed.declared.name.zh, feed.declared.name.en, about.zh, about.en,
                (*calendar, (f"{base}.jsonld", "application/ld+json")),
            )  # fmt: skip


def catalogue_of(here: World, base: str) -> list[Triple]:
    """Return the catalogue of a district as a graph.

    Args:
        here: The district. base: Address of this installation, without a slash at its end.

    Source: SEMIC DCAT-AP 3.0.
    """
    district = here.registers.district
    catalogue, publisher = Iri(f"{base}/catalog"), Iri(f"{base}/catalog#publisher")
    said = [
        Triple(catalogue, "rdf:type", Iri("dcat:Catalog")),
        *_words(catalogue, "dct:title", f"{district.name_zh}开放数据目录", f"Open data of {district.name_en}"),
        *_words(catalogue, "dct:description", "闭环平台向任何人提供的数据", "What the platform gives to anybody"),
        Triple(catalogue, "dct:publisher", publisher),
        *(Triple(catalogue, "dct:language", Iri(f"{LANGUAGE}{each}")) for each in LANGUAGES),
        Triple(publisher, "rdf:type", Iri("foaf:Agent")),
        *_words(publisher, "foaf:name", district.name_zh, district.name_en),
    ]
    for key, (zh, en, path, standard) in SERVICES.items():
        service = Iri(f"{base}/catalog#service-{key}")
        said += [
            Triple(catalogue, "dcat:service", service), Triple(service, "rdf:type", Iri("dcat:DataService")),
            *_words(service, "dct:title", zh, en), Triple(service, "dcat:endpointURL", Iri(f"{base}{path}")),
            Triple(service, "dct:conformsTo", Iri(standard)),
        ]  # fmt: skip
    for data in open_data():
        said += _data_set(catalogue, publisher, data, base)
    return said + list(_kinds_of(said))


def _kinds_of(said: list[Triple]) -> Iterator[Triple]:
    """What the things of others that are named are, each once: a graph that is read alone says it itself.

    Source: SEMIC DCAT-AP 3.0.1, shapes (classes of what properties lead to).
    """
    for thing, predicate in dict.fromkeys((each.object, each.predicate) for each in said if each.predicate in KINDS):
        assert isinstance(thing, Iri)
        yield Triple(thing, "rdf:type", Iri(KINDS[predicate]))


def _data_set(catalogue: Iri, publisher: Iri, data: OpenData, base: str) -> Iterator[Triple]:
    known = Iri(f"{base}/catalog#{data.name}")
    yield Triple(catalogue, "dcat:dataset", known)
    yield Triple(known, "rdf:type", Iri("dcat:Dataset"))
    yield from _words(known, "dct:title", data.zh, data.en)
    yield from _words(known, "dct:description", data.about_zh, data.about_en)
    yield Triple(known, "dct:publisher", publisher)
    yield Triple(known, "dct:identifier", RdfText(data.name))
    for number, (path, form) in enumerate(data.forms, 1):
        given = Iri(f"{known.name}-{number}")
        yield Triple(known, "dcat:distribution", given)
        yield Triple(given, "rdf:type", Iri("dcat:Distribution"))
        yield Triple(given, "dcat:accessURL", Iri(f"{base}{path}"))
        yield Triple(given, "dcat:mediaType", Iri(f"{FORM}{form}"))
    if data.service:
        yield Triple(Iri(f"{base}/catalog#service-{data.service}"), "dcat:servesDataset", known)


def _words(subject: Iri, predicate: str, zh: str, en: str) -> list[Triple]:
    return [Triple(subject, predicate, RdfText(zh, "zh")), Triple(subject, predicate, RdfText(en, "en"))]
