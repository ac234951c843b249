"""pm4py reads a file of OCEL 2.0 and discovers a net: `{file}` → what it found."""

import contextlib
import io
import json
import sys

said = json.load(sys.stdin)
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    import pm4py

    log = pm4py.read_ocel2_json(said["file"])
    graph = pm4py.discover_ocdfg(log)
    flat = pm4py.ocel_flattening(log, "case")
told = {
    "events": len(log.events), "objects": len(log.objects), "types": sorted(pm4py.ocel_get_object_types(log)),
    "activities": sorted(graph["activities"]), "flat": len(flat),
    "follows": sorted(f"{a}>{b}" for a, b in graph["edges"]["event_couples"]["case"]),
}  # fmt: skip
print(json.dumps(told))
