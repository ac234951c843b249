"""cloudevents reads what was posted: `{headers, body}` → attributes and data."""

import json
import sys

from cloudevents.core.bindings.http import HTTPMessage, from_http_event

said = json.load(sys.stdin)
event = from_http_event(HTTPMessage(headers=said["headers"], body=said["body"].encode()))
told = {name: str(value) for name, value in event.get_attributes().items() if name != "time"}
print(json.dumps({"attributes": told, "time": event.get_time().isoformat(), "data": event.get_data()}))
