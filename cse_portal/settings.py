"""All settings, from the environment. In production the portal refuses to start without its secrets."""

import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from cse_portal.lib import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()

# DEMO: invented data, said on every page. DEBUG: a developer's machine. Neither: production.
DEMO = env.bool("CSE_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
TESTING = "pytest" in sys.modules

# Without DATABASE_URL and REDIS_URL this is a newcomer's machine: real servers of our own are started in var/.
if not (env.str("DATABASE_URL", "") and env.str("REDIS_URL", "")):
    if env.str("ALLOWED_HOSTS", "") and not (DEMO or DEBUG or TESTING):
        raise ImproperlyConfigured(
            "Set DATABASE_URL and REDIS_URL: with ALLOWED_HOSTS set, this is production, which has servers of its own."
        )
    embedded.ensure_environment(testing=TESTING)
PRODUCTION = not (DEMO or DEBUG or TESTING or embedded.in_use())


def secret(name):
    """A secret from the environment; outside production one is made once and kept in var/."""
    value = env.str(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"Set {name}: the portal does not start in production without it.")
    return embedded.kept_secret(name)


SECRET_KEY = secret("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS: the host names that the portal answers to.")
SITE_URL = env.str("SITE_URL", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION else f"http://127.0.0.1:{env.str('PORT', '8000')}").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
# Ed25519, base64url of 32 bytes: signs certificates. Older public keys stay in the database, so old certificates verify.
SIGNING_KEY = secret("SIGNING_KEY")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "cse_portal.lib",
    "cse_portal.accounts",
    "cse_portal.activity",
    "cse_portal.notices",
    "centres",
    "training",
    "standards",
    "cse_portal.oversight",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cse_portal.accounts.middleware.RequireSecondFactor",
    "cse_portal.middleware.ActingHat",
    "cse_portal.middleware.NotTooLarge",
    "cse_portal.middleware.NamesLookedAt",
]

ROOT_URLCONF = "cse_portal.urls"
WSGI_APPLICATION = "cse_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "cse_portal.oversight.navigation.shell",
            ],
        },
    },
]
FORM_RENDERER = "cse_portal.lib.rendering.Renderer"

DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"].update(CONN_MAX_AGE=0 if TESTING else 60, CONN_HEALTH_CHECKS=True)
# Compiling a query costs more than any query of ours saves by it.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL")
if TESTING and (worker := env.str("PYTEST_XDIST_WORKER", "")):  # tests side by side: each has a Redis database of its own
    REDIS_URL = f"{REDIS_URL.rsplit('/', 1)[0]}/{int(REDIS_URL.rsplit('/', 1)[1]) + 1 + int(worker.removeprefix('gw'))}"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "cse"}}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1800}
CELERY_TIMEZONE = "Africa/Nairobi"

# Identity: by email, by invitation; a second factor for the roles that decide or see much.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name", "surname", "first_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600  # an invitation's link works for a week
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "cse_portal.accounts.adapter.InvitationOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is proven by the invitation sent to it
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "20/m/ip,5/m/key"}
if DEMO or TESTING:
    ACCOUNT_RATE_LIMITS["login"] = "600/m/ip"
MFA_ADAPTER = "cse_portal.accounts.adapter.SecondStep"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "CSE Portal"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# Only a demonstration may switch the second factor off.
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=True) if (DEMO or TESTING) else True
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_SAVE_EVERY_REQUEST = False
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", 2 * 3600)

# Security of the transport.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = PRODUCTION
BEHIND_PROXY = env.bool("BEHIND_PROXY", PRODUCTION)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Behind a proxy the reader's address is the last of X-Forwarded-For; else everybody would share one rate limit.
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("sw", _("Kiswahili"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Africa/Nairobi"
USE_TZ = USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Evidence and staff files: never under a web root; doors hand them out to those in scope.
MEDIA_ROOT = Path(env.str("STORAGE_ROOT", str(VAR_DIR / "files")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if (DEBUG or TESTING)
        else "cse_portal.lib.static_files.HashedFiles"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING
STAFF_FILE_MAX_BYTES = env.int("STAFF_FILE_MAX_BYTES", 20 * 1024 * 1024)
STAFF_FILE_MAX_ROWS = env.int("STAFF_FILE_MAX_ROWS", 100_000)
STAFF_FILE_AT_ONCE = env.int("STAFF_FILE_AT_ONCE", 1000)  # rows; a larger file is taken in by the worker
STAFF_FILE_CLAIM_SECONDS = env.int("STAFF_FILE_CLAIM_SECONDS", 120)  # a reader unheard of for so long is replaced
EVIDENCE_MAX_BYTES = env.int("EVIDENCE_MAX_BYTES", 10 * 1024 * 1024)
MATERIAL_MAX_BYTES = env.int("MATERIAL_MAX_BYTES", 25 * 1024 * 1024)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12000
DATA_UPLOAD_MAX_NUMBER_FILES = 500  # forms say how many they take; beyond this nothing is read
REQUEST_MAX_BYTES = env.int("REQUEST_MAX_BYTES", 128 * 1024 * 1024)

# Post. MAILBOX_DIR: the demonstration's file mailbox, which a page shows; otherwise SMTP.
MAILBOX_DIR = VAR_DIR / "mail" if DEMO else None
if DEMO:
    EMAIL_BACKEND = "cse_portal.notices.mailbox.FileMailbox"
else:
    vars().update(env.email("EMAIL_URL", default="smtp://127.0.0.1:25"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "CSE Portal <no-reply@cse.example>")
EMAIL_TIMEOUT = 30
NOTICE_CLAIM_SECONDS = env.int("NOTICE_CLAIM_SECONDS", 300)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cse_portal.lib.api.BearerToken", "rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "cse_portal.lib.api.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cse_portal.lib.api.explain",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CSE Portal API",
    "DESCRIPTION": "Training, certification and service figures of Customer Service Excellence in Kenya's public service.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # Several models have a "state" or "outcome"; without these the schema gives them names that change.
    "ENUM_NAME_OVERRIDES": {
        "CohortState": "training.models.Cohort.State",
        "EnrolmentState": "training.models.Enrolment.State",
        "CorrectionState": "training.models.Correction.State",
        "CertificateActKind": "training.models.CertificateAct.Kind",
        "ComponentKind": "training.models.AssessmentComponent.Kind",
        "CompetencyLevel": "training.models.Level",
        "CertificationLevel": "standards.models.Certification.Level",
        "RosterState": "centres.models.Roster.State",
        "RowOutcome": "centres.models.RosterRow.Outcome",
        "EditionState": "standards.models.Edition.State",
        "AuditState": "standards.models.Audit.State",
        "FindingState": "standards.models.Finding.State",
        "RatingValue": "standards.models.Rating.Value",
        "EvidenceKind": "standards.models.Evidence.Kind",
        "CertificationState": "standards.filters.CertificationFilter.STATES",
        "DecisionOutcome": "standards.models.Decision.Outcome",
        "ReturnState": "cse_portal.oversight.models.QuarterlyReturn.State",
        "ExcusalReason": "centres.models.Excusal.Reason",
        "LeavingReason": "centres.upkeep_forms.SeparateForm.REASONS",
        "RegisterState": ["known", "stale", "never"],
        "AuditKind": "standards.models.Audit.Kind",
        "NoteKind": ["interview", "observation", "mystery_visit", "data"],
        "MeasuredFigureKind": "standards.models.MeasuredFigure.Kind",
        "ProgrammeState": "standards.models.AuditProgramme.State",
        "ProgrammeLineState": "standards.models.ProgrammeLine.State",
        "ApplicationState": "standards.models.Application.State",
        "EngagementKind": "standards.models.Engagement.Kind",
        "ReportKind": "standards.models.AuditReport.Kind",
        "CertificationActKind": "standards.models.CertificationAct.Kind",
        "CertificationActState": "standards.models.CertificationAct.State",
        "RecommendationOutcome": "standards.models.Recommendation.Outcome",
        "ReviewOutcome": "standards.models.TechnicalReview.Outcome",
        "VoteOutcome": "standards.models.PanelVote.Outcome",
        "FindingGrade": "standards.models.Finding.Grade",
        "DisputeOutcome": "standards.models.Dispute.Outcome",
        "VerificationOutcome": "standards.models.Verification.Outcome",
    },
}

# Assumed until the owner says otherwise; shown as assumed where they bite.
REGISTER_MAX_AGE_DAYS = env.int("REGISTER_MAX_AGE_DAYS", 120)
RETURN_DUE_DAYS = env.int("RETURN_DUE_DAYS", 14)  # calendar days after the end of a quarter
RETURN_LATE_DAYS = env.int("RETURN_LATE_DAYS", 15)  # days after that until a return is not admissible

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "WARNING" if TESTING else "INFO")},
}
