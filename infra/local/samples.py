"""The first jobs a newcomer sees: every type and every status, made through the API like any other job."""

from io import BytesIO
from pathlib import Path
from typing import Any

import httpx

PHOTO = "samples/photo.jpg"  # a key of the storage folder
RUNNING_SECONDS = 25  # how long the slow call stays in progress
MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds


def sample_jobs(gateway: str) -> list[dict[str, Any]]:
    """Bodies of POST /jobs. The last is to be cancelled."""
    invoice = {
        "invoice_id": "2026-1042",
        "customer": {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon"},
        "seller": "Tickwork Ltd",
        "lines": [
            {"description": "Analytical engine, rent", "quantity": 2, "unit_price": 1200},
            {"description": "Punched cards", "quantity": 500, "unit_price": 0.15},
        ],
        "currency": "GBP",
        "tax_percent": 20,
    }
    mail = {"to": "ada@example.com", "subject": "Your invoice 2026-1042", "text": "Dear Ada,\n\nit is attached soon.\n"}
    newsletter = {"to": "everyone@example.com", "subject": "News", "text": "There is news."}
    minutes = {"title": "Minutes", "markdown": "Present: *all*.\n\n1. The budget was agreed."}
    return [
        {"type": "email", "payload": mail},
        {"type": "pdf", "payload": invoice},
        {"type": "pdf", "payload": minutes},
        {"type": "image_resize", "payload": {"url": f"{gateway}/files/{PHOTO}", "width": 320, "format": "webp"}},
        {"type": "http", "payload": {"url": f"{gateway}/echo", "body": {"order": 1042}}, "priority": 10},
        {"type": "http", "payload": {"url": f"{gateway}/echo?delay={RUNNING_SECONDS}"}},
        {"type": "http", "payload": {"url": f"{gateway}/echo?status=503"}, "max_retries": 1},
        {"type": "http", "payload": {"url": f"{gateway}/echo?status=400"}, "max_retries": 0},
        # These are for the timeline. None names the gateway, which may be on another PORT by then.
        {"type": "email", "payload": mail | {"subject": "Your invoice is overdue"}, "delay_seconds": 10 * MINUTE},
        {"type": "pdf", "payload": minutes | {"title": "Minutes of the next meeting"}, "delay_seconds": 45 * MINUTE},
        {"type": "email", "payload": mail | {"subject": "A last reminder"}, "delay_seconds": 4 * HOUR},
        {"type": "pdf", "payload": invoice | {"invoice_id": "2026-1043"}, "delay_seconds": 20 * HOUR},
        {"type": "email", "payload": newsletter, "delay_seconds": 3 * DAY},
        {"type": "email", "payload": newsletter | {"subject": "Old news"}, "delay_seconds": 3 * DAY},
    ]


def create_samples(client: httpx.Client, gateway: str, files: Path) -> int:
    """Makes them when there is no job at all; says how many were made."""
    if client.get("/jobs", params={"limit": 1}).raise_for_status().json()["items"]:
        return 0
    _draw_photo(files / PHOTO)
    jobs = client.post("/jobs", json=sample_jobs(gateway)).raise_for_status().json()["items"]
    client.put(f"/jobs/{jobs[-1]['id']}/cancel").raise_for_status()
    return len(jobs)


def _draw_photo(path: Path) -> None:
    """A picture to be resized: 1600 × 1000 pixels."""
    from PIL import Image

    red, green = Image.linear_gradient("L").resize((1600, 1000)), Image.radial_gradient("L").resize((1600, 1000))
    out = BytesIO()
    Image.merge("RGB", (red, green, red.rotate(180))).save(out, "JPEG", quality=90)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out.getvalue())
