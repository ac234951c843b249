"""What production refuses: plain http, a demonstration's data and passwords, identity without a second factor."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from bihuan.faults import Fault
from bihuan.server import security_log
from bihuan.server.home import Home
from bihuan.server.programs import for_programs

PUBLISHED = frozenset({"bihuan-demo"})
"""Passwords that stand in the documentation; they open nothing in production, whoever's they are."""
SEALED = "s1:"
OPEN_PATHS = ("/accounts/", "/i18n/", "/static/", "/health", "/readyz", "/metrics", "/icon.svg")
KNOWN = "second_factor"


class NotForProduction(Fault):
    """BIHUAN_ENV=production, but something is set up as for a trial."""


def refuse_trial_setup(home: Home) -> None:
    """Refuse to serve in production what is set up as for a trial.

    Raises:
        NotForProduction: names what, and the remedy.

    Source: docs/topics/operations.md, "Production".
    """
    if settings.BIHUAN_ENV != "production":
        return
    if not settings.BIHUAN_BASE_URL.startswith("https://") and not settings.BIHUAN_BEHIND_PROXY:
        raise NotForProduction(
            f"BIHUAN_BASE_URL is {settings.BIHUAN_BASE_URL}: in production nobody signs in over plain http",
            "set BIHUAN_BASE_URL to the https:// address people use, or BIHUAN_BEHIND_PROXY=1 behind a TLS proxy",
        )
    if (home.path / "demo.json").exists():
        raise NotForProduction(
            f"{home.path} holds a demonstration: invented people whose password is published",
            "point BIHUAN_HOME at a folder of its own, then `bihuan init` and `bihuan load`",
        )


class PublishedPasswords(BaseBackend):
    """The first backend: published passwords and accounts of invented people are refused before any other looks."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Refuse in production; otherwise leave it to the next backend.

        Raises:
            PermissionDenied: the password is a published one, or the account a demonstration's.

        Source: GB/T 22239-2019, 8.1.4.2 b) (default accounts and their passwords).
        """
        if settings.BIHUAN_ENV != "production":
            return
        if credentials.get("password") in PUBLISHED:
            security_log.record("demo_password_refused", request=request)
            raise PermissionDenied
        found = get_user_model().objects.filter(username=credentials.get("username") or "", demo=True).first()
        if found is not None:
            security_log.record("demo_account_refused", actor=found, request=request)
            raise PermissionDenied


class DemoAccountsMiddleware:
    """In production an account of invented people is signed out however it came in (old session, single sign-on)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        if settings.BIHUAN_ENV == "production" and user.is_authenticated and user.barred:
            security_log.record("demo_account_refused", actor=user, request=request)
            logout(request)
        return self.get_response(request)


class SecondFactorMiddleware:
    """In production, who may see identities or run the installation sets up a second factor before anything else.

    Rule: GB/T 22239-2019 8.1.4.1 d), two kinds of authentication for such accounts.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.BIHUAN_ENV != "production" or request.path.startswith(OPEN_PATHS) or not self._lacking(request):
            return self.get_response(request)
        security_log.record("refused", request=request, reason="no_second_factor")
        if for_programs(request.path):
            body = {
                "type": "about:blank", "title": "Forbidden", "status": 403, "code": "second_factor",
                "text": {"zh": "此岗位须先启用二次验证", "en": "this role needs a second factor first"},
                "remedy": {"zh": "登录后在“二次验证”页启用", "en": "sign in and set it up at /accounts/2fa/"},
            }  # fmt: skip
            return JsonResponse(body, status=403, content_type="application/problem+json")
        return redirect("mfa_activate_totp")

    def _lacking(self, request: HttpRequest) -> bool:
        user: Any = request.user
        if not user.is_authenticated or request.session.get(KNOWN) == str(user.pk):
            return False
        from allauth.mfa.utils import is_mfa_enabled

        if user.needs_second_factor() and not is_mfa_enabled(user):
            return True
        request.session[KNOWN] = str(user.pk)
        return False


class SealedMfa(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors' secrets are sealed at rest (AES-256-GCM under a key derived from SECRET_KEY)."""

    def encrypt(self, text: str) -> str:
        """Sealed text; the nonce stands before it. Source: NIST SP 800-38D (AES-GCM, nonce of 96 bits)."""
        nonce = os.urandom(12)
        return SEALED + base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), SEALED.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; one that was stored before secrets were sealed is taken as it stands.

        Raises:
            NotForProduction: it was sealed under another key.

        Source: NIST SP 800-38D (AES-GCM).
        """
        if not encrypted_text.startswith(SEALED):
            return encrypted_text
        raw = base64.b64decode(encrypted_text.removeprefix(SEALED))
        try:
            return _cipher().decrypt(raw[:12], raw[12:], SEALED.encode()).decode()
        except InvalidTag as error:
            raise NotForProduction(
                "a second factor was sealed under another SECRET_KEY", "restore that key, or reset the factor"
            ) from error


def _cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(b"bihuan second factor\0" + settings.BIHUAN_MFA_KEY.encode()).digest())
