"""While somebody else's code connects for us: public addresses only, in that thread only, then anything again."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.handlers import hostile_urls
from tickwork.alerts.connect_guard import Inside, only_public


@pytest.fixture
def here():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


@pytest.mark.parametrize("address", [*hostile_urls.PRIVATE_V4, *hostile_urls.PRIVATE_V6, "localhost"])
def test_nothing_inside_is_connected_to(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with only_public(()), socket.socket(family) as one:
        one.settimeout(1)
        with pytest.raises(Inside, match="private addresses are refused"):
            one.connect((address, 9))


def test_nor_by_the_other_ways_to_send(here, tmp_path):
    with only_public(()):
        with socket.socket() as one, pytest.raises(Inside):
            one.connect_ex(here)
        with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(Inside):
            one.sendto(b"x", here)
        with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(Inside):
            one.sendmsg([b"x"], [], 0, here)
        with socket.socket(socket.AF_UNIX) as one, pytest.raises(Inside):
            one.connect(str(tmp_path / "socket"))


def test_one_private_address_among_several_is_no_way_in(here, monkeypatch):
    """create_connection tries the next address after an OSError: this is none."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (here, here)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with only_public(()), pytest.raises(Inside):
        socket.create_connection(("mixed.example", here[1]))


def test_what_the_operator_allowed_is_connected_to(here):
    host, port = here
    for allowed in ((host,), (f"{host}:{port}",)):
        with only_public(allowed):
            socket.create_connection(here).close()
    with only_public((f"{host}:{port + 1}",)), pytest.raises(Inside):
        socket.create_connection(here)


def test_it_holds_for_its_thread_and_its_time(here):
    with ThreadPoolExecutor(1) as threads, only_public(()):
        threads.submit(lambda: socket.create_connection(here).close()).result(10)
        with only_public((here[0],)):
            socket.create_connection(here).close()
        with pytest.raises(Inside):
            socket.create_connection(here)
    socket.create_connection(here).close()
