"""Which read answers which GET."""

from collections.abc import Callable

from tickwork.api.endpoint import Call, Reply
from tickwork.app import alerts, index, keys, settings, store, watch_ticks
from tickwork.auth.gate import gate
from tickwork.auth.manage import AUDIT_QUERY, list_audit, list_keys
from tickwork.auth.sign_in import sign_in
from tickwork.core.redact import redacted
from tickwork.jobs import detail, listing, metrics, stats


def _list(call: Call) -> Reply:
    page = listing.list_jobs(store(), call.params(listing.QUERY))
    items = [job | {"payload": redacted(job["payload"], settings().redact_fields)} for job in page["items"]]
    return Reply(page | {"items": items})


def _health(call: Call) -> Reply:
    body = detail.health(store(), index(), settings().tick_silence_seconds)
    if body["silent"]:
        watch_ticks(body["last_tick_at"])
    shown = body if call.principal else {"status": body["status"]}  # strangers need not know which store is away
    return Reply(shown, 503 if body["status"] == "down" else 200)


def _stats(call: Call) -> Reply:
    body = stats.job_stats(store(), index(), call.params(stats.QUERY), settings().tick_silence_seconds)
    if body["tick"]["silent"]:
        watch_ticks(body["tick"]["last_tick_at"])
    return Reply(body)


def _alerts(_: Call) -> Reply:
    from tickwork.alerts.manage import list_alerts

    return Reply(list_alerts(alerts()))


def _me(call: Call) -> Reply:
    name, role, via, expires_at = call.caller
    return Reply({"name": name, "role": role, "via": via, "expires_at": expires_at})


def _openapi(_: Call) -> Reply:
    from tickwork.api.openapi import document  # it needs every module; a cold start should not

    return Reply(document())


READS: dict[str, Callable[[Call], Reply]] = {
    "list": _list,
    "count": lambda call: Reply(listing.count_jobs(store(), call.params(listing.FILTER))),
    "stats": _stats,
    "detail": lambda call: Reply(
        detail.job_detail(store(), index(), call.the_id, settings().tick_silence_seconds),
    ),
    "job_types": lambda _: Reply(detail.job_types()),
    "health": _health,
    "alerts": _alerts,
    "openapi": _openapi,
    "sign_in": lambda _: Reply(sign_in(gate(), settings())),
    "me": _me,
    "keys": lambda _: Reply(list_keys(keys())),
    "audit": lambda call: Reply(list_audit(keys(), call.params(AUDIT_QUERY))),
    "metrics": lambda _: Reply(metrics.metrics(store(), index()), media_type=metrics.MEDIA_TYPE),
}
