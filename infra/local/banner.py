"""What `make up` says once it can be used."""

from collections.abc import Collection

from infra.local.plan import BUCKET, LOCAL, QUEUE, ROOT
from tickwork.core.settings import Settings


def banner(gateway: str, own: Collection[str], settings: Settings) -> str:
    places = [
        ("dashboard", _signed_in(gateway, settings), ""),
        ("API", f"{gateway}/jobs", "described by /openapi.json"),
        ("sent mail", f"{gateway}/outbox", "")
        if not settings.smtp_url.get_secret_value()
        else ("sent mail", "SMTP_URL", ""),
        ("Postgres", *_store("DATABASE_URL", settings.database_url.get_secret_value(), own)),
        ("Redis", *_store("REDIS_URL", settings.redis_url.get_secret_value(), own)),
        ("AWS", *_store("AWS_ENDPOINT_URL", settings.aws_endpoint_url, own, f"bucket and queue: {BUCKET}, {QUEUE}")),
        *_dispatch(settings),
    ]
    lines = [f"    {name:<10} {place:<32} {note}".rstrip() for name, place, note in places]
    return "\n".join(["", "  Tickwork is up.", "", *lines, "", *_open(settings), *_next(gateway), ""]) + _supabase(
        settings, own
    )


def _store(variable: str, address: str, own: Collection[str], note: str = "") -> tuple[str, str]:
    """An address of ours may be shown; one that was given may hold a password."""
    return (address, note) if variable in own else (f"as {variable} says", "")


def _dispatch(settings: Settings) -> list[tuple[str, str, str]]:
    if settings.dispatch == "local":
        return []
    way = "by HTTP" if settings.dispatch == "http" else "through the queue"
    return [("dispatch", settings.dispatch, f"batches go to run_jobs {way}: its log says run.done for each")]


def _signed_in(gateway: str, settings: Settings) -> str:
    """As a link that signs in; an open API needs no key."""
    return f"{gateway}/" if settings.insecure_no_auth else f"{gateway}/#key={settings.api_key.get_secret_value()}"


def _open(settings: Settings) -> list[str]:
    if not settings.insecure_no_auth:
        return []
    return ["  INSECURE_NO_AUTH: the API is open on this machine; every caller here is an admin without a key.", ""]


def _next(gateway: str) -> list[str]:
    return [
        "  Try this, and watch it in the dashboard:",
        "",
        f"    export URL={gateway}",
        "    export KEY=$(.venv/bin/tickwork key)",
        "    curl $URL/jobs -H \"Authorization: Bearer $KEY\" -H 'Content-Type: application/json' \\",
        """      -d '{"type": "pdf", "payload": {"invoice_id": "2026-7", "customer": "Grace Hopper", "total": 42}}'""",
        "",
        f"  Ctrl-C stops everything. Jobs and files stay in {LOCAL.relative_to(ROOT)}/ for the next time;",
        "  the outbox starts empty.",
    ]


def _supabase(settings: Settings, own: Collection[str]) -> str:
    if not settings.supabase_url or "DATABASE_URL" not in own:
        return ""
    return (
        "\n  SUPABASE_URL is set, but the embedded Postgres is in use. To work on the Supabase project, copy its\n"
        "  connection string (Supabase → Connect → Transaction pooler) into DATABASE_URL.\n"
    )
