"""An OpenID Connect issuer on loopback: discovery, keys, and tokens as wished, right or wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

KEYS = {"rsa": rsa.generate_private_key(65537, 2048), "ec": ec.generate_private_key(ec.SECP256R1())}
STRANGER = rsa.generate_private_key(65537, 2048)


class Issuer:
    """`fetches` counts how often somebody asked for the keys."""

    def __init__(self, url: str):
        self.url = url
        self.fetches = 0
        self.jwks = {"keys": [_public("rsa", RSAAlgorithm), _public("ec", ECAlgorithm)]}

    def token(self, *, kid: str = "rsa", alg: str = "RS256", key: Any = None, header: Any = None, **claims: Any) -> str:
        now = int(time())
        body = {"iss": self.url, "aud": "tickwork", "sub": "ada", "iat": now, "exp": now + 300, "role": "operator"}
        body = {name: value for name, value in (body | claims).items() if value is not None}
        return jwt.encode(body, key or KEYS[kid], alg, {"kid": kid} | (header or {}))


def _public(kid: str, algorithm: Any) -> dict[str, Any]:
    return json.loads(algorithm.to_jwk(KEYS[kid].public_key())) | {"kid": kid, "use": "sig"}


@contextmanager
def issuing() -> Iterator[Issuer]:
    """A running issuer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += self.path.endswith("jwks.json")
            found = {
                "/.well-known/openid-configuration": {
                    "issuer": issuer.url,
                    "jwks_uri": f"{issuer.url}/jwks.json",
                    "authorization_endpoint": f"{issuer.url}/authorize",
                    "token_endpoint": f"{issuer.url}/token",
                },
                "/jwks.json": issuer.jwks,
                "/auth/v1/.well-known/jwks.json": issuer.jwks,
            }.get(self.path)
            body = json.dumps(found).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
