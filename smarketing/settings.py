"""Every setting of the project, from the environment; policy that users may change is data, not here.

Two ways to run. *Local*: `make run`, `make test`, `manage.py` in a checkout; servers are embedded unless
`DATABASE_URL` and `REDIS_URL` name others. *Production*: `SMARKETING_PRODUCTION=1`; it refuses to start
without an explicit secret, hosts and servers.
"""

import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from smarketing.stack.places import CHECKOUT, places

env = environ.Env()
BASE_DIR = CHECKOUT
PLACES = places()
SMARKETING_HOME = PLACES.home
PRODUCTION = env.bool("SMARKETING_PRODUCTION", default=False)
TESTING = "pytest" in sys.modules
PROCESS = env.str("SMARKETING_PROCESS", default="command")
"""`web`, `worker`, `beat` or `command`: how long one statement may take depends on it."""

# Secrets, hosts, transport

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY_BYTES = 48
SHORTEST_SECRET = 50


def local_secret() -> str:
    """A secret of this home, made once and readable by its owner only."""
    SMARKETING_HOME.mkdir(parents=True, exist_ok=True)
    path = SMARKETING_HOME / "secret-key"
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(SECRET_KEY_BYTES))
        try:
            os.link(draft, path)  # the first of two simultaneous starts wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


if PRODUCTION:
    SECRET_KEY = env.str("SECRET_KEY", default="")
    if (
        len(SECRET_KEY) < SHORTEST_SECRET
        or len(set(SECRET_KEY)) < 10
        or SECRET_KEY.startswith("django-insecure")
    ):
        raise ImproperlyConfigured(
            "SECRET_KEY must be a random text of at least 50 characters in production."
        )
    if DEBUG:
        raise ImproperlyConfigured("DEBUG shows secrets to strangers: unset it in production.")
    ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this site, separated by commas.")
else:
    SECRET_KEY = env.str("SECRET_KEY", default="") or local_secret()
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", ".localhost"])

SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "smarketing_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # signing out holds, whatever becomes of Redis
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "smarketing_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "smarketing.views.frame.of_another_session"
LANGUAGE_COOKIE_SECURE = PRODUCTION

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Code

ROOT_URLCONF = "smarketing.urls"
WSGI_APPLICATION = "smarketing.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

OUR_APPS = [
    "smarketing",
    "reporting",
    "sla",
    "leads",
    "personas",
    "lifecycle",
    "agreements",
    "accounts",
    "lib",
]
INSTALLED_APPS = [
    *OUR_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "template_partials",
    "django_countries",  # the names of countries in French
    "lucide",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.session_limits",
    "accounts.middleware.reader",
    "accounts.middleware.not_kept",
    "accounts.middleware.no_null",
    "accounts.middleware.with_words",
    "accounts.middleware.SignedInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "leads.middleware.RulebookAsks",
]

TEMPLATE_PLACES = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                ("template_partials.loader.Loader", [("lib.template_loader.Loader", TEMPLATE_PLACES)])
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "smarketing.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "lib.form_renderer.FormRenderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Databases

STATEMENT_SECONDS = {"web": 30, "worker": 600, "beat": 30, "command": 0}
LOCK_SECONDS = {"web": 5, "worker": 30, "beat": 5, "command": 0}


def guarded(database: dict[str, Any]) -> dict[str, Any]:
    """The connection with time limits of this process; 0 means none, for commands a person watches."""
    limits = {
        "statement_timeout": STATEMENT_SECONDS[PROCESS],
        "lock_timeout": LOCK_SECONDS[PROCESS],
        "idle_in_transaction_session_timeout": 0 if PROCESS == "command" else 60,
    }
    # The server else ends the statement of a killed process first, and holds its locks as long as that takes
    limits["client_connection_check_interval"] = 1
    options = " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items())
    database.setdefault("OPTIONS", {}).setdefault("options", options)
    if socket_folder := database["OPTIONS"].pop("host", None):
        database["HOST"] = socket_folder  # postgres://user@/name?host=/var/run/postgresql
    database["OPTIONS"].setdefault("application_name", f"smarketing {PROCESS}")
    database["OPTIONS"].setdefault(
        "prepare_threshold", 1
    )  # of use to lib.statements alone, whose cursors ask for it
    # A connection per thread, checked before use: it survives a restart of the server without a pool to tune.
    return database | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


EMBEDDED_POSTGRES = not env.str("DATABASE_URL", default="")
EMBEDDED_VALKEY = not env.str("REDIS_URL", default="")
if PRODUCTION and (EMBEDDED_POSTGRES or EMBEDDED_VALKEY):
    raise ImproperlyConfigured("DATABASE_URL and REDIS_URL must name the servers in production.")

DATABASES: dict[str, Any] = {
    "default": guarded(
        {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "smarketing",
            "USER": "postgres",
            "HOST": str(PLACES.sockets),
        }
        if EMBEDDED_POSTGRES
        else env.db_url("DATABASE_URL")
    )
}

# Redis: the bell and the cache, never the memory

CACHE_DATABASE = env.int("CACHE_DATABASE", default=1)
"""Apart from the broker's database 0, since clearing a cache empties its database."""
if EMBEDDED_VALKEY:
    REDIS_URL = f"redis+socket://{PLACES.valkey_socket}"
    CACHE_URL = f"unix://{PLACES.valkey_socket}?db={CACHE_DATABASE}"
else:
    REDIS_URL = env.str("REDIS_URL")
    CACHE_URL = (
        env.str("CACHE_URL", default="") or urlsplit(REDIS_URL)._replace(path=f"/{CACHE_DATABASE}").geturl()
    )

# One attempt: whoever asks has something to do without Redis
REDIS_OPTIONS: dict[str, Any] = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "retry": Retry(NoBackoff(), 0),
}
CACHES = {
    "default": {
        "BACKEND": "smarketing.cache.FallbackCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "smarketing",
        "OPTIONS": REDIS_OPTIONS,
    }
}

# Signing in

AUTH_USER_MODEL = "accounts.User"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
FIRST_VISIT_URL = "smarketing:welcome"
"""Where signing in leads while nobody works here; never in production."""
ACCOUNT_ADAPTER = "accounts.adapter.ClosedAccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "reset_password": "accounts.sign_in_forms.ForgottenForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers whose address somebody types are left in peace
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=int(BEHIND_PROXY))
"""How many entries of X-Forwarded-For are ours: sign-in is limited by network, and all come from the proxy's."""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Smarketing"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator has given the address; nobody signs up with one
MFA_ADAPTER = "accounts.adapter.SecondStepAdapter"

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale" / app for app in OUR_APPS]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files

STATIC_URL = "static/"
# Collected for production only; a checkout serves its folders as they are.
STATIC_ROOT = (
    Path(env.str("STATIC_ROOT", default="") or BASE_DIR / "build" / "static") if PRODUCTION else None
)
STATICFILES_DIRS = [
    folder for folder in (BASE_DIR / "assets", BASE_DIR / "build" / "vendor") if folder.is_dir()
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "smarketing.staticfiles.HashedFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default="") or SMARKETING_HOME / "media")
FILE_UPLOAD_PERMISSIONS = 0o600

# Imports: how long one can be taken back, and how long its file and the report of each row are kept

IMPORT_UNDO_DAYS = env.int("IMPORT_UNDO_DAYS", default=30)
IMPORT_BATCH_ROWS = env.int("IMPORT_BATCH_ROWS", default=5_000)
"""Rows of one transaction: what a killed worker costs, and how long a contact of an import is held."""
IMPORT_KEEP_DAYS = max(env.int("IMPORT_KEEP_DAYS", default=90), IMPORT_UNDO_DAYS)

# Money

REPORTING_CURRENCY = env.str("REPORTING_CURRENCY", default="EUR").upper()
"""What every sum is in; amounts in another count at the rates of `/settings/currencies/`."""
if not re.fullmatch("[A-Z]{3}", REPORTING_CURRENCY):
    raise ImproperlyConfigured("REPORTING_CURRENCY must be the three letters of a currency, as EUR or CHF.")

# E-mail

if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "lib.mail_files.EmailBackend"
    EMAIL_FILE_PATH = str(SMARKETING_HOME / "mail")
EMAIL_TIMEOUT = 10
DIGEST_MINUTES = env.int("DIGEST_MINUTES", default=15)
"""How long news that can wait are gathered into one mail."""
SITE_URL = (
    env.str("SITE_URL", default="")
    or (f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION else f"http://localhost:{env.int('PORT', default=8000)}")
).rstrip("/")
"""Where a link in a mail leads; mails are written where no request says it."""
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default="") or SITE_URL.partition("://")[2].partition(":")[0]
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Smarketing <smarketing@localhost>")

# Celery: at least once, so that every task is idempotent

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 9 * 60
CELERY_TASK_TIME_LIMIT = 10 * 60
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 15 * 60,  # longer than the hard limit: a running task is never handed out again
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
