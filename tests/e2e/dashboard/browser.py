"""One Chromium for the run, and pages that remember everything that went wrong on them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WATCH = """
globalThis.cspReports = [];
document.addEventListener('securitypolicyviolation', (event) => {
  globalThis.cspReports.push(event.violatedDirective + ' ' + event.blockedURI);
  console.error('CSP report: ' + event.violatedDirective + ' ' + event.blockedURI); // outlives the document
});
"""


def chromium_path() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGS)
        yield browser
        browser.close()


class Watched:
    """A page and its faults: console errors, uncaught errors and CSP reports."""

    def __init__(self, context: BrowserContext):
        context.add_init_script(WATCH)
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.refusals_wanted = False
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def want_refusals(self) -> None:
        """What the browser itself says about answers of 4xx and 5xx and about none is no fault of this page.

        Of the whole page and not of a moment: the browser may say it after the test has seen what it waited for.
        """
        self.refusals_wanted = True

    def faults(self) -> list[str]:
        errors = [error for error in self.errors if not (self.refusals_wanted and "Failed to load resource" in error)]
        return errors + list(self.page.evaluate("globalThis.cspReports ?? []"))


def new_page(browser: Browser, **options: Any) -> Watched:
    options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "timezone_id": "Europe/Berlin"} | options
    context = browser.new_context(**options)
    context.set_default_timeout(8000)
    return Watched(context)
