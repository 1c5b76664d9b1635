"""The product in one process: every function on a port of its own behind the local gateway, with the built dashboard.

`python -m tests.e2e.dashboard.server PORT FOLDER`, with DATABASE_URL and REDIS_URL. No ticker: the tests say when.
"""

import os
import sys
from pathlib import Path
from threading import Thread

import uvicorn
from functions_framework import create_app
from werkzeug.serving import make_server

from infra.local.gateway import make_app
from tickwork.api.routes import FUNCTIONS
from tickwork.core.settings import load_settings

ROOT = Path(__file__).parents[3]


def serve_function(name: str) -> int:
    """Starts one function in a thread; its port."""
    app = create_app(name, str(ROOT / "functions" / name / "main.py"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_port)


def main(port: int, folder: Path) -> None:
    os.environ["STORAGE_URL"] = f"file:{folder}"
    os.environ["HTTP_ALLOW_HOSTS"] = f"127.0.0.1:{port}"
    os.environ["EMAIL_FROM"] = "jobs@example.com"
    ports = {name: serve_function(name) for name in FUNCTIONS}
    app = make_app(ports, load_settings(), ROOT / "frontend" / "dist", folder)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
