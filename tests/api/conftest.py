"""All functions behind one HTTP server, over emptied stores; its jobs are checked by their types but do nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared.handlers import handlers
from tests.api.server import serving
from tests.integration.conftest import Api, api, apps, wired  # noqa: F401 (fixtures)


@pytest.fixture
def address(apps: dict[str, Any], wired: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:  # noqa: F811
    for name, known in handlers().items():
        monkeypatch.setitem(handlers(), name, replace(known, function=lambda payload, job: None))
    with serving(apps) as url:
        yield url
