from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.api.server import serving
from tests.integration.conftest import Api, api, apps, patient, pooled_dsn, wired  # noqa: F401 (fixtures)
from tests.integration.handlers import HANDLERS
from tickwork.core.handler import handlers


@pytest.fixture
def built_in(wired: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The types that Tickwork comes with and no others; their jobs are checked, but do nothing."""
    for name in HANDLERS:
        monkeypatch.delitem(handlers(), name)
    for name, known in handlers().items():
        monkeypatch.setitem(handlers(), name, replace(known, function=lambda payload, job: None))
    for module in ("manage", "deliveries"):  # invented channels lead to other people's servers
        monkeypatch.setattr(f"tickwork.alerts.{module}.send", lambda message, settings: None)


@pytest.fixture
def address(api: Api, apps: dict[str, Any], built_in: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:  # noqa: F811
    """Where all functions answer over HTTP, on this worker's emptied stores; one tick has come, and no more need to."""
    monkeypatch.setenv("TICK_SILENCE_SECONDS", "86400")
    monkeypatch.setenv("FAILED_SIGN_INS_PER_MINUTE", "0")  # one address makes all the wrong ones
    api.tick()
    with serving(apps) as url:
        yield url
