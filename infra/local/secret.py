"""Secrets of this folder: made once, kept where only its owner can read them."""

import os
from pathlib import Path
from secrets import token_urlsafe


def kept_secret(file: Path) -> str:
    """What `file` holds; 256 new random bits when there is none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as new:
        new.write(f"{token_urlsafe(32)}\n")
    return file.read_text().strip()
