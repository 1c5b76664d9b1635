"""What is news. Ticks that reconcile look (once a minute), so an idle tick stays free of SQL; a ticker that is dead can
tell nobody, so whoever asks for health or statistics looks whether ticks come."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from time import monotonic

from tickwork.alerts.channel import AlertEvent
from tickwork.alerts.deliveries import deliver
from tickwork.core.settings import Settings
from tickwork.stores.postgres.alert_store import AlertStore

SILENCE_LOOK_SECONDS = 10.0  # dashboards ask every two seconds


def watch_jobs(store: AlertStore, due_count: Callable[[], int], settings: Settings) -> None:
    """After a tick that reconciled: ticks come again, do due jobs wait too long, did jobs fail; then send."""
    store.digest_failures()
    store.prune(settings.keep_failed_seconds)
    if not store.channels():
        return
    store.note_state(AlertEvent.NO_TICK, False)
    waited = store.oldest_due()
    late = waited > settings.alert_due_late_seconds
    store.note_state(AlertEvent.DUE_LATE, late, due_count() if late else 0, waited)
    deliver(store, settings)


class SilenceWatch:
    """One for each process that answers /health."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._look_at = 0.0

    def tell(
        self, store: AlertStore, ticked_at: datetime | None, now: Callable[[], datetime], settings: Settings
    ) -> None:
        """No tick comes: tell it, once however many notice; and send what could not be sent before."""
        with self._lock:
            if monotonic() < self._look_at:
                return
            self._look_at = monotonic() + SILENCE_LOOK_SECONDS
        if store.channels():
            seconds = (now() - ticked_at).total_seconds() if ticked_at else 0.0
            store.note_state(AlertEvent.NO_TICK, True, 0, seconds)
            deliver(store, settings)
