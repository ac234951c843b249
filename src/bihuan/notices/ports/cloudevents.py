"""A notice as a CloudEvent, with its facts in headers (binary) or all in one JSON (structured).

Source: CloudEvents 1.0.2 (context attributes), HTTP protocol binding 1.0.2 (3.1 binary, 3.2 structured), JSON format.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

PLAIN, BINARY, STRUCTURED = "plain", "cloudevents-binary", "cloudevents-structured"
FORMS = (PLAIN, BINARY, STRUCTURED)
EMBEDDED = "embedded"
"""The notice holds the very body and its media type: another standard's message, signed and repeated as ours."""
UNQUOTED = "!#$&'()*+,-./:;<=>?@[]^_`{|}~"
"""What stands in a header as it is; the rest of the printable, blanks and quotes among it, is percent-encoded."""


def enveloped(
    form: str, body: Mapping[str, Any], *, message: str, source: str, at: datetime
) -> tuple[dict[str, str], bytes]:
    """Return headers and bytes of a message in one of `FORMS`.

    Args:
        form: How it is sent, or `EMBEDDED`. body: The notice; `kind` names it, `number` the case. message: Its id.
        source: URI of this installation's district. at: When it happened (aware).

    Source: CloudEvents 1.0.2, HTTP protocol binding, 3.
    """
    if form == EMBEDDED:
        headers = {str(name): str(value) for name, value in body["headers"].items()}
        return {"Content-Type": str(body["content_type"]), **headers}, msgspec.json.encode(body["body"])
    if form == PLAIN:
        return {"Content-Type": "application/json"}, msgspec.json.encode(body)
    attributes = {
        "specversion": "1.0", "id": message, "source": source, "type": f"org.bihuan.notice.{body.get('kind', 'other')}",
        "time": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }  # fmt: skip
    if body.get("number"):
        attributes["subject"] = str(body["number"])
    if form == BINARY:
        headers = {
            f"ce-{name}": quote(value, safe="!#$&'()*+,-./:;<=>?@[]^_`{|}~ ") for name, value in attributes.items()
        }
        return {"Content-Type": "application/json", **headers}, msgspec.json.encode(body)
    told = {**attributes, "datacontenttype": "application/json", "data": body}
    return {"Content-Type": "application/cloudevents+json"}, msgspec.json.encode(told)
