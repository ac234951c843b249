"""cjio and cityjson-lib read a CityJSON file, the official schema judges it: `{path, schema}` → what each found."""

import json
import sys
from pathlib import Path

import cityjson_lib
import jsonschema
from cjio import cityjson

said = json.load(sys.stdin)
document = json.loads(Path(said["path"]).read_text())
schema = json.loads(Path(said["schema"]).read_text())
validator = jsonschema.validators.validator_for(schema)(schema)
told = {"faults": [f"{list(each.absolute_path)}: {each.message[:200]}" for each in validator.iter_errors(document)]}
with Path(said["path"]).open() as stream:
    model = cityjson.reader(file=stream, ignore_duplicate_keys=False)
told["cjio"] = [model.get_version(), model.number_city_objects_level1(), model.get_epsg(), model.is_empty()]
before = len(model.j["vertices"])
model.remove_duplicate_vertices()
model.remove_orphan_vertices()
told["vertices"] = [before, len(model.j["vertices"])]
strict = cityjson_lib.CityModel.parse_document_bytes(Path(said["path"]).read_bytes())
told["strict"] = [strict.summary().cityobject_count, strict.summary().geometry_count]
print(json.dumps(told))
