"""Settings, all from the environment. The embedded defaults need no server; see docs/reference/settings.md."""

from __future__ import annotations

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from backend.config import logging as log_setup
from backend.config.rest import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401  read by the libraries
from backend.config.sign_in import *  # noqa: F403  read by the libraries

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()

VAR_DIR = Path(env.str("RONGQIAO_VAR", default=str(BASE_DIR / "var")))
DEMO = env.bool("RONGQIAO_DEMO", default=False)
DEMO_SECRET = "demo-only-secret-key-never-used-outside-the-demo-0123456789"  # noqa: S105  refused outside the demo
SECRET_KEY_MIN_LENGTH = 50
SECRET_KEY = env.str("RONGQIAO_SECRET_KEY", default=DEMO_SECRET if DEMO else "")
if not DEMO and (SECRET_KEY == DEMO_SECRET or len(SECRET_KEY) < SECRET_KEY_MIN_LENGTH):
    fault = "is the demo's" if SECRET_KEY == DEMO_SECRET else f"has fewer than {SECRET_KEY_MIN_LENGTH} characters"
    raise ImproperlyConfigured(
        f"RONGQIAO_SECRET_KEY {fault if SECRET_KEY else 'is not set'}: set it to a long random value kept outside the "
        "repository, or set RONGQIAO_DEMO=1 for a demo on this machine alone"
    )
DEBUG = False
ALLOWED_HOSTS = env.list("RONGQIAO_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("RONGQIAO_ORIGINS", default=[])

PACKS_DIR = Path(env.str("RONGQIAO_PACKS", default=str(BASE_DIR / "fixtures")))
PACK = env.str("RONGQIAO_PACK", default="")  # empty: the folder named in fixtures/DEFAULT

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "backend.common",
    "backend.packs",
    "backend.accounts",
    "backend.lifecycle",
    "backend.companies",
    "backend.products",
    "backend.verification",
    "backend.needs",
    "backend.records",
    "backend.applications",
    "backend.indexing",
    "backend.matching",
    "backend.matches",
    "backend.reports",
    "backend.market",
    "backend.leads",
    "backend.overview",
    "backend.api",
    "backend.site",
    "backend.operations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "backend.accounts.middleware.SessionSeen",
    "backend.accounts.middleware.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "backend.config.urls"
WSGI_APPLICATION = "backend.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,  # the page of the API's reference lies in its package
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backend.site.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "backend.site.templatetags.values"],
        },
    },
]

FORM_RENDERER = "backend.site.forms.SiteRenderer"

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'rongqiao.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# Search: the first engine answers, the others stand by and are kept up to date as well.
SEARCH_ENGINES = env.list("SEARCH_ENGINES", default=["embedded"])
SEARCH_PREFIX = env.str("SEARCH_PREFIX", default="rongqiao")
SEARCH_FOLDER = Path(env.str("SEARCH_FOLDER", default=str(VAR_DIR / "index")))
ELASTICSEARCH_URL = env.str("ELASTICSEARCH_URL", default="http://127.0.0.1:9200")
ELASTICSEARCH_API_KEY = env.str("ELASTICSEARCH_API_KEY", default="")
ELASTICSEARCH_TIMEOUT_SECONDS = env.float("ELASTICSEARCH_TIMEOUT_SECONDS", default=3.0)
ELASTICSEARCH_SHARDS = env.int("ELASTICSEARCH_SHARDS", default=1)  # of indexes made from now on
ELASTICSEARCH_REPLICAS = env.int("ELASTICSEARCH_REPLICAS", default=0)

# Tasks run in process unless a broker is named.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_TASK_ALWAYS_EAGER = not CELERY_BROKER_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Whoever writes does not wait for a broker that is away; the worker's own connection keeps trying by other settings.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "socket_connect_timeout": 1,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
OUTBOX_BATCH = env.int("OUTBOX_BATCH", default=500)
OUTBOX_EVERY_SECONDS = env.float("OUTBOX_EVERY_SECONDS", default=3.0)
CLOCK_EVERY_SECONDS = env.float("CLOCK_EVERY_SECONDS", default=60.0)  # what is due by its time alone
# Writes wake the worker at once; the schedule is the net under them. A tick that nobody took is dropped.
CELERY_BEAT_SCHEDULE = {
    "drain-outbox": {
        "task": "workers.tasks.drain_outbox",
        "schedule": OUTBOX_EVERY_SECONDS,
        "options": {"expires": OUTBOX_EVERY_SECONDS},
    },
    "look-at-clock": {
        "task": "workers.tasks.look_at_clock",
        "schedule": CLOCK_EVERY_SECONDS,
        "options": {"expires": CLOCK_EVERY_SECONDS},
    },
}

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "my-home"
LOGOUT_REDIRECT_URL = "home"
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of earlier passwords: each is hashed anew as it is next used
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# E-mail: written to the log of the web server unless a post office is named.
vars().update(env.email("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="rongqiao@localhost")

LOGGING = log_setup.configuration(readable=DEMO, level=env.str("RONGQIAO_LOG_LEVEL", default="INFO"))

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "backend" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# What npm brings: fonts, htmx, charts. `./dev` installs it; an image has it built in.
PACKAGES_DIR = Path(env.str("RONGQIAO_PACKAGES", default=str(BASE_DIR / "node_modules")))
# The font of the PDFs. What draws them may read this folder and the site's own style sheets, nothing else.
FONTS_DIR = Path(env.str("RONGQIAO_FONTS", default=str(PACKAGES_DIR / "@expo-google-fonts/noto-sans-sc")))

# What people hand in. Never served from here: each file goes through a page that asks who wants it.
MEDIA_ROOT = Path(env.str("RONGQIAO_FILES", default=str(VAR_DIR / "files")))

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("RONGQIAO_STATIC", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "backend.site.assets.PackageFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

TLS = env.bool("RONGQIAO_TLS", default=not DEMO)
SECURE_SSL_REDIRECT = TLS
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked for from inside, past the proxy
# Only a proxy of our own may say that a request came by TLS; a client could write the header too.
PROXY = env.bool("RONGQIAO_PROXY", default=False)
ALLAUTH_TRUSTED_PROXY_COUNT = int(PROXY)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
