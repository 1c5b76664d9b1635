"""Sends what is to be sent, in threads of its own: a receiver that hangs holds nobody up for longer than a moment."""

from collections.abc import Sequence
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from time import monotonic

from tickwork.alerts.message import Delivery
from tickwork.alerts.sending import send
from tickwork.core.errors import Unavailable
from tickwork.core.log import log
from tickwork.core.settings import Settings
from tickwork.stores.postgres.alert_store import AlertStore

PATIENCE_SECONDS = 2.0  # what is not sent by then goes on beside; should the platform freeze it, it is sent again later


def deliver(store: AlertStore, settings: Settings, patience: float = PATIENCE_SECONDS) -> None:
    """Send every message that is due to be sent, each in its thread, and wait for them at most `patience` seconds."""
    until = monotonic() + patience
    for thread in _start(store, store.claim_deliveries(), settings):
        thread.join(max(0.0, until - monotonic()))


def _start(store: AlertStore, deliveries: Sequence[Delivery], settings: Settings) -> list[Thread]:
    threads = [
        Thread(target=copy_context().run, args=(_deliver, store, delivery, settings), daemon=True)
        for delivery in deliveries
    ]
    for thread in threads:
        thread.start()
    return threads


def _deliver(store: AlertStore, delivery: Delivery, settings: Settings) -> None:
    error = send(delivery, settings)
    with suppress(Unavailable):  # it is sent once more then: told twice is better than not at all
        store.note_delivery(delivery.id, error)
    if error is None:
        log("alert.sent", channel=delivery.channel, alert=delivery.event)
    else:
        log("alert.not_sent", "WARNING", message=error, channel=delivery.channel, alert=delivery.event)
