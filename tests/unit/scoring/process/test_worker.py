"""What a worker sets before it serves."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from penstock.scoring import __main__
from penstock.scoring.http import server
from penstock.scoring.process.handover import Handover
from penstock.scoring.process.past import Past
from penstock.scoring.process.settings import Settings

VARIABLE = "TOKENIZERS_PARALLELISM"


@pytest.mark.parametrize(("given", "expected"), [(None, "false"), ("true", "true")])
def test_a_request_is_tokenised_where_it_is_read_unless_told_otherwise(
    given: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, given or "")
    if given is None:
        monkeypatch.delenv(VARIABLE)
    seen: list[str | None] = []

    def serve(*arguments: Any) -> None:
        seen.append(os.environ.get(VARIABLE))

    monkeypatch.setattr(server, "serve", serve)
    with socket.socket() as listener:
        assert __main__._work(Settings(), listener, Past(), Handover()) == 0
    assert seen == [expected]
