"""How a type of subjects stands in a model of the city, and that it then says nothing of a person. Pure.

Source: OGC 20-072r5 CityJSON 2.0; 个人信息保护法 第六条; docs/adr/0356-city-models.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from bihuan.declare.model import Code, Strict
from bihuan.declare.source import Step
from bihuan.subjects.pure.impersonal import PERSONAL_TYPES

CityObject = Literal["Building", "BuildingInstallation", "BuildingPart", "OtherConstruction", "CityFurniture"]


class CityModel(Strict):
    """How a subject stands in a model of the city: which object each code of `kind` is, and the fields that shape it.

    `lod`: level of detail. `height`: metres above `base`. `parent`: the subject it belongs to. `attributes`: what is
    said of it there. A type that declares this says nothing of a person, in no field and in no value.
    """

    kind: Code
    objects: dict[str, CityObject] = Field(min_length=1)
    lod: Code | None = None
    height: Code | None = None
    base: Code | None = None
    parent: Code | None = None
    attributes: tuple[Code, ...] = ()


def faults_of_city(
    city: CityModel, fields: Mapping[str, Any], geometry: str | None
) -> Iterator[tuple[tuple[Step, ...], str, str, str]]:
    """Yield what is wrong: a field of a person, no geometry, a field or code that the type lacks.

    Args:
        fields: Of the type, by name. geometry: Its field.

    Source: docs/adr/0356-city-models.md.
    """
    for name, rule in fields.items():
        if rule.sealed or rule.type in PERSONAL_TYPES:
            yield (
                ("fields", name), f"{name!r} says something of a person", "what is built is no place for persons",
                "keep it in a register of its own, or leave it out",
            )  # fmt: skip
    if geometry is None:
        yield ("city",), "there is no geometry", "what stands in a model of the city has one", "name `geometry`"
    named = (("kind", city.kind), ("lod", city.lod), ("height", city.height), ("base", city.base),
             ("parent", city.parent), *(("attributes", name) for name in city.attributes))  # fmt: skip
    for part, field in named:
        if field is not None and field not in fields:
            yield ("city", part), f"{field!r} is no field", "a model of the city reads fields of the type", "declare it"
    known = {choice.code for choice in fields[city.kind].choices} if city.kind in fields else set()
    for code in city.objects:
        if code not in known:
            yield ("city", "objects", code), f"no code {code!r}", f"one of {sorted(known)}", "correct the spelling"
