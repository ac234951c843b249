"""Schemas judge documents, or each of a list: `{pairs: {schema: document}}` → faults, and how many were judged."""

import json
import sys
from pathlib import Path

import jsonschema

said = json.load(sys.stdin)
faults, judged = [], 0
for path, documents in said["pairs"].items():
    schema = json.loads(Path(path).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    for document in documents if isinstance(documents, list) else [documents]:
        judged += 1
        faults += [f"{Path(path).name} {list(each.absolute_path)}: {each.message[:200]}"
                   for each in validator.iter_errors(document)]  # fmt: skip
print(json.dumps({"faults": faults[:20], "judged": judged}))
