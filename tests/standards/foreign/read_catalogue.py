"""rdflib reads both forms, pyshacl judges them: `{turtle, jsonld}` → whether they say the same, and what is wrong."""

import json
import sys
from pathlib import Path

from pyshacl import validate
from rdflib import DCAT, RDF, Graph
from rdflib.compare import isomorphic

said = json.load(sys.stdin)
turtle = Graph().parse(data=said["turtle"], format="turtle")
linked = Graph().parse(data=said["jsonld"], format="json-ld")
shapes = Graph().parse(Path(__file__).with_name("shapes.ttl"), format="turtle")
conforms, _, report = validate(turtle, shacl_graph=shapes)
turtle.remove((None, DCAT.accessURL, None))
broken, _, _ = validate(turtle, shacl_graph=shapes)
print(json.dumps({
    "same": isomorphic(Graph().parse(data=said["turtle"], format="turtle"), linked), "conforms": conforms,
    "report": report, "broken": broken, "sets": len(list(linked.subjects(RDF.type, DCAT.Dataset))),
    "addresses": sorted(str(each) for each in linked.objects(None, DCAT.accessURL)),
}))  # fmt: skip
