"""Fixtures of the dashboard's tests: `stack`, the product with an empty database, and `page`, a Chromium page on it."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.dashboard.browser import Watched, chromium, chromium_path, new_page
from tests.e2e.dashboard.stack import Stack, running
from tests.issuer import Issuer, issuing

Open = Callable[..., Page]
API_KEY = "an-admins-key-of-these-tests-0001"


@pytest.fixture(scope="session")
def product(dsn: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(dsn, redis_url, tmp_path_factory.mktemp("dashboard")) as stack:
        yield stack


@pytest.fixture
def stack(product: Stack, database: str, valkey: str) -> Stack:
    return product


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@pytest.fixture(scope="session")
def gated(dsn: str, redis_url: str, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {
        "INSECURE_NO_AUTH": "",
        "API_KEY": API_KEY,
        "OIDC_ISSUER": issuer.url,
        "OIDC_AUDIENCE": "dashboard",
        "OIDC_CLIENT_ID": "dashboard",
    }
    with running(dsn, redis_url, tmp_path_factory.mktemp("gated"), **settings) as stack:
        stack.client.headers["Authorization"] = f"Bearer {API_KEY}"
        yield stack


@pytest.fixture
def secured(gated: Stack, database: str, valkey: str) -> Stack:
    """The product as it is deployed: nobody gets in without a key or a token. The stack's own calls are an admin's."""
    return gated


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium_path() is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium: apt-get install chromium")
        pytest.skip("NO CHROMIUM: the dashboard is not tested. Install it: apt-get install chromium")
    expect.set_options(timeout=8000)
    with chromium() as launched:
        yield launched


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """The page with the record of its faults; there must be none at the end."""
    watched = new_page(browser)
    yield watched
    faults = watched.faults()
    watched.page.context.close()
    assert faults == []


@pytest.fixture
def open_page(stack: Stack, watched: Watched) -> Open:
    """Opens a view by its query string: `open_page("?status=failed")`."""

    def go(search: str = "") -> Page:
        watched.page.goto(f"{stack.url}/{search}")
        expect(watched.page.get_by_role("banner")).to_be_visible()
        return watched.page

    return go
