"""rdflib reads both forms, pyshacl judges them: `{turtle, jsonld}` → whether they say the same, and what is wrong."""

import json
import sys
from pathlib import Path

from pyshacl import validate
from rdflib import DCAT, RDF, SH, Graph
from rdflib.compare import isomorphic

said = json.load(sys.stdin)
turtle = Graph().parse(data=said["turtle"], format="turtle")
linked = Graph().parse(data=said["jsonld"], format="json-ld")
shapes = Graph().parse(Path(__file__).with_name("shapes.ttl"), format="turtle")
conforms, _, report = validate(turtle, shacl_graph=shapes)
semic = Graph().parse(Path(__file__).parent / "schemas" / "dcat-ap-3.0.1.shapes.ttl", format="turtle")
for shape in set(semic.objects(None, SH.property)):
    if (shape, SH.path, None) not in semic:  # the published file names some that it does not describe
        semic.remove((None, SH.property, shape))
semic_conforms, _, semic_report = validate(turtle, shacl_graph=semic)
turtle.remove((None, DCAT.accessURL, None))
broken, _, _ = validate(turtle, shacl_graph=shapes)
semic_broken, _, _ = validate(turtle, shacl_graph=semic)
print(json.dumps({
    "same": isomorphic(Graph().parse(data=said["turtle"], format="turtle"), linked), "conforms": conforms,
    "report": report, "broken": broken,
    "semic": [semic_conforms, semic_report[:4000], semic_broken],
    "sets": len(list(linked.subjects(RDF.type, DCAT.Dataset))),
    "addresses": sorted(str(each) for each in linked.objects(None, DCAT.accessURL)),
}))  # fmt: skip
