"""Fixtures of the dashboard's tests: `stack`, the product with an empty database, and `page`, a Chromium page on it."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.dashboard.browser import Watched, chromium, chromium_path, new_page
from tests.e2e.dashboard.stack import Stack, running

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def product(dsn: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(dsn, redis_url, tmp_path_factory.mktemp("dashboard")) as stack:
        yield stack


@pytest.fixture
def stack(product: Stack, database: str, valkey: str) -> Stack:
    return product


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
