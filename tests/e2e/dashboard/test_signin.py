"""Signing in and out, and what each role sees: against the real gate, real keys and a real issuer."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.dashboard.browser import Watched
from tests.e2e.dashboard.conftest import API_KEY, Open
from tests.e2e.dashboard.parts import dialog, row, rows, toast
from tests.e2e.dashboard.stack import Stack
from tests.issuer import Issuer

REVOKED_SECONDS = 10
FIELD = "API key"


def sign_in(page: Page, key: str) -> None:
    page.get_by_label(FIELD).fill(key)
    page.get_by_role("button", name="Sign in", exact=True).click()


def signed(page: Page, stack: Stack, key: str, search: str = "") -> Page:
    """Opens a view by a link that signs in."""
    page.goto(f"{stack.url}/{search}#key={key}")
    expect(page.get_by_role("button", name="Signed in as")).to_be_visible()
    return page


def test_a_key_opens_the_door_and_signing_out_forgets_it(secured: Stack, watched: Watched) -> None:
    secured.one()
    page = watched.page
    page.goto(secured.url)
    expect(page.get_by_label(FIELD)).to_be_visible()
    expect(page.get_by_text("the link printed by")).to_be_visible()  # on a machine of one's own
    page.wait_for_timeout(500)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert asked == []  # a locked door is not tried every second
    sign_in(page, "tw_00000000_" + "x" * 43)
    expect(page.get_by_text("This key isn’t valid")).to_be_visible()
    sign_in(page, API_KEY)
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Signed in as: API_KEY, Admin")).to_be_visible()
    assert API_KEY not in page.evaluate("JSON.stringify([localStorage, document.cookie])")
    page.reload()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Signed in as").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label(FIELD)).to_be_visible()
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    page.reload()
    expect(page.get_by_label(FIELD)).to_be_visible()
    watched.want_refusals()


def test_a_wrong_key_in_the_address_is_called_that(secured: Stack, watched: Watched) -> None:
    watched.page.goto(f"{secured.url}/#key=tw_00000000_{'x' * 43}")
    expect(watched.page.get_by_role("alert")).to_contain_text("This key isn’t valid")
    expect(watched.page.get_by_text("Your session has ended")).to_have_count(0)
    watched.want_refusals()


def test_a_key_in_the_address_is_taken_once_and_left_nowhere(secured: Stack, watched: Watched) -> None:
    secured.one()
    page = signed(watched.page, secured, API_KEY, "?status=pending")
    expect(rows(page)).to_have_count(1)
    assert page.url == f"{secured.url}/?status=pending"
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    assert [entry["url"] for entry in history["entries"] if "key=" in entry["url"]] == []


def test_a_key_pasted_into_the_address_of_an_open_page_is_taken_too(secured: Stack, watched: Watched) -> None:
    page = watched.page
    page.goto(secured.url)
    expect(page.get_by_label(FIELD)).to_be_visible()
    page.evaluate("(key) => { location.hash = 'key=' + key; }", API_KEY)
    expect(page.get_by_role("button", name="Signed in as")).to_be_visible()
    assert page.url == f"{secured.url}/"
    watched.want_refusals()


def test_a_viewer_sees_everything_and_no_control(secured: Stack, watched: Watched) -> None:
    job = secured.one()
    key = secured.key("Grafana", "viewer")
    page = signed(watched.page, secured, key)
    expect(row(page, job["id"])).to_be_visible()
    expect(page.get_by_role("button", name="Signed in as: Grafana, Viewer")).to_be_visible()
    main = page.get_by_role("main")
    assert main.get_by_role("button", name=re.compile("Cancel|Retry|Reschedule|New job|Run one tick")).count() == 0
    assert main.get_by_role("checkbox").count() == 0
    assert page.get_by_role("link", name="Import").count() == 0
    for pressed in ("c", "j", "x", "Delete", "e", "s"):
        page.keyboard.press(pressed)
    page.wait_for_timeout(300)
    expect(dialog(page)).to_have_count(0)
    expect(page.locator(".toast")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(dialog(page)).to_contain_text("Viewers can see jobs")
    assert dialog(page).get_by_role("button", name=re.compile("Cancel|Reschedule|Create")).count() == 0
    page.goto(f"{secured.url}/?new=email")
    expect(row(page, job["id"])).to_be_visible()
    expect(dialog(page)).to_have_count(0)
    page.goto(f"{secured.url}/?view=import")
    expect(page.get_by_role("heading", name="Requires the Operator role")).to_be_visible()
    page.goto(f"{secured.url}/?view=settings")
    expect(page.get_by_role("heading", name="Requires the Admin role")).to_be_visible()
    assert secured.get(job["id"])["status"] == "pending"


def test_an_operator_works_but_makes_no_keys(secured: Stack, watched: Watched) -> None:
    job = secured.one()
    page = signed(watched.page, secured, secured.key("night shift", "operator"))
    row(page, job["id"]).get_by_role("button", name="Cancel").click()
    expect(toast(page)).to_contain_text("Cancelled email")
    page.get_by_role("button", name="Signed in as").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert page.get_by_role("link", name="Keys, alerts, audit log").count() == 0
    page.goto(f"{secured.url}/?view=settings")
    expect(page.get_by_role("heading", name="Requires the Admin role")).to_be_visible()


def test_a_refusal_for_want_of_a_role_is_said_and_corrects_the_page(secured: Stack, watched: Watched) -> None:
    """The page believes a role that the key does not have, as after a change while it was open."""
    job = secured.one()
    page = signed(watched.page, secured, secured.key("Grafana", "viewer"))
    page.evaluate(
        "sessionStorage.setItem('tickwork.who', JSON.stringify({name: 'Grafana', role: 'operator', via: 'key'}))"
    )
    page.route("**/me", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/me")):
        page.reload()
    page.unroute("**/me")
    row(page, job["id"]).get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("this needs the role operator")
    expect(row(page, job["id"]).get_by_role("button", name="Cancel")).to_have_count(0)
    watched.want_refusals()


def test_a_session_that_ends_while_one_writes_keeps_the_draft(secured: Stack, watched: Watched) -> None:
    made = secured.post("/keys", {"name": "short", "role": "operator"})
    page = signed(watched.page, secured, made["key"], "?new=email")
    dialog(page).get_by_label("Subject").fill("Half a thought")
    secured.client.delete(f"/keys/{made['id']}").raise_for_status()
    expect(page.get_by_text("Your session has ended")).to_be_visible(timeout=(REVOKED_SECONDS + 5) * 1000)
    expect(dialog(page)).to_have_count(0)
    sign_in(page, API_KEY)
    expect(dialog(page).get_by_label("Subject")).to_have_value("Half a thought")
    expect(dialog(page)).to_contain_text("Draft restored")
    dialog(page).get_by_role("button", name="Start over").click()
    expect(dialog(page).get_by_label("Subject")).to_have_value("")
    watched.want_refusals()


def test_without_a_gate_the_page_says_so(stack: Stack, open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Signed in as").click()
    expect(page.get_by_text("no sign-in, this computer only")).to_be_visible()
    assert page.get_by_role("button", name="Sign out").count() == 0


class Desk:
    """The issuer's pages, which only the browser sees: whoever comes is who `claims` say. The rest is a real one."""

    def __init__(self, issuer: Issuer, **claims: object):
        self.issuer = issuer
        self.claims = claims
        self.asked: dict[str, str] = {}
        self.exchanged: dict[str, str] = {}

    def attend(self, page: Page) -> None:
        page.route(f"{self.issuer.url}/authorize*", self._authorize)
        page.route(f"{self.issuer.url}/token", self._token)

    def _authorize(self, route: Route) -> None:
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        back = f"{self.asked['redirect_uri']}?code=good&state={self.asked['state']}"
        route.fulfill(status=302, headers={"Location": back})

    def _token(self, route: Route) -> None:
        self.exchanged = {name: values[0] for name, values in parse_qs(route.request.post_data or "").items()}
        claims = {"aud": "dashboard", "nonce": self.asked["nonce"]} | self.claims
        body = {"access_token": "opaque", "id_token": self.issuer.token(**claims), "token_type": "Bearer"}
        route.fulfill(json=body, headers={"Access-Control-Allow-Origin": "*"})


def start(page: Page, stack: Stack, issuer: Issuer, search: str = "") -> None:
    page.goto(f"{stack.url}/{search}")
    page.get_by_role("button", name=f"Continue with {urlsplit(issuer.url).netloc}").click()


def test_an_issuer_signs_in_by_code_and_pkce(secured: Stack, issuer: Issuer, watched: Watched) -> None:
    secured.one()
    desk, page = Desk(issuer, email="ada@example.com", email_verified=True), watched.page
    desk.attend(page)
    start(page, secured, issuer, "?status=pending")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Signed in as: ada@example.com, Operator")).to_be_visible()
    assert page.url == f"{secured.url}/?status=pending"
    digest = hashlib.sha256(desk.exchanged["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == desk.asked["code_challenge"]
    assert desk.asked["code_challenge_method"] == "S256"
    assert desk.asked["scope"].split()[0] == "openid"
    assert desk.exchanged["grant_type"] == "authorization_code"
    assert {len(desk.asked[name]) for name in ("state", "nonce")} == {43}
    assert sorted(page.evaluate("Object.keys(sessionStorage)")) == ["tickwork.key", "tickwork.who"]
    page.reload()
    expect(rows(page)).to_have_count(1)
    watched.want_refusals()


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nonce": "another"}, "another attempt"),
        ({"aud": "other"}, "no usable token"),
        ({"iss": "https://evil.example.com"}, "no usable token"),
        ({"role": "nobody"}, "names no role"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    secured: Stack, issuer: Issuer, watched: Watched, claims: dict[str, str], words: str
) -> None:
    page = watched.page
    Desk(issuer, **claims).attend(page)
    start(page, secured, issuer)
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_label(FIELD)).to_be_visible()
    assert "tickwork.key" not in page.evaluate("Object.keys(sessionStorage)")
    watched.want_refusals()


def test_an_answer_that_nobody_asked_for_is_refused(secured: Stack, issuer: Issuer, watched: Watched) -> None:
    """A stranger's code, or a code played again: no exchange is tried."""
    page = watched.page
    desk = Desk(issuer)
    desk.attend(page)
    page.goto(f"{secured.url}/?code=stolen&state=guessed")
    expect(page.get_by_label(FIELD)).to_be_visible()
    page.route(f"{issuer.url}/authorize*", lambda route: route.fulfill(body="waiting", content_type="text/plain"))
    page.get_by_role("button", name="Continue with").click()
    expect(page.get_by_text("waiting")).to_be_visible()
    page.goto(f"{secured.url}/?code=stolen&state=guessed")
    expect(page.get_by_role("alert")).to_contain_text("belongs to another or an older attempt")
    assert page.url == f"{secured.url}/"
    assert desk.exchanged == {}
    watched.want_refusals()


def test_a_command_to_copy_names_the_key_and_does_not_hold_it(secured: Stack, watched: Watched) -> None:
    page = signed(watched.page, secured, API_KEY, "?new=email")
    dialog(page).get_by_role("tab", name="curl").click()
    command = dialog(page).locator("pre").inner_text()
    assert '-H "Authorization: Bearer $KEY"' in command
    assert API_KEY not in page.content()
    code, button = (dialog(page).locator(f".code-box > {part}").bounding_box() for part in ("pre", "button"))
    assert code
    assert button
    assert code["x"] + code["width"] <= button["x"]  # beside the text, not over it


def test_keys_do_nothing_at_the_door(secured: Stack, watched: Watched) -> None:
    page = watched.page
    page.goto(secured.url)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign in", exact=True).focus()
    for key in ("c", "?", "Control+k"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.url == f"{secured.url}/"
    expect(dialog(page)).to_have_count(0)
    watched.want_refusals()
