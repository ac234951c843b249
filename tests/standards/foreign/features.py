"""OWSLib reads features: `{address, token, collection, box, day}` → what it found, page by page."""

import json
import sys

from owslib.ogcapi.features import Features

said = json.load(sys.stdin)
headers = {"Authorization": f"Bearer {said['token']}"} if said["token"] else {}
service = Features(said["address"], headers=headers)
name = said["collection"]
ids, page = [], service.collection_items(name, limit=said["limit"])
while True:
    ids += [each["id"] for each in page["features"]]
    following = [each["href"] for each in page["links"] if each["rel"] == "next"]
    if not following:
        break
    after = following[0].split("after=")[1].split("&")[0]
    page = service.collection_items(name, limit=said["limit"], after=after)
boxed = service.collection_items(name, bbox=said["box"])
mercator = "http://www.opengis.net/def/crs/EPSG/0/3857"
told = {
    "title": service.links[0]["rel"],
    "conforms": service.conformance()["conformsTo"],
    "described": sorted(service.api()["paths"]),
    "collections": service.feature_collections(),
    "queryable": service.collection(name)["storageCrs"],
    "ids": ids,
    "matched": service.collection_items(name)["numberMatched"],
    "boxed": [each["id"] for each in boxed["features"]],
    "then": [each["id"] for each in service.collection_items(name, datetime_=said["then"])["features"]],
    "metres": service.collection_items(name, crs=mercator)["features"][0]["geometry"],
    "one": service.collection_item(name, ids[0])["geometry"],
}
print(json.dumps(told))
