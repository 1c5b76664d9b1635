"""What admins may do with channels, and what is shown of them."""

from typing import Any
from uuid import UUID, uuid4

from tickwork.alerts.channel import MAX_CHANNELS, NewChannel, url_hint
from tickwork.alerts.message import TEST, Delivery
from tickwork.alerts.sending import send
from tickwork.core.errors import Conflict, NotFound
from tickwork.core.principal import Actor
from tickwork.core.settings import Settings
from tickwork.stores.postgres.alert_store import AlertStore, Row
from tickwork.stores.postgres.job_store import JobStore


def list_alerts(store: AlertStore) -> dict[str, Any]:
    """Every channel, without its url, and the latest deliveries."""
    return {"channels": [_shown(channel) for channel in store.channels()], "deliveries": store.deliveries()}


def add_channel(store: AlertStore, new: NewChannel, by: Actor) -> dict[str, Any]:
    """The new channel as it is shown; Conflict when there are too many."""
    columns = {"name": new.name, "kind": new.kind, "url": new.url, "events": [str(event) for event in new.events]}
    if (channel := store.add_channel(MAX_CHANNELS, by, id=uuid4(), **columns)) is None:
        raise Conflict(f"there are {MAX_CHANNELS} channels already; remove one")
    return _shown(channel)


def remove_channel(store: AlertStore, id: UUID, by: Actor) -> None:
    if not store.remove_channel(id, by):
        raise NotFound(f"there is no channel {id}")


def send_test(store: AlertStore, jobs: JobStore, id: UUID, settings: Settings, by: Actor) -> dict[str, Any]:
    """Send a test message now: `ok`, or `error` in words."""
    for row in store.channels():
        if row["id"] == id:
            return _sent(store, jobs, row, settings, by)
    raise NotFound(f"there is no channel {id}")


def _sent(store: AlertStore, jobs: JobStore, row: Row, settings: Settings, by: Actor) -> dict[str, Any]:
    message = Delivery(uuid4(), jobs.now(), row["name"], row["kind"], row["url"], TEST, "", 0, 0.0, 1)
    error = send(message, settings)
    store.add_test(
        by, id=message.id, channel_id=row["id"], channel=row["name"], event=TEST, ok=error is None, error=error
    )
    return {"ok": error is None, "error": error}


def _shown(channel: Row) -> dict[str, Any]:
    hint = url_hint(channel["kind"], channel["url"])
    return {name: value for name, value in channel.items() if name != "url"} | {"url_hint": hint}
