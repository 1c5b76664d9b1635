"""The one table of what is deployed. `python -m infra.render` writes it into every file of infra/ that names functions,
and to functions.json, which Terraform reads; tests compare."""

import json
from typing import NamedTuple

from tickwork.api.routes import FUNCTIONS, Route, routes_of

# What one function may use at once, and for how long. Google's advice is as many threads as concurrent calls.
API_CONCURRENCY = 8
API_SECONDS = 60
API_MIB = 512
API_INSTANCES = 20
# A tick takes new jobs for TICK_BUDGET_SECONDS and then waits for those that run: built-in handlers may take 60 s.
RUN_SECONDS = 120
RUN_MIB = 1024
RUN_INSTANCES = {"run_jobs": 50, "tick": 4}  # as many ticks as the local clock lets run at once
RUNNERS = tuple(RUN_INSTANCES)

STORES = ("DATABASE_URL", "REDIS_URL")
LOGS = ("GOOGLE_CLOUD_PROJECT", "LOG_LEVEL", "REDACT_FIELDS")
DATABASE = ("STATEMENT_SECONDS",)
# The same for all: who looks into another shard than others write into finds nothing, and ranks have to compare.
INDEX = ("INDEX_SHARDS", "PRIORITY_STEP_SECONDS")
COMMON = (*LOGS, *DATABASE, *INDEX)
LIMITS = ("FAILED_SIGN_INS_PER_MINUTE", "JOBS_PER_DAY", "RATE_LIMIT_PER_MINUTE", "TRUSTED_PROXIES")
SIGN_IN = (
    "CORS_ORIGINS",
    "OIDC_AUDIENCE",
    "OIDC_CLIENT_ID",
    "OIDC_ISSUER",
    "OIDC_ROLE_CLAIM",
    "SUPABASE_URL",
)
# Which of these a tick needs, TICK_AUTH decides.
TICK_SECRETS = ("QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY", "TICK_SECRET", "TICK_SECRET_PREVIOUS")
MAIL = ("AWS_REGION", "EMAIL_FROM", "HTTP_ALLOW_HOSTS")
SENDING = ("SMTP_URL", "WEBHOOK_SECRET")
HANDLERS = ("FONT_FOLDER", "STORAGE_PUBLIC_URL", "STORAGE_URL")
TRACES_SECRETS = ("OTEL_EXPORTER_OTLP_HEADERS",)
TRACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME")
RUNNING = ("LEASE_SECONDS", "TICK_AUDIENCE", "TICK_AUTH", "TICK_CONCURRENCY", "TICK_SERVICE_ACCOUNT")
# What one function alone reads.
OWN = {
    "list_jobs": ("TICK_SILENCE_SECONDS",),
    "tick": (
        "ALERT_DUE_LATE_SECONDS",
        "DISPATCH",
        "KEEP_AUDIT_SECONDS",
        "KEEP_COMPLETED_SECONDS",
        "KEEP_FAILED_SECONDS",
        "KEEP_IDEMPOTENCY_SECONDS",
        "MAX_BATCH",
        "QUEUE_DEPTH",
        "RECONCILE_SECONDS",
        "RUN_JOBS_QUEUE_URL",
        "RUN_JOBS_URL",
        "TICK_BUDGET_SECONDS",
        "TICK_LINGER_SECONDS",
        "TICK_SHARDS",
    ),
}
# list_jobs tells that no tick comes, as whoever asks for /health sees; manage_alerts tests a channel.
SENDERS = (*RUNNERS, "list_jobs", "manage_alerts")


class Function(NamedTuple):
    """One HTTP function. `public`: the platform lets anybody call it, and it asks for a key or a token itself; the
    others may be called only by those named in `callers`, which the platform or a shared secret sees to.

    `secrets` must exist, `optional` may; both come from the platform's store of secrets. `env` is plain text. Durations
    are seconds.
    """

    name: str
    routes: list[Route]
    public: bool
    callers: tuple[str, ...]
    concurrency: int
    max_instances: int
    timeout: int
    memory_mib: int
    env: tuple[str, ...]
    secrets: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def methods(self) -> list[str]:
        return sorted({route.method for route in self.routes})


def table() -> dict[str, Function]:
    """Every function that tickwork/api/routes.py knows, by name."""
    return {name: _runner(name) if name in RUNNERS else _api(name) for name in FUNCTIONS}


def _api(name: str) -> Function:
    return Function(
        name=name,
        routes=routes_of(name),
        public=True,
        callers=(),
        concurrency=API_CONCURRENCY,
        max_instances=API_INSTANCES,
        timeout=API_SECONDS,
        memory_mib=API_MIB,
        env=(*COMMON, *SIGN_IN, *LIMITS, *(MAIL if name in SENDERS else ()), *OWN.get(name, ())),
        secrets=STORES,
        optional=("API_KEY", *(SENDING if name in SENDERS else ())),
    )


def _runner(name: str) -> Function:
    return Function(
        name=name,
        routes=routes_of(name),
        public=False,
        callers=("scheduler",) if name == "tick" else ("tick",),
        concurrency=1,  # a tick and a batch use as many threads as TICK_CONCURRENCY says
        max_instances=RUN_INSTANCES[name],
        timeout=RUN_SECONDS,
        memory_mib=RUN_MIB,
        env=(*COMMON, *RUNNING, *TRACES, *MAIL, *HANDLERS, *OWN.get(name, ())),
        secrets=STORES,
        optional=(*TICK_SECRETS, *SENDING, *TRACES_SECRETS),
    )


def as_json() -> str:
    """The table for those who do not speak Python."""
    rows = {
        name: {
            "public": function.public,
            "callers": function.callers,
            "concurrency": function.concurrency,
            "max_instances": function.max_instances,
            "timeout": function.timeout,
            "memory_mib": function.memory_mib,
            "env": function.env,
            "secrets": function.secrets,
            "optional": function.optional,
            "methods": function.methods,
        }
        for name, function in table().items()
    }
    return json.dumps(rows, indent=2) + "\n"
