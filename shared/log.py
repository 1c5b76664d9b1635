"""One JSON object per line on stdout: what Cloud Logging, CloudWatch and Loki read as fields."""

import sys
from typing import Any

from pydantic_core import to_json

from shared.text import printable


def log(event: str, severity: str = "INFO", **fields: Any) -> None:
    """Write one line. `event` is a dotted name from a fixed set; values that are no JSON are printed as text."""
    line = {"severity": severity, "event": event, **fields}
    sys.stdout.write(to_json(line, fallback=printable, inf_nan_mode="strings").decode() + "\n")
    sys.stdout.flush()
