"""Django's settings. Whatever differs between two installations comes from `kumala_itsm.env`."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from kumala_itsm import env
from kumala_itsm.schedule import SCHEDULE

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"

# What this installation is -------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")  # demo accounts on the sign-in page, the local mailbox, the component gallery
DEMO_PASSWORD = env.text("DEMO_PASSWORD")  # one for all accounts of the demo; the local runner names it
SECRET_KEY = env.text("SECRET_KEY") or ("only-for-development" if DEBUG else "")
# Opens the private keys in the database; without it nothing starts (core.secrets).
SIGNING_KEY = env.text("SIGNING_KEY") or ("only-for-development-" * 2 if DEBUG else "")
BASE_URL = env.text("BASE_URL", f"http://127.0.0.1:{env.number('PORT', 8000)}").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", f"127.0.0.1 localhost [::1] {urlsplit(BASE_URL).hostname or ''}")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "portal",
    "integrations.mailbox",
    "integrations.monday",
    "integrations.agents",
    "devflow",
    "backups",
    "tickets",
    "inventory",
    "approvals",
    "clocks",
    "notifications",
    "accounts",
    "events",
    "core",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "core.administration.Administration",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "django_filters",
    "django_fsm",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.Person",
    "core.middleware.Errors",
    "accounts.middleware.SignInRequired",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "kumala_itsm.urls"
WSGI_APPLICATION = "kumala_itsm.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "portal.context.shell",
            ],
            "builtins": [
                "core.templatetags.kumala",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]
FORM_RENDERER = "core.renderers.Tabler"

# Data ----------------------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL", "postgresql:///kumala")
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
}
# A silent network hole must end as an error within seconds, not hang a worker for TCP's quarter of an hour.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    # On today's disks a page from anywhere costs hardly more than the next one. PostgreSQL's own 4 makes it read
    # whole tables where an index has the answer: a rare word among a million requests took 0.6 s instead of 2 ms.
    "options": "-c random_page_cost=1.1",
} | DATABASES["default"]["OPTIONS"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
# Sessions and counters of failed sign-ins live in PostgreSQL: they hold while Redis is away.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

MEDIA_ROOT = env.path("MEDIA_ROOT", LOCAL / "media")
MEDIA_URL = ""  # no file of a person is ever served by its path
UPLOAD_LIMIT_MB = env.number("UPLOAD_LIMIT_MB", 20)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
PGTRIGGER_MIGRATIONS = True

# People --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.Closed"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = str
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Kumala ITSM] "
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "reset_password": "20/m/ip,5/m/key",
    "change_password": "5/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Kumala ITSM"
MFA_FORMS = {"add_webauthn": "accounts.forms.AddPasskey"}
# Director and Board sign with a passkey or an authenticator app, never with a password alone.
SIGNING_FACTOR_REQUIRED = env.flag("SIGNING_FACTOR_REQUIRED", default=not DEMO)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or not BASE_URL.startswith("https://")

_secure = BASE_URL.startswith("https://")
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_NAME = "__Host-sessionid" if _secure else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if _secure else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
SECURE_SSL_REDIRECT = _secure
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.number("TRUSTED_PROXIES", 0) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# Languages and times -------------------------------------------------------------------------------------------

LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Indonesian")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Jakarta"

# Static files --------------------------------------------------------------------------------------------------

NODE = ROOT / "node_modules"
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", LOCAL / "static")
STATICFILES_DIRS = [
    ROOT / "static",
    ("vendor/tabler/css", NODE / "@tabler/core/dist/css"),
    ("vendor/htmx", NODE / "htmx.org/dist"),
    ("vendor/jsqr", NODE / "jsqr/dist"),
    ("vendor/idiomorph", NODE / "idiomorph/dist"),
    ("vendor/signature_pad", NODE / "signature_pad/dist"),
]
# The vendor files that our pages load and no others: unused ones name pictures that do not exist.
STATICFILES_FINDERS = ["core.finders.Chosen", "django.contrib.staticfiles.finders.AppDirectoriesFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Background work: settings that survive a network hole, see docs/decisions ------------------------------------

_visibility = 600  # seconds; longer than the longest task
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "visibility_timeout": _visibility,
    "unacked_restore_throttle": 1,
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": _visibility}
CELERY_VISIBILITY_TIMEOUT = _visibility
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
# A task whose process was killed comes back at once. It cannot loop for ever: messages expire within seconds, and
# the row that kills its worker counts its crashes in PostgreSQL and is given up after five.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
# One effect that hangs fails within half a minute, so that it holds up nobody else (see core.outbox).
CELERY_TASK_ANNOTATIONS = {
    name: {"soft_time_limit": 30, "time_limit": 45} for name in ("events.deliver", "notifications.send_mail")
}
CELERY_TASK_DEFAULT_QUEUE = "sweeps"
CELERY_TASK_ROUTES = {entry["task"]: {"queue": entry["options"]["queue"]} for entry in SCHEDULE.values()}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A message whose acknowledgement a silent line swallowed keeps its place until the next connection: with one place for
# each child, every such line would leave a worker with a child less, and at last deaf.
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
# What ran when a connection broke is cancelled (below) and never gives its place back: one by one a worker went deaf.
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
DOORBELL = True  # tests switch it off and deliver by hand

# Mail ----------------------------------------------------------------------------------------------------------

MAIL_URL = env.text("MAIL_URL", f"file://{LOCAL / 'mail'}")
_mail = urlsplit(MAIL_URL)
MAIL_DIR = Path(_mail.path) if _mail.scheme == "file" else None
EMAIL_BACKEND = (
    "notifications.backends.MailDirectory" if MAIL_DIR else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = _mail.hostname or "localhost"
EMAIL_PORT = _mail.port or (465 if _mail.scheme == "smtps" else 25)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = dict(parse_qsl(_mail.query)).get("tls") == "1"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Kumala ITSM <itsm@kumala.example>")
# Requests by e-mail. Without an address of a mailbox nothing is fetched; letters can still be imported by hand.
MAIL_IN_URL = env.text("MAIL_IN_URL")
MAIL_IN_ADDRESS = env.text("MAIL_IN_ADDRESS")
# The name under which our own mail server writes what it found out about senders; nobody else's findings count.
MAIL_IN_AUTHSERV_ID = env.words("MAIL_IN_AUTHSERV_ID")
MAIL_IN_LIMIT_MB = env.number("MAIL_IN_LIMIT_MB", 25)
# Letters of one sender, letters in one case, new requests of one sender; each per hour.
MAIL_IN_SENDER_LIMIT = env.number("MAIL_IN_SENDER_LIMIT", 20)
MAIL_IN_THREAD_LIMIT = env.number("MAIL_IN_THREAD_LIMIT", 10)
MAIL_IN_NEW_LIMIT = env.number("MAIL_IN_NEW_LIMIT", 5)

# The mirror on monday.com. Without a token the product runs and says "not connected".
MONDAY_TOKEN = env.text("MONDAY_TOKEN")
MONDAY_API_URL = env.text("MONDAY_API_URL", "https://api.monday.com/v2")
MONDAY_API_VERSION = env.text("MONDAY_API_VERSION", "2026-10")
MONDAY_PLAN = env.choice("MONDAY_PLAN", ("free", "standard", "pro", "enterprise"), "standard")
# Whether monday.com can reach us, and so is asked to tell what happens.
MONDAY_WEBHOOKS = env.flag("MONDAY_WEBHOOKS", default=BASE_URL.startswith("https://"))
# Signs the deliveries of webhooks that an app made (OAuth); those of a personal token come unsigned.
MONDAY_SIGNING_SECRET = env.text("MONDAY_SIGNING_SECRET")

# Inventory agents ----------------------------------------------------------------------------------------------

# The largest report as it comes, and once it is opened; a machine of normal size sends 20 to 100 KB.
AGENTS_LIMIT_MB = env.number("AGENTS_LIMIT_MB", 20)
AGENTS_OPENED_LIMIT_MB = env.number("AGENTS_OPENED_LIMIT_MB", 32)
AGENTS_EVERY_HOURS = env.number("AGENTS_EVERY_HOURS", 24)
# So many days the bytes of a report are kept as they came; what was read from them stays. 0: for ever.
AGENTS_KEEP_RAW_DAYS = env.number("AGENTS_KEEP_RAW_DAYS", 400)
# After so many days without a report a machine is silent.
AGENTS_SILENT_DAYS = env.number("AGENTS_SILENT_DAYS", 14)
# Remote tools that IT uses itself, by the names under which agents tell them.
AGENTS_REMOTE_TOOLS = env.words("AGENTS_REMOTE_TOOLS")

# Signatures ----------------------------------------------------------------------------------------------------

# Who makes keys and signatures: a class with the shape of approvals.providers.Provider.
SIGNING_PROVIDER = env.text("SIGNING_PROVIDER") or "approvals.authority.Internal"
# A device in which the product's own keys are made and kept: its PKCS#11 library, the token in it, and the token's PIN.
SLOT_MODULE = env.text("SLOT_MODULE")
SLOT_TOKEN = env.text("SLOT_TOKEN")
SLOT_PIN = env.text("SLOT_PIN")
# A time-stamping authority (RFC 3161) and, in PEM, the certificates under which its stamps are believed.
TSA_URL = env.text("TSA_URL")
TSA_ROOTS = env.path("TSA_ROOTS", LOCAL / "tsa.pem")

# The ledger's hashes outside the database: a directory of files that only grow, and who gets each day's head.
LEDGER_ANCHOR_DIR = env.text("LEDGER_ANCHOR_DIR")
LEDGER_ANCHOR_MAIL = env.words("LEDGER_ANCHOR_MAIL")

# Networks of the company in which the version addresses of servers may lie; without any only public ones are asked.
VERSION_CHECK_NETWORKS = env.networks("VERSION_CHECK_NETWORKS")

# Backups -------------------------------------------------------------------------------------------------------

# Where pg_dump, pg_restore, initdb and postgres of the server's version or a newer one lie; "": on the path.
POSTGRES_PROGRAMS = env.text("POSTGRES_PROGRAMS")
# The store's cache; where drills restore to (a disk with room for the largest target); where restores beside go.
BACKUP_HOME = env.path("BACKUP_HOME", LOCAL / "backups")
BACKUP_SCRATCH = env.text("BACKUP_SCRATCH")
BACKUP_RESTORED = env.path("BACKUP_RESTORED", BACKUP_HOME / "restored")
BACKUP_AT_ONCE = env.number("BACKUP_AT_ONCE", 2)  # runs at one time

# API -----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.SignedInWithScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.Json", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_PAGINATION_CLASS": "core.paging.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "core.openapi.Schema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "core.api.as_problem",
    "PAGE_SIZE": 25,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kumala ITSM",
    "DESCRIPTION": "Every verb a person has in the browser, over the same rules.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "DEFAULT_GENERATOR_CLASS": "core.openapi.Document",
    "ENUM_NAME_OVERRIDES": {
        "TicketKind": "tickets.enums.Kind",
        "TimeZone": "accounts.enums.TimeZone",
        "TicketStatus": "tickets.enums.Status",
        "FormKind": "approvals.enums.Kind",
        "FormState": "approvals.enums.ApprovalState",
        "EnvironmentKind": "devflow.enums.EnvironmentKind",
        "DeploymentResult": "devflow.enums.DeploymentResult",
        "BoardColumn": "devflow.enums.Column",
        "TestResult": "approvals.enums.Result",
        "Role": "accounts.enums.Role",
        "MessageKind": "notifications.enums.Kind",
        "TicketChannel": "tickets.enums.Channel",
        "LetterState": "integrations.mailbox.enums.State",
        "ClockState": "clocks.enums.ClockState",
        "MachineState": "integrations.agents.enums.MachineState",
        "SecurityCheck": "integrations.agents.enums.CheckKind",
        "MatchedBy": "integrations.agents.enums.How",
        "TargetKind": "backups.enums.TargetKind",
        "RepositoryKind": "backups.enums.RepositoryKind",
        "RunKind": "backups.enums.RunKind",
        "RunState": "backups.enums.RunState",
        "RestoreState": "backups.enums.RestoreState",
        "BackupFault": "backups.enums.Fault",
        "Apart": "backups.enums.Apart",
        "SnapshotPart": "backups.enums.Part",
        "AssetState": "inventory.enums.AssetState",
        "RenewableKind": "inventory.enums.RenewableKind",
        "RenewableState": "inventory.enums.RenewableState",
        "ImportState": "inventory.enums.ImportState",
        "ImportMode": "inventory.enums.ImportMode",
        "CountState": "inventory.enums.CountState",
        "TaskState": "inventory.enums.TaskState",
        "CountResult": "inventory.enums.Found",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "celery.app.trace": {"level": "WARNING"},
        "pyhanko": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
