"""Django settings: everything comes from the environment and from `BIHUAN_HOME`; see docs/topics/operations.md."""

from __future__ import annotations

import os
from pathlib import Path

from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from bihuan import extend
from bihuan.server import configuration, logs
from bihuan.server.assembling import placed
from bihuan.server.home import current_home

PACKAGE = Path(__file__).resolve().parent.parent
HOME = current_home()
CONFIGURATION = configuration.load_configuration(HOME)

BIHUAN_ENV = CONFIGURATION.environment
DEBUG = False
SECRET_KEY = CONFIGURATION.secret("SECRET_KEY")
BIHUAN_IDENTITY_KEY = CONFIGURATION.secret("BIHUAN_IDENTITY_KEY")
BIHUAN_INDEX_KEY = CONFIGURATION.secret("BIHUAN_INDEX_KEY")
BIHUAN_LEDGER_KEY = CONFIGURATION.secret("BIHUAN_LEDGER_KEY")
BIHUAN_SEAL_KEY = CONFIGURATION.secret("BIHUAN_SEAL_KEY")
ALLOWED_HOSTS = configuration.words_of_variable("BIHUAN_ALLOWED_HOSTS", "127.0.0.1 localhost [::1] testserver")
CSRF_TRUSTED_ORIGINS = configuration.words_of_variable("BIHUAN_TRUSTED_ORIGINS", "")
# The district this installation works for; empty: the only one that is loaded.
BIHUAN_DISTRICT = os.environ.get("BIHUAN_DISTRICT", "")
BIHUAN_BASE_URL = os.environ.get("BIHUAN_BASE_URL", "http://127.0.0.1:8000")
BIHUAN_BEHIND_PROXY = configuration.flag_of_variable("BIHUAN_BEHIND_PROXY")
# How many proxies of ours add the address they saw to X-Forwarded-For; without one the header is not read.
BIHUAN_TRUSTED_PROXIES = int(os.environ.get("BIHUAN_TRUSTED_PROXIES", "1" if BIHUAN_BEHIND_PROXY else "0"))
BIHUAN_METRICS_TOKEN = os.environ.get("BIHUAN_METRICS_TOKEN", "")


INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    *(app.name for app in extend.APPS.all()),
    "django_htmx",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
AUTH_USER_MODEL = "registers.User"

MIDDLEWARE = placed(
    [
        "bihuan.server.middleware.RequestMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        # Pages hold a masked CSRF token, and each answer is padded by a random length: guessing by size (BREACH) fails.
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.csp.ContentSecurityPolicyMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "allauth.account.middleware.AccountMiddleware",
        "django_htmx.middleware.HtmxMiddleware",
        "bihuan.server.gate.DemoAccountsMiddleware",
        "bihuan.server.gate.SecondFactorMiddleware",
    ],
    extend.MIDDLEWARE.all(),
)

ROOT_URLCONF = "bihuan.server.urls"
WSGI_APPLICATION = "bihuan.server.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database: one role per process (see configuration.database) -----------------------------------
DATABASES = {"default": CONFIGURATION.database}
BIHUAN_APP_ROLE = CONFIGURATION.app_role
# In the database, so that rate limits count over all processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "server_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Language, time --------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("BIHUAN_TIME_ZONE", "Asia/Shanghai")

# --- Files -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = HOME.static
_collected = (HOME.static / "staticfiles.json").exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "bihuan.server.compressing.KeptManifestStorage"
        if _collected or os.environ.get("BIHUAN_COLLECTING")
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _collected
# Names with a hash in them: Django's (name.0123456789ab.css) and Vite's (dist/assets/name-BFhYNLtd.js).
WHITENOISE_IMMUTABLE_FILE_TEST = r"(\.[0-9a-f]{12}\.[a-z0-9.]+|/dist/assets/.+-[\w-]{8}\.[a-z0-9.]+)$"
MEDIA_ROOT = HOME.media
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 12
BIHUAN_MAX_UPLOAD_BYTES = int(os.environ.get("BIHUAN_MAX_UPLOAD_BYTES", "20000000"))
BIHUAN_MAX_BODY_BYTES = 4 * BIHUAN_MAX_UPLOAD_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE  # four photos and the words

# --- Browser security ------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "worker-src": [CSP.SELF, "blob:"],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
_https = BIHUAN_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "bihuan.server.errors.csrf_failed"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_SSL_REDIRECT = _https and configuration.flag_of_variable("BIHUAN_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BIHUAN_BEHIND_PROXY else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Sign-in ---------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "bihuan.server.gate.PublishedPasswords",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/home/"
LOGIN_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "bihuan.server.accounts.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "bihuan.server.accounts.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # limited by `server.limits`: a stranger's failures never lock out the account's owner
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "bihuan.server.gate.SealedMfa"
# Second factors are sealed under a key derived from the signing key.
BIHUAN_MFA_KEY = SECRET_KEY
MFA_TOTP_ISSUER = "Bihuan"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https
SOCIALACCOUNT_PROVIDERS = configuration.oidc_providers()
SOCIALACCOUNT_ONLY = False

# --- Work, mail, logs ------------------------------------------------------------------------------
MAILERS = {"default": configuration.mailer()}
DEFAULT_FROM_EMAIL = os.environ.get("BIHUAN_MAIL_FROM", "bihuan@localhost")
LOGGING_CONFIG = None
BIHUAN_LOG_LEVEL, BIHUAN_LOG_FORMAT = logs.configure_from_environment()
