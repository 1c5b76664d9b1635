"""Where an outgoing request may go: a URL taken apart once, and a predicate over addresses.

The predicate is our own because `ipaddress.is_global` says yes to NAT64, 6to4 and IPv4-compatible forms of 127.0.0.1,
to multicast, and to a cloud's metadata address. Whoever connects must ask it again for every address a name resolves to
(`client.py` does): a check when the job is created cannot know what the name will mean later.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from pydantic import AfterValidator, Field

REFUSED = "loopback and private addresses are refused; an operator may allow the host by name in HTTP_ALLOW_HOSTS"
MAX_URL_CHARACTERS = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}

# https://www.iana.org/assignments/iana-ipv4-special-registry/ and, last, Azure's metadata and DNS address.
PRIVATE_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        ),
    )
)  # fmt: skip
# IPv6 is refused unless it lies in the one block that is handed out, and there these lead elsewhere:
# Teredo and other protocol blocks, documentation, 6to4, the old 6bone, documentation again.
PUBLIC_V6 = IPv6Network("2000::/3")
PRIVATE_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")))

PRIVATE_NAMES = (
    "localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "svc",
    "home.arpa",
)  # fmt: skip

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_KEPT_IN_PATHS = "%/?:@!$&'()*+,;=~[]-._"


class Target(NamedTuple):
    """`host` is ASCII and lower case, an IPv6 address without brackets; `path` carries the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_url(url: str) -> Target:
    """An http or https URL, taken apart; ValueError says what is wrong with it."""
    if len(url) > MAX_URL_CHARACTERS:
        raise ValueError(f"a URL has at most {MAX_URL_CHARACTERS} characters")
    if _UNSAFE.search(url):
        raise ValueError("a URL has no spaces, control characters or backslashes; percent-encode them")
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError("only http:// and https:// URLs are called")
    if "@" in parts.netloc:
        raise ValueError("a URL carries no user name or password; use an Authorization header")
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    if port == 0:
        raise ValueError("port 0 cannot be called")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, _host(parts), port, quote(target, safe=_KEPT_IN_PATHS))


def is_public(address: str | IPv4Address | IPv6Address) -> bool:
    """Whether a packet to this address leaves for the Internet, as far as its number tells."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(ip.ipv4_mapped)
        return ip.scope_id is None and ip in PUBLIC_V6 and not any(ip in network for network in PRIVATE_V6)
    return not any(ip in network for network in PRIVATE_V4)


def is_allowed_by_name(target: Target, allow_hosts: Collection[str]) -> bool:
    """Whether the operator listed this `host` or `host:port`."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    allowed = {entry.lower() for entry in allow_hosts}
    return bool({host, target.host, f"{host}:{target.port}"} & allowed)


def refuse_private(url: str, allow_hosts: Collection[str]) -> Target:
    """The target of `url`; ValueError when its text alone shows that it leads inside, or not to a web server."""
    target = parse_url(url)
    if is_allowed_by_name(target, allow_hosts):
        return target
    if _is_address(target.host) and not is_public(target.host):
        raise ValueError(REFUSED)
    if not _is_address(target.host) and _is_private_name(target.host):
        raise ValueError(REFUSED)
    if target.port < 1024 and target.port not in DEFAULT_PORTS.values():
        raise ValueError(f"port {target.port} is not a web server's; 80, 443 and those from 1024 up are called")
    return target


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if "[" in parts.netloc or ":" in host:
        return _ipv6(host)
    name = _ascii(host).lower().removesuffix(".")
    if not _NAME.fullmatch(name) or len(name) > 253:
        _bad_host(host)
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _dotted(name)
    return name


def _ipv6(host: str) -> str:
    try:
        ip = IPv6Address(host)
    except ValueError:
        return _bad_host(host)
    return _bad_host(host) if ip.scope_id else str(ip)


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return _bad_host(host)


def _dotted(name: str) -> str:
    try:
        return str(IPv4Address(name))
    except ValueError:  # 127.1, 0x7f.1 and 2130706433 are addresses to some resolvers
        raise ValueError("an IPv4 address is written as four decimal numbers without leading zeros") from None


def _bad_host(host: str) -> str:
    raise ValueError(f"{host!r} is not a host name" if host else "the URL names no host")


def _is_address(host: str) -> bool:
    return ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _is_private_name(name: str) -> bool:
    return "." not in name or any(name == suffix or name.endswith(f".{suffix}") for suffix in PRIVATE_NAMES)


def _checked(url: str) -> str:
    from tickwork.core.settings import settings

    refuse_private(url, settings().http_allow_hosts)
    return url


PublicUrl = Annotated[
    str,
    AfterValidator(_checked),
    Field(max_length=MAX_URL_CHARACTERS, json_schema_extra={"format": "uri"}),
]
