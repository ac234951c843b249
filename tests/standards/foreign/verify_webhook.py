"""standardwebhooks verifies what we signed: `{secrets, body, headers}` → `verified` or `refused` under each secret."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

said = json.load(sys.stdin)


def verdict(secret: str, body: str, headers: dict[str, str]) -> str:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return "refused"
    return "verified"


print(json.dumps([verdict(secret, said["body"], said["headers"]) for secret in said["secrets"]]))
