"""The outgoing client: what it refuses to reach, and what it survives."""

import gzip
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.handlers import hostile_urls
from tests.unit.handlers.servers import Behaviour, answers, repeats, says, serving, stalls
from tickwork.handlers.email.handler import Attachment
from tickwork.handlers.http import client
from tickwork.handlers.http.client import Answer, OutgoingError, Refused, fetch
from tickwork.handlers.http.handler import HttpCall
from tickwork.handlers.http.public_url import REFUSED, is_public, parse_url
from tickwork.handlers.image_resize import ImageResize

PUBLIC_ADDRESS = "93.184.216.34"
SECONDS = 0.4
AMPLE = 20  # where nothing is late: a busy machine is no slow server
SLACK = 10  # of a busy machine; what is not bounded would not end at all


class Spy:
    """Every attempt to connect, none of which is made; names resolve to `addresses`."""

    def __init__(self) -> None:
        self.connects: list[Any] = []
        self.looked_up: list[str] = []
        self.addresses = ["127.0.0.1"]

    def connect(self, _socket: socket.socket, address: Any) -> None:
        self.connects.append(address)
        raise ConnectionRefusedError("spied")

    def getaddrinfo(self, host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        try:
            return REAL_GETADDRINFO(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
        except (socket.gaierror, UnicodeError):
            self.looked_up.append(host)
        found = (REAL_GETADDRINFO(ip, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST) for ip in self.addresses)
        return [each for one in found for each in one]


REAL_GETADDRINFO = socket.getaddrinfo


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    spy = Spy()
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: spy.connect(self, address))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda self, address: spy.connect(self, address))
    monkeypatch.setattr(socket, "getaddrinfo", spy.getaddrinfo)
    return spy


def get(url: str, **options: Any) -> Answer:
    return fetch("GET", url, **{"seconds": AMPLE, "max_bytes": 10_000, **options})


def test_the_table_is_large() -> None:
    assert len(set(hostile_urls.AT_CREATE)) >= 200
    assert len(set(hostile_urls.HOSTS)) >= 200


@pytest.mark.parametrize("model", [HttpCall, ImageResize, Attachment])
def test_hostile_urls_are_refused_at_create(model: Any, spy: Spy) -> None:
    extra = {"width": 1} if model is ImageResize else {}
    for url in hostile_urls.AT_CREATE:
        with pytest.raises(ValidationError) as refusal:
            model.model_validate({"url": url, **extra})
        assert refusal.value.errors()[0]["loc"] == ("url",), url
    assert spy.connects == []
    assert spy.looked_up == []


def test_hostile_urls_are_refused_when_called(spy: Spy) -> None:
    disguised = [f"http://{host}/" for host in hostile_urls.DISGUISED]
    resolvable = {f"http://example.com:{port}/" for port in (22, 25, 53)} | {"https://example.com:445/"}
    for url in [*hostile_urls.AT_CREATE, *disguised]:
        with pytest.raises((ValueError, Refused)):
            get(url)
        assert spy.connects == [], url
    assert resolvable <= set(hostile_urls.AT_CREATE)


def test_hostile_hosts_are_refused_at_connect_even_if_the_parser_let_them_pass(spy: Spy) -> None:
    for host in hostile_urls.HOSTS:
        guard = client._Guard(parse_url("http://example.com"), client._Deadline(5), 1000, [])
        with pytest.raises((Refused, OutgoingError)):
            guard.connect_tcp(host, 80)
        assert spy.connects == [], host


@pytest.mark.parametrize("address", [*hostile_urls.PRIVATE_V4, *hostile_urls.PRIVATE_V6])
def test_a_public_name_with_a_private_address_is_refused(address: str, spy: Spy) -> None:
    assert not is_public(address)
    for addresses in ([address], [PUBLIC_ADDRESS, address], [address, PUBLIC_ADDRESS]):
        spy.addresses = addresses
        with pytest.raises(Refused, match="loopback and private"):
            get("http://rebind.example.com/")
    assert spy.connects == []


def test_public_urls_are_called_at_the_address_that_was_checked(spy: Spy) -> None:
    spy.addresses = [PUBLIC_ADDRESS]
    for url in hostile_urls.PUBLIC:
        HttpCall.model_validate({"url": url})
        with pytest.raises(OutgoingError, match="spied"):
            get(url)
    assert len(spy.connects) == len(hostile_urls.PUBLIC)
    assert all(is_public(address[0]) for address in spy.connects)


def test_a_name_is_resolved_once_so_a_second_answer_cannot_redirect_it(spy: Spy) -> None:
    spy.addresses = [PUBLIC_ADDRESS]
    with pytest.raises(OutgoingError):
        get("http://rebind.example.com/")
    assert spy.looked_up == ["rebind.example.com"]
    assert spy.connects == [(PUBLIC_ADDRESS, 80)]


def test_refusal_says_what_the_operator_can_do() -> None:
    with pytest.raises(ValidationError, match="an operator may allow the host by name in HTTP_ALLOW_HOSTS"):
        HttpCall.model_validate({"url": "http://localhost:8080/"})


@pytest.mark.parametrize(
    ("entry", "url", "allowed"),
    [
        ("localhost", "http://localhost:8080/", True),
        ("localhost:8080", "http://LOCALHOST.:8080/", True),
        ("LOCALHOST:8080", "http://localhost:8080/", True),
        ("localhost:8080", "http://localhost:8081/", False),
        ("localhost", "http://127.0.0.1/", False),
        ("localhost", "http://a.localhost/", False),
        ("127.0.0.1", "http://127.0.0.1:25/", True),
        ("::1", "http://[::1]:9/", True),
        ("[::1]:9", "http://[::1]:9/", True),
        ("[::1]:9", "http://[::1]:8/", False),
        ("", "http://localhost/", False),
        ("*", "http://localhost/", False),
    ],
)
def test_the_operator_allows_by_name(entry: str, url: str, allowed: bool, configure: Any) -> None:
    configure(HTTP_ALLOW_HOSTS=entry)
    if allowed:
        HttpCall.model_validate({"url": url})
    else:
        with pytest.raises(ValidationError):
            HttpCall.model_validate({"url": url})


def test_urls_are_taken_apart_once() -> None:
    target = parse_url("HTTPS://Bücher.Example:8443/ä b".replace(" ", "%20") + "?q=ü#part")
    assert target == ("https", "xn--bcher-kva.example", 8443, "/%C3%A4%20b?q=%C3%BC")
    assert target.authority == "xn--bcher-kva.example:8443"
    assert parse_url("http://[2001:4860::1]/").authority == "[2001:4860::1]"


def test_one_honest_answer() -> None:
    with serving(answers(201, b"made", X_One="1", Content_Type="text/plain")) as server:
        answer = fetch(
            "POST", f"{server.url}/a?b", seconds=5, max_bytes=10, headers={"x-mine": "2"}, body=b"hello",
            allow_hosts=["127.0.0.1"],
        )  # fmt: skip
    assert (answer.status, answer.body, answer.truncated, answer.headers["x-one"]) == (201, b"made", False, "1")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}".encode() in head
    assert b"Content-Length: 5" in head
    assert body == b"hello"


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(30_000_000))

# Behaviour → the status it still comes to, or what the failure says.
ZOO: dict[str, tuple[Behaviour, int | str]] = {
    "silence": (stalls(), "within 0.4 s"),
    "headers drip": (repeats(OK, b"X", pause=0.02), "within 0.4 s"),
    "header lines drip": (repeats(OK, b"X: y\r\n", pause=0.02), "within 0.4 s"),
    "body drips": (repeats(OK + b"Content-Length: 1000\r\n\r\n", b"x", pause=0.02), "within 0.4 s"),
    "chunks drip": (repeats(CHUNKED, b"1\r\nx\r\n", pause=0.02), "within 0.4 s"),
    "body stalls": (stalls(OK + b"Content-Length: 1000\r\n\r\nhalf"), "within 0.4 s"),
    "100 and then nothing": (stalls(b"HTTP/1.1 100 Continue\r\n\r\n"), "within 0.4 s"),
    "100 for ever": (repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "too long|within"),
    "102 drips": (repeats(b"", b"HTTP/1.1 102 Processing\r\n\r\n", pause=0.02), "within 0.4 s"),
    "header without end": (repeats(OK + b"X: ", b"y" * 10_000), "too long|too long|too large|limit|exceed|receive"),
    "headers without end": (repeats(OK, b"X: y\r\n" * 1000), "too long|limit|exceed|receive"),
    "body without end": (repeats(OK + b"\r\n", b"x" * 10_000), 200),
    "chunks without end": (repeats(CHUNKED, b"1\r\nx\r\n" * 1000), 200),
    "chunk extension without end": (repeats(CHUNKED + b"1;", b"x" * 10_000), "long|limit|chunk|receive|exceed"),
    "huge Content-Length": (repeats(OK + b"Content-Length: 99999999999999\r\n\r\n", b"x" * 10_000), 200),
    "gzip bomb": (answers(200, BOMB, Content_Encoding="gzip"), 200),
    "hangs up at once": (says(b""), "disconnected"),
    "hangs up in the headers": (says(OK + b"X: y\r\n"), "disconnected|closed|receive"),
    "hangs up in the body": (says(OK + b"Content-Length: 100\r\n\r\nhalf"), "closed|complete|receive"),
    "hangs up in a chunk": (says(CHUNKED + b"ff\r\nhalf"), "closed|complete|receive"),
    "chunk size is no number": (says(CHUNKED + b"zz\r\nxx\r\n0\r\n\r\n"), "chunk|illegal"),
    "chunk size is negative": (says(CHUNKED + b"-1\r\nxx\r\n0\r\n\r\n"), "chunk|illegal"),
    "chunk size is endless": (says(CHUNKED + b"f" * 200 + b"\r\n"), "chunk|illegal"),
    "no end of chunk": (says(CHUNKED + b"1\r\nxxxx0\r\n\r\n"), "chunk|malformed|illegal|expected"),
    "two lengths": (says(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), "Content-Length"),
    "negative length": (says(OK + b"Content-Length: -1\r\n\r\nxx"), "Content-Length"),
    "length and chunks": (says(OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 200),
    "unknown transfer": (says(OK + b"Transfer-Encoding: rot13\r\n\r\nxx"), "Transfer-Encoding"),
    "HTTP/0.9": (says(b"<html>hello</html>"), "illegal|status line|disconnected"),
    "HTTP/2 preface": (says(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "illegal|status line"),
    "no HTTP at all": (says(b"-ERR unknown command\r\n" * 5), "illegal|status line|disconnected"),
    "binary": (says(bytes(range(256)) * 4), "illegal|status line|disconnected"),
    "NUL in a header": (says(OK + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n"), "illegal|header"),
    "header without colon": (says(OK + b"nonsense\r\n\r\n"), "illegal|header"),
    "status of four digits": (says(b"HTTP/1.1 2000 OK\r\n\r\n"), "illegal|status line"),
    "status 101": (says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "upgrade"),
    "204 with a body": (says(b"HTTP/1.1 204 None\r\n\r\nsurprise"), 204),
    "redirect to metadata": (answers(302, Location="http://169.254.169.254/latest/meta-data/"), 302),
    "redirect by refresh": (answers(200, b"x", Refresh="0; url=http://169.254.169.254/"), 200),
    "alternative service": (answers(200, b"x", Alt_Svc='h2="169.254.169.254:80"'), 200),
    "proxy wanted": (answers(305, Location="http://10.0.0.1/"), 305),
    "Latin-1 headers": (says(OK + b"X: \xe9\xff\r\nContent-Length: 0\r\n\r\n"), 200),
}


@pytest.mark.parametrize("name", ZOO)
def test_no_server_holds_us_longer_or_fills_us_further_than_allowed(name: str) -> None:
    behave, outcome = ZOO[name]
    with serving(behave) as server:
        began = monotonic()
        seconds = SECONDS if "within" in str(outcome) else AMPLE
        if isinstance(outcome, int):
            answer = get(server.url, allow_hosts=["127.0.0.1"])
            assert answer.status == outcome
            assert len(answer.body) <= 10_000
        else:
            with pytest.raises(OutgoingError, match=f"(?i){outcome}"):
                get(server.url, seconds=seconds, allow_hosts=["127.0.0.1"])
        assert monotonic() - began < SECONDS + SLACK
    assert len(server.requests) <= 1, "none when its time was over before it was connected"


def test_bytes_are_bounded_even_with_time_to_spare() -> None:
    behave, _ = ZOO["100 for ever"]
    with serving(behave) as server, pytest.raises(OutgoingError, match="the answer is too long"):
        get(server.url, seconds=60, allow_hosts=["127.0.0.1"])


def test_a_server_that_reads_nothing_does_not_hold_us() -> None:
    over = threading.Event()
    with serving(lambda connection: over.wait(60) and None, read_request=False) as server:
        began = monotonic()
        with pytest.raises(OutgoingError, match=r"within 0\.3 s"):
            fetch("POST", server.url, seconds=0.3, max_bytes=10, body=bytes(50_000_000), allow_hosts=["127.0.0.1"])
        assert monotonic() - began < 30
        over.set()


def test_an_early_answer_to_a_large_body_is_read() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n")
        while connection.recv(1_000_000):
            pass

    with serving(behave, read_request=False) as server:
        body = bytes(5_000_000)
        answer = fetch("POST", server.url, seconds=AMPLE, max_bytes=10, body=body, allow_hosts=["127.0.0.1"])
    assert answer.status == 413


def test_a_slow_resolver_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(60) and [])
    began = monotonic()
    with pytest.raises(OutgoingError, match="not resolved within"):
        get("http://slow.example.com/", seconds=SECONDS)
    assert monotonic() - began < SECONDS + SLACK
    release.set()


def test_a_name_that_does_not_exist_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(OutgoingError, match=r"not resolved: .*not known"):
        get("http://missing.example.com/")


def test_proxies_and_netrc_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serving(answers(200, b"the proxy")) as proxy, serving(answers(200, b"direct")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login secret password secret\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        assert get(server.url, allow_hosts=["127.0.0.1"]).body == b"direct"
    assert proxy.requests == []
    assert b"uthorization" not in server.requests[0]


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answers(200, b"second")) as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, server.port)) for ip in ("127.9.9.9", "127.0.0.1")]
        monkeypatch.setattr(client, "_look_up", lambda *_: [address[0] for *_, address in found])
        assert get(f"http://two.example.com:{server.port}", allow_hosts=["two.example.com"]).body == b"second"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext, ssl.SSLContext]:
    """A certificate for tls.example.com, a server's context with it, and a client's that trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    certificate(folder / "both.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    context = ssl.create_default_context(cafile=str(folder / "both.pem"))
    return folder, server, context


def certificate(path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tls.example.com")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("tls.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))


def over_tls(context: ssl.SSLContext, names: list[str | None]) -> Behaviour:
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    def behave(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65_536)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsafe")

    return behave


def test_tls_and_host_keep_the_name_while_the_address_is_pinned(
    authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, server_side, client_side = authority
    names: list[str | None] = []
    monkeypatch.setattr(client, "_look_up", lambda *_: ["127.0.0.1"])
    with serving(over_tls(server_side, names), read_request=False) as server:
        options = {"ssl_context": client_side}
        right, wrong = f"https://tls.example.com:{server.port}/", f"https://other.example.com:{server.port}/"
        assert get(right, allow_hosts=["tls.example.com"], **options).body == b"safe"
        with pytest.raises(OutgoingError, match=r"TLS: .*CERTIFICATE_VERIFY_FAILED"):
            get(wrong, allow_hosts=["other.example.com"], **options)
        with pytest.raises(OutgoingError, match=r"TLS: .*CERTIFICATE_VERIFY_FAILED"):
            get(right, allow_hosts=["tls.example.com"])  # by the authorities of the world
    assert names[:2] == ["tls.example.com", "other.example.com"]


@pytest.mark.parametrize(
    ("behave", "says_so"),
    [(stalls(), "within 0.4 s"), (repeats(b"\x16\x03\x03\x40\x00", b"\x02", 0.02), "within 0.4 s"),
     (says(b"HTTP/1.1 400 Bad\r\n\r\n"), "TLS")],
)  # fmt: skip
def test_a_handshake_is_bounded_too(behave: Behaviour, says_so: str) -> None:
    with serving(behave, read_request=False) as server:
        began = monotonic()
        seconds = SECONDS if "within" in says_so else AMPLE
        with pytest.raises(OutgoingError, match=says_so):
            get(server.url.replace("http:", "https:"), seconds=seconds, allow_hosts=["127.0.0.1"])
        assert monotonic() - began < SECONDS + SLACK


def test_handlers_import_no_heavy_library_until_they_run() -> None:
    code = (
        "import sys; from tickwork.core.handler import handlers; print(sorted(handlers()));"
        "heavy = {'httpx','httpcore','boto3','botocore','PIL','typst','markdown_it','standardwebhooks','smtplib'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {"email", "http", "image_resize", "pdf"} <= set(eval(done.stdout))


def test_the_refusal_names_no_address(spy: Spy) -> None:
    """Else a job's failure would map the network behind the names."""
    spy.addresses = ["10.1.2.3"]
    with pytest.raises(Refused) as refusal:
        get("http://inside.example.com/")
    assert str(refusal.value) == f"inside.example.com: {REFUSED}"
