"""A small graph in two forms: Turtle and JSON-LD.

Source: W3C RDF 1.1 Turtle, 2, 6.4 (escapes); W3C JSON-LD 1.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_NOT_IN_IRI = str.maketrans({mark: f"%{ord(mark):02X}" for mark in '<>"{}|^`\\ '})


class Iri(NamedTuple):
    """A thing by its address, or by a name of a vocabulary such as `dcat:Dataset`."""

    name: str


class RdfText(NamedTuple):
    """A text, in a language or of a datatype of `xsd`."""

    text: str
    language: str = ""
    datatype: str = ""


class Triple(NamedTuple):
    """Something that is said: of what, by which name of a vocabulary, and what."""

    subject: Iri
    predicate: str
    object: Iri | RdfText


def as_turtle(triples: Sequence[Triple]) -> str:
    """Return a graph as Turtle, subjects in the order in which they are first spoken of. Source: RDF 1.1 Turtle, 2."""
    lines = [f"@prefix {name}: <{address}> ." for name, address in PREFIXES.items()]
    for subject, said in _by_subject(triples).items():
        parts = [f"{'a' if each.predicate == 'rdf:type' else each.predicate} {_turtle(each.object)}" for each in said]
        lines += ["", f"{_turtle(Iri(subject))} {' ;\n    '.join(parts)} ."]
    return "\n".join(lines) + "\n"


def as_jsonld(triples: Sequence[Triple]) -> bytes:
    """Return a graph as JSON-LD with its prefixes as context. Source: JSON-LD 1.1, 9."""
    graph: list[dict[str, Any]] = []
    for subject, said in _by_subject(triples).items():
        node: dict[str, Any] = {"@id": _json(Iri(subject))["@id"]}
        for each in said:
            if each.predicate == "rdf:type":
                node.setdefault("@type", []).append(_json(each.object)["@id"])
            else:
                node.setdefault(each.predicate, []).append(_json(each.object))
        graph.append(node)
    return msgspec.json.encode({"@context": PREFIXES, "@graph": graph})


def _by_subject(triples: Sequence[Triple]) -> dict[str, list[Triple]]:
    found: dict[str, list[Triple]] = {}
    for each in triples:
        found.setdefault(each.subject.name, []).append(each)
    return found


def _named(name: str) -> bool:
    return name.partition(":")[0] in PREFIXES


def _turtle(what: Iri | RdfText) -> str:
    if isinstance(what, Iri):
        return what.name if _named(what.name) else f"<{what.name.translate(_NOT_IN_IRI)}>"
    text = f'"{what.text.translate(_ESCAPES)}"'
    if what.language:
        return f"{text}@{what.language}"
    return f"{text}^^xsd:{what.datatype}" if what.datatype else text


def _json(what: Iri | RdfText) -> dict[str, str]:
    if isinstance(what, Iri):
        return {"@id": what.name if _named(what.name) else what.name.translate(_NOT_IN_IRI)}
    if what.language:
        return {"@value": what.text, "@language": what.language}
    return {"@value": what.text} | ({"@type": f"xsd:{what.datatype}"} if what.datatype else {})
