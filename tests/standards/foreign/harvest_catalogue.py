"""The parser of CKAN's harvester reads a catalogue in both forms: `{turtle, jsonld}` → data sets as CKAN has them."""

import json
import sys

from ckan.common import config

said = json.load(sys.stdin)
config.update({"ckan.site_url": "http://localhost"})
from ckanext.dcat.processors import RDFParser  # noqa: E402 - reads the configuration as it is imported

told = {}
for name, form in (("turtle", "turtle"), ("jsonld", "json-ld")):
    parser = RDFParser(profiles=["euro_dcat_ap_3"])
    parser.parse(said[name], _format=form)
    told[name] = sorted(
        (
            {
                "title": each["title"], "notes": each["notes"],
                "identifier": next(one["value"] for one in each["extras"] if one["key"] == "identifier"),
                "urls": sorted(one["url"] for one in each["resources"]),
                "types": sorted(one.get("mimetype") or "" for one in each["resources"]),
            }
            for each in parser.datasets()
        ),
        key=lambda each: each["identifier"],
    )  # fmt: skip
print(json.dumps(told))
