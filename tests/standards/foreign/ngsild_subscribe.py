"""ngsildclient subscribes by `entities` alone, lists and ends: `{host, port, token, to, end}` → what it found."""

import json
import sys

import requests
from ngsildclient import Client
from ngsildclient.api.helper.subscription import SubscriptionBuilder
from ngsildclient.utils.console import Console

Console.print = lambda *_, **__: None
said = json.load(sys.stdin)


class Bearer(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {said['token']}"
        return request


client = Client(said["host"], said["port"], custom_auth=Bearer(), verbose=False)
told = {}
if "end" in said:
    told["listed"] = [each["id"] for each in client.subscriptions.list(pattern="levels")]
    told["status"] = client.subscriptions.get(said["end"])["status"]
    told["ended"] = client.subscriptions.delete(pattern="levels")
    told["exists"] = client.subscriptions.exists(said["end"])
else:
    asked = SubscriptionBuilder(said["to"]).select_type("gauge").description("levels").build()
    told["id"] = client.subscriptions.create(asked)
    told["exists"] = client.subscriptions.exists(told["id"])
print(json.dumps(told))
