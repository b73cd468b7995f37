import socket

import pytest

from penstock.errors import MachineError
from penstock.localcloud.hosting import ports


def test_ports_are_free_different_and_not_for_outgoing_connections():
    found = [ports.free_port() for _ in range(50)]
    assert len(set(found)) == 50
    assert max(found) < 32_768
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", found[0]))


def test_a_port_in_use_is_not_given(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.free_port()))
        number = other.getsockname()[1]
        monkeypatch.setattr(ports, "_RANGE", range(number, number + 1))
        monkeypatch.setattr(ports, "_given", [])
        with pytest.raises(MachineError, match="no free port"):
            ports.free_port()
