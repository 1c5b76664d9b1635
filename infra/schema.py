"""The schema as one file, for readers: `python -m infra.schema` writes schema.sql beside the migrations."""

import os
import re
import subprocess
import sys
from pathlib import Path

from infra.local.postgres import embedded

SCHEMA = Path(__file__).parents[1] / "shared" / "tickwork" / "stores" / "postgres" / "schema.sql"
NOISE = re.compile(r"^(--|SET |SELECT pg_catalog|\\).*$", re.MULTILINE)


def dump(dsn: str) -> str:
    """What pg_dump says of the schema `tickwork` at `dsn`, without what differs from one server to the next."""
    command = [str(embedded() / "pg_dump"), "--schema-only", "--schema=tickwork", "--no-owner", dsn]
    env = os.environ | {"PGTZ": "UTC"}  # times in checks are written in the zone of the session
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
    return re.sub(r"\n{2,}", "\n\n", NOISE.sub("", text)).strip() + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(dump(sys.argv[1]))
