"""Every setting, read from the environment once; but for the command line nothing else reads it. README has
them as a table."""

from collections.abc import Mapping, Sequence
from functools import cache
from os import environ
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from tickwork.core.errors import Misconfigured


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


# What reads these addresses says what is wrong by quoting them, passwords and all; we say what would be right.


def _postgres(address: SecretStr) -> SecretStr:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(address.get_secret_value())
    except ProgrammingError:
        raise ValueError("must be postgresql://user:password@host/database, with %… for special characters") from None
    return address


def _redis(address: SecretStr) -> SecretStr:
    from redis.connection import parse_url

    try:
        parse_url(address.get_secret_value().replace("redis+cluster", "redis", 1))  # type: ignore[no-untyped-call]
    except ValueError:
        raise ValueError(
            "must be redis://, rediss://, redis+cluster:// or unix://, then user:password@host:port,"
            " with %… for special characters"
        ) from None
    return address


MIN_SECRET = 24
NEEDED = {
    "secret": (),
    "google": ("tick_audience", "tick_service_account"),
    "qstash": ("tick_audience", "qstash_current_signing_key"),
    "platform": (),
}


def is_safe(url: str) -> bool:
    """Keys fetched over plain HTTP could be anybody's, but for those of this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))


MAX_SHARDS = 256
ShardNumber = Annotated[int, Field(ge=0, lt=MAX_SHARDS)]
Csv = Annotated[list[str], BeforeValidator(_split)]


class Settings(BaseModel):
    """Field names are the environment variables in lower case. Durations are seconds."""

    model_config = ConfigDict(frozen=True)

    database_url: Annotated[SecretStr, AfterValidator(_postgres)] = Field(
        description="Postgres 15–18, direct or through a transaction pooler."
    )
    redis_url: Annotated[SecretStr, AfterValidator(_redis)] = Field(
        description="Redis 6.2–8 or Valkey 7–9; `rediss://` for TLS."
    )
    supabase_url: str = Field(
        "",
        description="Accepts the project's users, by their `app_metadata.role`. Postgres needs DATABASE_URL besides.",
    )
    supabase_key: SecretStr = Field(SecretStr(""), description="Of the original; not needed.")
    port: int = Field(4000, description="Where `make up` serves the API and the dashboard.")

    api_key: SecretStr = Field(
        SecretStr(""), description="An admin's key besides the stored ones, 24 characters at least."
    )
    oidc_issuer: str = Field("", description="OpenID Connect issuer whose tokens are accepted, as its tokens name it.")
    oidc_audience: str = Field("", description="Audience that its tokens must name.")
    oidc_client_id: str = Field("", description="What the dashboard signs in as, by code with PKCE.")
    oidc_role_claim: str = Field(
        "", description="Claim with viewer, operator or admin: `role` unless set, for Supabase `app_metadata.role`."
    )
    insecure_no_auth: Literal["", "loopback"] = Field(
        "", description="`loopback`: callers on this machine are admins without a key. For trying out only."
    )

    rate_limit_per_minute: int = Field(0, ge=0, description="Calls of one key or person; 0 = any number.")
    jobs_per_day: int = Field(0, ge=0, description="Jobs that one key or person may create; 0 = any number.")
    failed_sign_ins_per_minute: int = Field(
        20, ge=0, description="Wrong keys or tokens from one address; 0 = any number."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="Proxies in front whose X-Forwarded-For is believed, for that address."
    )
    redact_fields: Csv = Field(
        ["password", "secret", "token", "authorization", "api_key", "access_token", "refresh_token", "client_secret"],
        description="Payload fields, comma-separated, whose values lists and logs do not show.",
    )

    tick_auth: Literal["secret", "google", "qstash", "platform"] = Field(
        "secret", description="How callers of tick and run_jobs show who they are; `platform`: it lets in nobody else."
    )
    tick_secret: SecretStr = Field(SecretStr(""), description="For `secret`: their bearer token.")
    tick_secret_previous: SecretStr = Field(SecretStr(""), description="Still accepted, while the secret changes.")
    tick_audience: str = Field("", description="For `google` the audience, for `qstash` the URL that is called.")
    tick_service_account: str = Field("", description="For `google`: e-mail address of the caller's account.")
    google_jwks_url: str = Field("https://www.googleapis.com/oauth2/v3/certs", description="Google's public keys.")
    gce_metadata_host: str = Field(
        "metadata.google.internal", description="Where a tick on Google's platform gets its token for run_jobs."
    )
    qstash_current_signing_key: SecretStr = Field(SecretStr(""), description="For `qstash`.")
    qstash_next_signing_key: SecretStr = Field(SecretStr(""), description="For `qstash`; the current one soon.")

    statement_seconds: float = Field(
        10, ge=1, le=900, description="A statement that Postgres has not answered by then is given up."
    )
    lease_seconds: float = Field(30, ge=1, le=3600, description="A job whose function died is tried again after this.")
    tick_budget_seconds: float = Field(4, gt=0, le=900, description="A tick takes no new jobs after this.")
    tick_linger_seconds: float = Field(
        0,
        ge=0,
        le=900,
        description="A tick stays this long and starts jobs within milliseconds of becoming due; 0 = no.",
    )
    tick_concurrency: int = Field(8, ge=1, le=256, description="Handlers run at once in one tick or run_jobs call.")
    priority_step_seconds: float = Field(
        60,
        ge=0,
        le=86_400,
        description="A step of priority is worth this much waiting; 0 = the longest due first."
        " The same for every function.",
    )
    max_batch: int = Field(2000, ge=1, le=5000, description="Jobs taken at once, at most.")
    index_shards: int = Field(
        1,
        ge=1,
        le=MAX_SHARDS,
        description="Parts of the due index, each in one slot of a cluster; see docs/SCALING.md.",
    )
    tick_shards: Annotated[list[ShardNumber], BeforeValidator(_split)] = Field(
        [], description="Which of them a tick takes from, comma-separated; `POST /tick?shards=0,1` overrides it."
    )
    reconcile_seconds: float = Field(60, ge=1, description="How often a tick compares the index with the table.")
    tick_silence_seconds: float = Field(30, gt=0, description="/health turns 503 when no tick came for this long.")
    alert_due_late_seconds: float = Field(
        300, gt=0, description="Channels that want to know are told when a due job waits for longer."
    )
    keep_completed_seconds: float = Field(7 * 86_400, gt=0, description="Completed jobs older than this are pruned.")
    keep_failed_seconds: float = Field(
        30 * 86_400, gt=0, description="Failed and cancelled jobs older than this are pruned."
    )
    keep_audit_seconds: float = Field(365 * 86_400, gt=0, description="How long it is remembered who did what.")
    keep_idempotency_seconds: float = Field(86_400, gt=0, description="How long an Idempotency-Key is remembered.")

    dispatch: Literal["local", "http", "sqs"] = Field(
        "local", description="Who runs a batch: the tick itself, or run_jobs, by HTTP or through an SQS queue."
    )
    run_jobs_url: str = Field("", description="Where run_jobs listens, for DISPATCH=http.")
    run_jobs_queue_url: str = Field(
        "", description="The queue whose messages are POSTed to run_jobs, for DISPATCH=sqs."
    )
    queue_depth: int = Field(20, ge=1, le=10_000, description="Batches that wait in the queue, at most.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Lines below it are not written; DEBUG has one for each attempt."
    )
    otel_exporter_otlp_endpoint: str = Field("", description="Where traces go; see docs/OBSERVABILITY.md.")
    otel_exporter_otlp_headers: SecretStr = Field(
        SecretStr(""), description="`name=value,…`: what the collector asks for, such as a key."
    )
    otel_service_name: str = Field("tickwork", description="The service's name in traces.")
    google_cloud_project: str = Field("", description="Links log lines to their traces in Cloud Logging.")
    cors_origins: Csv = Field([], description="Origins, comma-separated, whose pages may call the API.")

    storage_url: str = Field(
        "file:./files", description="Where pdf and image_resize store: `s3://bucket/prefix` or `file:/folder`."
    )
    storage_public_url: str = Field(
        "", description="Prefix of the URLs of stored files; empty = what the store itself says."
    )
    font_folder: str = Field(
        "", description="Fonts for pdf besides Typst's own and the machine's, such as Chinese ones."
    )
    email_from: str = Field("", description="Sender of e-mails that name none.")
    smtp_url: SecretStr = Field(SecretStr(""), description="`smtp://user:password@host:587`; unset = SES.")
    aws_endpoint_url: str = Field("", description="An AWS stand-in such as moto; boto3 reads it by itself.")
    aws_region: str = Field("us-east-1", description="For SES, S3 and SQS.")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="`whsec_…`: signs outgoing http jobs (Standard Webhooks)."
    )
    http_allow_hosts: Csv = Field(
        [], description="`host` or `host:port` that http and image_resize may reach although private."
    )

    @model_validator(mode="after")
    def agree(self) -> "Settings":
        if self.dispatch == "http" and not self.run_jobs_url:
            raise ValueError("DISPATCH=http needs RUN_JOBS_URL, the address of the run_jobs function")
        if self.dispatch == "sqs" and not self.run_jobs_queue_url:
            raise ValueError("DISPATCH=sqs needs RUN_JOBS_QUEUE_URL, the queue whose messages run_jobs gets")
        return self

    @model_validator(mode="after")
    def keep_strangers_out(self) -> "Settings":
        for name in ("api_key", "tick_secret", "tick_secret_previous"):
            if 0 < len(getattr(self, name).get_secret_value()) < MIN_SECRET:
                raise ValueError(f"{name.upper()} must have at least {MIN_SECRET} characters: `openssl rand -hex 32`")
        for name in ("oidc_issuer", "supabase_url", "google_jwks_url"):
            if (url := getattr(self, name)) and not is_safe(url):
                raise ValueError(f"{name.upper()} must begin with https://")
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("OIDC_ISSUER needs OIDC_AUDIENCE, or tokens for other services would be accepted")
        if missing := [name.upper() for name in NEEDED[self.tick_auth] if not getattr(self, name)]:
            raise ValueError(f"TICK_AUTH={self.tick_auth} needs {' and '.join(missing)}")
        return self


@cache
def settings() -> "Settings":
    """This process's settings."""
    return load_settings()


def settings_or_none() -> Settings | None:
    """For those whom wrong settings must not stop; whoever needs one says what is wrong."""
    try:
        return settings()
    except Misconfigured:
        return None


def adopt(given: Mapping[str, str], unless: Sequence[str]) -> bool:
    """Let `given` stand in the environment where it says nothing, unless it says any of `unless`; whether it did."""
    if any(environ.get(name) for name in unless):
        return False
    environ.update({name: value for name, value in given.items() if not environ.get(name)})
    return True


def load_settings(env: Mapping[str, str] = environ) -> Settings:
    """Settings from `env`; Misconfigured names every variable that is missing or wrong."""
    known = {name: env[name.upper()] for name in Settings.model_fields if env.get(name.upper())}
    try:
        return Settings.model_validate(known)
    except ValidationError as error:
        faults = "; ".join(_fault(e["loc"], e["msg"]) for e in error.errors())
        raise Misconfigured(f"{faults}.{_hint(known)}") from None


def _fault(path: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    return f"{str(path[0]).upper()}: {said}" if path else said


def _hint(known: dict[str, str]) -> str:
    if "supabase_url" not in known or "database_url" in known:
        return ""
    return (
        " SUPABASE_URL alone is not enough: copy the transaction pooler's connection string"
        " (Supabase → Connect → Transaction pooler) into DATABASE_URL."
    )
