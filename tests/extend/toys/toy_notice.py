"""A notice of somebody else: whoever reported is told that the unit has signed for it."""

from __future__ import annotations

from bihuan.extend import Notices


def notices() -> tuple[Notices, ...]:
    """One rule and its words."""
    return (
        Notices(
            "toys",
            {
                "rules": [{"event": "accepted", "kind": "signed_for", "to": "reporter"}],
                "kinds": {
                    "signed_for": {
                        "zh": {"subject": "已签收：{number}", "body": "承办单位已签收 {number}。"},
                        "en": {"subject": "Signed for: {number}", "body": "The unit has signed for {number}."},
                    }
                },
            },
        ),
    )
