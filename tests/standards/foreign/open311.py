"""georeport reads services and service requests in both forms: `{address, code, number, start, end}` → what it found"""

import json
import sys

from georeport import GeoReport

said = json.load(sys.stdin)
told = {}
for form in ("json", "xml"):
    city = GeoReport(said["address"], output_format=form)
    services = city.get_service_list()
    (mine,) = [each for each in services if each["service_code"] == said["code"]]
    definition = city.get_service_definition(said["code"])
    found = city.get_service_requests(
        service_code=said["code"], start_date=said["start"], end_date=said["end"], status="open"
    )
    found = found if isinstance(found, list) else [found]
    one = city.get_service_request(said["number"])
    told[form] = {
        "services": len(services), "name": mine["service_name"], "metadata": str(mine["metadata"]).lower(),
        "definition": definition["service_code"], "found": [each["service_request_id"] for each in found],
        "one": [one["service_request_id"], one["status"], one["service_code"]],
        "place": [round(float(one["lat"]), 2), round(float(one["long"]), 2)],
    }  # fmt: skip
print(json.dumps(told))
