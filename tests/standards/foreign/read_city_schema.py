"""The official schema judges a CityJSON file: `{path, schema}` → faults."""

import json
import sys
from pathlib import Path

import jsonschema

said = json.load(sys.stdin)
document, schema = (json.loads(Path(said[name]).read_text()) for name in ("path", "schema"))
validator = jsonschema.validators.validator_for(schema)(schema)
print(json.dumps({"faults": [str(list(each.absolute_path)) for each in validator.iter_errors(document)]}))
