"""The README's pictures: `python -m tests.e2e.dashboard.screenshots` writes docs/screenshots/*.png.

Real jobs that really ran, then dated back over the last hour so that the charts have something to say.
"""

import random
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from PIL import Image
from playwright.sync_api import Page, expect

from infra.local.valkey import free_ports
from tests.e2e.dashboard.browser import chromium, new_page
from tests.e2e.dashboard.parts import rows
from tests.e2e.dashboard.stack import Stack, running
from tests.servers import ROOT, Keeper, make_database, shared_servers

FOLDER = ROOT / "docs" / "screenshots"
PEOPLE = ["Ada Lovelace", "Barbara Liskov", "Margaret Hamilton", "Edsger Dijkstra", "Frances Allen"] * 3
PEOPLE += ["Alan Kay", "Alan Kay", "Grace Hopper"]
SUBJECTS = ["Your receipt", "Welcome aboard", "Reset your password", "Your weekly digest", "Your invoice is ready"]
COLOURS = 160  # a palette keeps each picture below 150 kB
HISTORY = """
insert into tickwork.job_throughput (minute, type, event, bucket, n)
select date_trunc('minute', now()) - make_interval(mins => m), 'email', event, bucket,
  greatest(0, round(share * (19 + 9 * sin(m / 7.0) + 8 * random())))::int
from generate_series(0, 59) m,
  (values ('started', 15, 0.7), ('started', 20, 0.3), ('started', 24, 0.03), ('completed', 19, 0.8),
    ('completed', 22, 0.2), ('retry', 24, 0.09), ('failed', 25, 0.04)) kinds (event, bucket, share)
"""
BACKDATE = """
with shifts as (
  select id, make_interval(secs => 9 + 31 * row_number() over (order by id desc)) as by from tickwork.jobs
), attempts as (
  update tickwork.job_attempts a set started_at = a.started_at - s.by, finished_at = a.finished_at - s.by
  from shifts s where s.id = a.job_id
)
update tickwork.jobs j set created_at = created_at - s.by, started_at = started_at - s.by,
  scheduled_at = case when status = 'pending' then scheduled_at else scheduled_at - s.by end,
  completed_at = completed_at - s.by, updated_at = updated_at - s.by
from shifts s where s.id = j.id
"""


class Postman(Sink):
    """Takes every e-mail but Alan Kay's, whose server is never ready, and Grace Hopper's, whose address is gone."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address.startswith("alan"):
            return "451 4.7.1 Greylisted, try again later"
        if address.startswith("grace"):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def address(name: str) -> str:
    return name.lower().replace(" ", ".") + "@example.com"


def email() -> dict[str, Any]:
    person = random.choice(PEOPLE)
    return {"to": address(person), "subject": random.choice(SUBJECTS), "text": f"Dear {person},\n\nthank you."}


def invoice() -> dict[str, Any]:
    lines = [{"description": "Consulting", "quantity": random.randint(1, 20), "unit_price": 120}]
    return {"invoice_id": f"2026-{random.randint(1000, 1999)}", "customer": random.choice(PEOPLE), "lines": lines}


def fill(stack: Stack, dsn: str) -> None:
    """Half an hour's jobs, run until nothing is due; retries do not wait for their backoff. The rest lies ahead."""
    random.seed(7)
    work = [{"type": "email", "payload": email(), "priority": random.choice([0, 0, 0, 5, 10])} for _ in range(38)]
    work += [{"type": "pdf", "payload": invoice()} for _ in range(7)]
    work += [{"type": "http", "payload": stack.echo()} for _ in range(9)]
    ahead = [random.uniform(120, 3500) for _ in range(16)] + [random.uniform(4000, 80_000) for _ in range(8)]
    work += [later(seconds, stack) for seconds in ahead]
    random.shuffle(work)
    stack.put(f"/jobs/{stack.create(*work)[-3]['id']}/cancel")
    for _ in range(4):
        while stack.tick()["taken"]:
            pass
        for job in stack.client.get("/jobs", params={"status": "pending", "limit": 200}).json()["items"]:
            if job["retries"] > 0 and not job["id"].endswith(("0", "1", "2")):
                stack.client.patch(f"/jobs/{job['id']}", json={"delay_seconds": 0})
    with psycopg.connect(dsn, autocommit=True) as sql:
        sql.execute("truncate tickwork.job_throughput")
        sql.execute(BACKDATE)
        sql.execute(HISTORY)


def later(seconds: float, stack: Stack) -> dict[str, Any]:
    type, payload = random.choice([("email", email()), ("email", email()), ("pdf", invoice()), ("http", stack.echo())])
    return {"type": type, "payload": payload, "delay_seconds": seconds, "priority": random.choice([0, 0, 5])}


def open_failed(page: Page) -> None:
    page.locator("tbody tr", has_text="4/4").first.click(position={"x": 400, "y": 12})
    expect(page.locator(".attempt")).to_have_count(4)


def open_form(page: Page) -> None:
    page.get_by_label("Invoice number").fill("2026-1043")
    page.get_by_label("Customer").fill("Ada Lovelace")
    page.get_by_role("group", name="Lines").get_by_role("button", name="Add").click()
    page.get_by_label("Description").fill("Analytical engine, rent")
    page.get_by_label("Unit Price").fill("1200")
    page.get_by_label("Unit Price").blur()
    page.locator(".dialog-body").evaluate("body => body.scrollTo(0, 0)")


def drop_file(page: Page) -> None:
    lines = [f"email,{address(random.choice(PEOPLE))},{random.choice(SUBJECTS)},Hello,{p}" for p in (0, 5, 0, 0, 9)]
    lines[2] = "email,ada.lovelace(at)example.com,Your receipt,Hello,0"
    text = "\n".join(["type,to,subject,text,priority", *lines * 12])
    page.get_by_label("Choose a file").set_input_files(
        {"name": "customers.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    expect(page.get_by_text(re.compile("with errors")).first).to_be_visible()


def move_chip(page: Page) -> None:
    page.locator(".chip-job").nth(4).focus()
    for key in ("Shift+ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)


def see_rows(page: Page) -> None:
    expect(rows(page).first).to_be_visible()


# name: view, what is done there, width and height
SHOTS: dict[str, tuple[str, Callable[[Page], None], tuple[int, int]]] = {
    "jobs": ("", see_rows, (1280, 800)),
    "overview": ("?view=overview", lambda page: expect(page.locator(".bar").first).to_be_visible(), (1280, 660)),
    "job": ("?status=failed", open_failed, (1280, 800)),
    "create": ("?new=pdf", open_form, (1280, 800)),
    "timeline": ("?view=timeline", move_chip, (1280, 420)),
    "import": ("?view=import", drop_file, (1280, 640)),
    "phone": ("", see_rows, (390, 800)),
}


def save(png: bytes, path: Path) -> None:
    image = Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")


def shoot(stack: Stack) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for theme in ("light", "dark"):
            for name, (search, arrange, (width, height)) in SHOTS.items():
                size = {"width": width, "height": height}
                watched = new_page(browser, color_scheme=theme, viewport=size, reduced_motion="reduce")
                watched.page.goto(f"{stack.url}/{search}")
                arrange(watched.page)
                watched.page.wait_for_timeout(400)
                save(watched.page.screenshot(), FOLDER / f"{name}-{theme}.png")
                watched.page.context.close()


def main() -> None:
    with TemporaryDirectory(prefix="tickwork-") as name:
        folder = Path(name)
        keeper, mail = Keeper(folder), Controller(Postman(), hostname="127.0.0.1", port=free_ports(1)[0])
        mail.start()
        try:
            servers = shared_servers(folder)
            dsn = make_database(servers.dsn, "screenshots")
            with running(dsn, f"{servers.redis_url}/0", folder, SMTP_URL=f"smtp://127.0.0.1:{mail.port}") as stack:
                fill(stack, dsn)
                shoot(stack)
        finally:
            mail.stop()
            keeper.close()


if __name__ == "__main__":
    main()
