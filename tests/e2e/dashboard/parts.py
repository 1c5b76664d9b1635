"""Parts of the page by what a user calls them."""

from playwright.sync_api import Locator, Page


def rows(page: Page) -> Locator:
    return page.locator("tbody tr[data-id]")


def row(page: Page, id: str) -> Locator:
    return page.locator(f'tbody tr[data-id="{id}"]')


def ids(page: Page) -> list[str]:
    return list(page.evaluate("[...document.querySelectorAll('tbody tr[data-id]')].map(row => row.dataset.id)"))


def toast(page: Page) -> Locator:
    return page.locator(".toast").last


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def tab(page: Page, status: str) -> Locator:
    """The link with a status and its count, above the table."""
    return page.get_by_role("navigation", name="Jobs by status").get_by_role("link", name=status)


def chips(page: Page) -> Locator:
    return page.get_by_role("list", name="Filters").get_by_role("listitem")


def add_filter(page: Page) -> Locator:
    """Opens the filter form."""
    page.get_by_role("button", name="Filter", exact=True).click()
    return page.get_by_role("group", name="Filter", exact=True)


def hide(page: Page, hidden: bool = True) -> None:
    """What the page sees when its tab goes to the background, or comes back."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )
