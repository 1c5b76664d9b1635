"""Tokens of people: what is let in, and every forgery that the books know."""

import base64
import json
from time import monotonic, time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.integration.conftest import Api
from tests.issuer import KEYS, STRANGER, issuing
from tests.unit.handlers.servers import answers, says, serving
from tickwork.auth import jwks as jwks_module
from tickwork.auth.gate import gate
from tickwork.core.errors import Unavailable


@pytest.fixture(scope="module")
def running_issuer():
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def issuer(running_issuer, wired, monkeypatch):
    monkeypatch.setenv("OIDC_ISSUER", running_issuer.url)
    monkeypatch.setenv("OIDC_AUDIENCE", "tickwork")
    monkeypatch.setenv("OIDC_CLIENT_ID", "dashboard")
    for part in (wired.settings, gate):
        part.cache_clear()
    return running_issuer


@pytest.fixture
def me(apps, issuer):
    return lambda token: Api(apps, token)("GET", "/me")


def test_a_good_token_says_who_and_until_when(me, issuer):
    answer = me(issuer.token()).json
    assert (answer["name"], answer["role"], answer["via"]) == ("ada", "operator", "oidc")
    assert answer["expires_at"].endswith("Z")
    assert me(issuer.token(kid="ec", alg="ES256")).status_code == 200


def test_an_address_is_a_name_only_when_it_was_verified(me, issuer):
    assert me(issuer.token(email="boss@x.de")).json["name"] == "ada"
    assert me(issuer.token(email="boss@x.de", email_verified=True)).json["name"] == "boss@x.de"


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"role": "viewer"}, "viewer"),
        ({"role": ["x", "viewer", "admin"]}, "admin"),
        ({"role": "Admin"}, None),
        ({"role": "superuser"}, None),
        ({"role": None}, None),
        ({"role": {"admin": True}}, None),
    ],
)
def test_a_role_is_what_the_claim_says_and_no_default(me, issuer, claims, role):
    answer = me(issuer.token(**claims))
    assert (answer.status_code, answer.json.get("role")) == (200 if role else 403, role)


def test_a_claim_may_be_deep(apps, issuer, wired, monkeypatch):
    monkeypatch.setenv("OIDC_ROLE_CLAIM", "realm_access.roles")
    for part in (wired.settings, gate):
        part.cache_clear()
    assert Api(apps, issuer.token(realm_access={"roles": ["viewer"]}))("GET", "/me").json["role"] == "viewer"
    assert Api(apps, issuer.token(role="admin"))("GET", "/me").status_code == 403


def test_supabase_users_have_the_role_of_their_app_metadata(apps, running_issuer, wired, monkeypatch):
    monkeypatch.setenv("SUPABASE_URL", running_issuer.url)
    for part in (wired.settings, gate):
        part.cache_clear()
    common = {"iss": f"{running_issuer.url}/auth/v1", "aud": "authenticated"}
    good = running_issuer.token(**common, role="authenticated", app_metadata={"role": "viewer"})
    assert Api(apps, good)("GET", "/me").json["role"] == "viewer"
    own = running_issuer.token(**common, role="admin", user_metadata={"role": "admin"})
    assert Api(apps, own)("GET", "/me").status_code == 403


def part(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(issuer, alg):
    _, body, _ = issuer.token().split(".")
    return f"{part({'alg': alg, 'typ': 'JWT', 'kid': 'rsa'})}.{body}."


def signed_with_the_public_key(issuer):
    """HS256 with the RSA public key as its secret: the oldest confusion."""
    pem = (
        KEYS["rsa"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    head, body = part({"alg": "HS256", "typ": "JWT", "kid": "rsa"}), issuer.token().split(".")[1]
    import hmac

    mac = hmac.digest(pem, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def tampered(issuer):
    head, body, signature = issuer.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{part(claims | {'role': 'admin'})}.{signature}"


NOW, DAY = int(time()), 86_400  # the tests come minutes later
DEEP = base64.urlsafe_b64encode(b"[" * 99_999).decode()
FORGERIES = {
    "none": lambda i: unsigned(i, "none") + "x",
    "None": lambda i: unsigned(i, "None") + "x",
    "the public key as a secret": signed_with_the_public_key,
    "another claim": tampered,
    "a stranger's key": lambda i: i.token(key=STRANGER),
    "a stranger's key in the header": lambda i: i.token(
        key=STRANGER, header={"jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(STRANGER.public_key()))}
    ),
    "a stranger's address of keys": lambda i: i.token(key=STRANGER, header={"jku": "http://127.0.0.1:1/jwks.json"}),
    "a kid that nobody knows": lambda i: i.token(header={"kid": "new"}),
    "a kid that is a path": lambda i: i.token(header={"kid": "../../dev/null"}),
    "an algorithm of the same key": lambda i: i.token(alg="RS512"),
    "PS256": lambda i: i.token(alg="PS256"),
    "another issuer": lambda i: i.token(iss="https://accounts.example.com"),
    "an issuer that begins alike": lambda i: i.token(iss=i.url + ".evil.example.com"),
    "no issuer": lambda i: i.token(iss=None),
    "another audience": lambda i: i.token(aud="payroll"),
    "no audience": lambda i: i.token(aud=None),
    "expired": lambda i: i.token(iat=NOW - 4000, exp=NOW - 3600),
    "no expiry": lambda i: i.token(exp=None),
    "not yet": lambda i: i.token(nbf=NOW + DAY),
    "made in the future": lambda i: i.token(iat=NOW + DAY),
    "no subject": lambda i: i.token(sub=None),
    "critical headers": lambda i: i.token(header={"crit": ["exp"], "exp": 1}),
    "cut": lambda i: i.token()[:-5],
    "an expiry that no calendar has": lambda i: i.token(exp=10**18),
    "an expiry in quotes": lambda i: i.token(exp=str(NOW + DAY)),
    "levels without end": lambda _: f"{DEEP}.{DEEP}.x",
    "three dots": lambda i: i.token() + ".x",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused(me, issuer, forgery):
    answer = me(FORGERIES[forgery](issuer))
    assert answer.status_code == 401
    assert answer.json["errors"] == []


def test_tokens_are_nothing_where_no_issuer_is_set(apps, wired, running_issuer):
    before = running_issuer.fetches
    assert Api(apps, running_issuer.token())("GET", "/me").status_code == 401
    assert running_issuer.fetches == before


def test_keys_are_fetched_once_and_unknown_ids_do_not_change_that(me, issuer, monkeypatch):
    before = issuer.fetches
    for _ in range(5):
        assert me(issuer.token()).status_code == 200
        assert me(issuer.token(header={"kid": "unheard"})).status_code == 401
    assert issuer.fetches == before + 1


def test_a_new_key_of_the_issuer_is_found(me, issuer, monkeypatch):
    assert me(issuer.token()).status_code == 200
    monkeypatch.setattr(jwks_module, "AGAIN_SECONDS", 0.0)
    renamed = [key | {"kid": "new" if key["kid"] == "rsa" else key["kid"]} for key in issuer.jwks["keys"]]
    monkeypatch.setattr(issuer, "jwks", {"keys": renamed})
    assert me(issuer.token(header={"kid": "new"})).status_code == 200
    assert me(issuer.token()).status_code == 401


def test_an_issuer_that_is_away_is_a_503_and_known_keys_go_on(apps, issuer, wired, monkeypatch):
    client = Api(apps, issuer.token())
    assert client("GET", "/me").status_code == 200
    monkeypatch.setattr(jwks_module, "KEEP_SECONDS", -1.0)
    monkeypatch.setattr(issuer, "jwks", None)
    assert client("GET", "/me").status_code == 200
    gate.cache_clear()
    assert client("GET", "/me").status_code == 503


def test_an_issuer_that_is_away_is_not_asked_at_every_call(apps, issuer, monkeypatch):
    """Anybody could hold every thread up with tokens that need not be good, or by asking how to sign in."""
    asked = []

    def away(url):
        asked.append(url)
        raise Unavailable("the issuer of tokens does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(jwks_module, "fetch_json", away)
        client = Api(apps, issuer.token())
        assert [client("GET", "/me").status_code for _ in range(3)] == [503] * 3
        assert Api(apps, "")("GET", "/sign-in").json["oidc"] is None
        assert len(asked) == 1
    monkeypatch.setattr(jwks_module, "monotonic", lambda: monotonic() + jwks_module.AWAY_SECONDS)
    assert client("GET", "/me").status_code == 200


def test_an_issuer_that_speaks_no_http_is_away():
    with serving(says(b"nonsense\r\n\r\n")) as server, pytest.raises(Unavailable):
        jwks_module.fetch_json(server.url)


def test_an_issuer_whose_answer_has_no_end_of_levels_is_away():
    with serving(answers(200, b"[" * 100_000)) as server, pytest.raises(Unavailable):
        jwks_module.fetch_json(server.url)


@pytest.mark.parametrize("address", ["file", "http://keys.example/jwks.json", None])
def test_keys_come_over_https_only(me, issuer, monkeypatch, tmp_path, address):
    (tmp_path / "jwks.json").write_text(json.dumps(issuer.jwks))
    where = (tmp_path / "jwks.json").as_uri() if address == "file" else address
    monkeypatch.setattr(jwks_module.Jwks, "discovered", lambda _: {"jwks_uri": where} if where else {})
    assert me(issuer.token()).status_code == 503


def test_symmetric_keys_of_an_issuer_are_not_taken(me, issuer, monkeypatch):
    secret = base64.urlsafe_b64encode(b"s" * 32).decode()
    monkeypatch.setattr(issuer, "jwks", {"keys": [{"kty": "oct", "kid": "rsa", "k": secret, "alg": "HS256"}]})
    token = jwt.encode(
        jwt.decode(issuer.token(), options={"verify_signature": False}), b"s" * 32, "HS256", {"kid": "rsa"}
    )
    assert me(token).status_code == 401


@pytest.mark.parametrize(
    "odd",
    ["a", None, [], {}, {"kty": "RSA", "kid": []}, {"kty": "RSA", "kid": "b", "n": 1, "e": []},
     {"kty": "EC", "kid": "c", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "RSA", "alg": [], "n": "AA", "e": "AA"}],
)  # fmt: skip
def test_a_key_that_is_none_is_passed_over(me, issuer, monkeypatch, odd):
    monkeypatch.setattr(issuer, "jwks", {"keys": [odd, *issuer.jwks["keys"]]})
    assert me(issuer.token()).status_code == 200


@pytest.mark.parametrize("odd", [["a"], "a", {"keys": ["a"]}, {"keys": None}, {"keys": {"kty": "RSA"}}, {"keys": 1}])
def test_keys_that_are_none_let_nobody_in(me, issuer, monkeypatch, odd):
    monkeypatch.setattr(issuer, "jwks", odd)
    assert me(issuer.token()).status_code == 401


def test_the_dashboard_learns_how_to_sign_in(apps, issuer):
    answer = Api(apps, "")("GET", "/sign-in").json
    assert (answer["key"], answer["insecure"]) == (True, False)
    assert answer["oidc"] == {
        "issuer": issuer.url,
        "authorization_endpoint": f"{issuer.url}/authorize",
        "token_endpoint": f"{issuer.url}/token",
        "client_id": "dashboard",
        "scope": "openid email profile",
    }


def test_without_an_issuer_only_keys_sign_in(apps, wired):
    assert Api(apps, "")("GET", "/sign-in").json == {"key": True, "oidc": None, "insecure": False}
