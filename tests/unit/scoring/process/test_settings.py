from __future__ import annotations

from pathlib import Path

import pytest

from penstock.errors import ConfigError
from penstock.scoring.process.settings import VARIABLES, Settings


def test_nothing_set_is_the_default() -> None:
    assert Settings.from_environment({"PENSTOCK_HOST": ""}) == Settings()


def test_every_variable_sets_its_attribute() -> None:
    environment = {
        "PENSTOCK_MODEL_DIR": "/m",
        "PENSTOCK_HOST": "127.0.0.1",
        "SAGEMAKER_BIND_TO_PORT": "81",
        "PENSTOCK_THREADS": "3",
        "PENSTOCK_STREAMS": "2",
        "PENSTOCK_LOG_LEVEL": "debug",
        "PENSTOCK_ACCESS_LOG": "Off",
        "PENSTOCK_DEADLINE_SECONDS": "1.5",
        "PENSTOCK_MAX_REQUESTS": "9",
        "PENSTOCK_CAPTURE_DIR": "/c",
        "PENSTOCK_CAPTURE_PERCENT": "0.5",
    }
    assert set(environment) == set(VARIABLES)
    expected = Settings(Path("/m"), "127.0.0.1", 81, 3, 2, "DEBUG", False, 1.5, 9, Path("/c"), 0.5)
    assert Settings.from_environment(environment) == expected


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {
        "SAGEMAKER_BIND_TO_PORT": "http",
        "PENSTOCK_THREADS": "0",
        "PENSTOCK_LOG_LEVEL": "warn",
        "PENSTOCK_DEADLINE_SECONDS": "nan",
    }
    with pytest.raises(ConfigError) as caught:
        Settings.from_environment(wrong)
    assert [problem.where for problem in caught.value.problems] == list(wrong)
    assert "'http' is not a number from 1 to 65535" in str(caught.value)
    assert "did you mean 'warning'?" in str(caught.value)
