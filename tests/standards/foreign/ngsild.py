"""ngsildclient makes, asks and ends entities, pyld expands them: `{host, port, token, context}` → what each found."""

import json
import sys

import requests
from ngsildclient import Client, Entity
from ngsildclient.utils.console import Console
from pyld import jsonld

Console.print = lambda *_, **__: None
said = json.load(sys.stdin)


class Bearer(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {said['token']}"
        return request


client = Client(said["host"], said["port"], custom_auth=Bearer(), verbose=False)
told = {}
gauge = Entity("gauge", "g7").prop("title", "Seven").prop("river", "Qing").gprop("location", (39.96, 116.31))
told["made"] = client.create(gauge)
found = client.get(gauge.id)
told["read"] = [found["title.value"], found["location.value.coordinates"], found.id]
gauge["river.value"] = "Wanquan"
told["upserted"] = client.batch.upsert([gauge, Entity("gauge", "g8").prop("title", "Eight")]).success
told["river"] = client.get(gauge.id)["river.value"]
told["asked"] = sorted(each.id for each in client.query(type="gauge", q='river=="Wanquan"'))
told["count"] = client.count(type="gauge")
told["newest"] = client.get("urn:ngsi-ld:gauge:g1", asdict=True)["gauge_level"]
ended = client.delete(client.get("urn:ngsi-ld:gauge:g8"))
told["ended"] = getattr(ended, "n_ok", int(bool(ended)))
told["exists"] = client.exists("urn:ngsi-ld:gauge:g8")

full = client.get(gauge.id, asdict=True)


def load(address, options):
    document = said["context"] if address == full["@context"][0] else {"@context": {}}
    return {"contextUrl": None, "documentUrl": address, "document": document}


core = {
    "id": "@id", "type": "@type", "Property": "https://uri.etsi.org/ngsi-ld/Property",
    "value": "https://uri.etsi.org/ngsi-ld/hasValue", "@vocab": "https://uri.etsi.org/ngsi-ld/default-context/",
}  # fmt: skip
(expanded,) = jsonld.expand({**full, "@context": [*full["@context"], core]}, {"documentLoader": load})
told["expanded"] = sorted(expanded)
told["type"] = expanded["@type"]
print(json.dumps(told))
