"""Sign-in rules: accounts are made by the district (bulk load), never by signing up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: accounts are made by the district. Source: docs/topics/registers.md, "Loading"."""
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Single sign-on only connects to an account that exists with the same username."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Say no: single sign-on only connects to an account that exists.

        Source: docs/topics/operations.md, "Production" (single sign-on)
        """
        return False
