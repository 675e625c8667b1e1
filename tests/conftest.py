"""What holds for every test: no network, real neighbours by name, Hypothesis profiles."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer  # type: ignore[import-untyped]  # it has no type information
from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped]  # it has no type information

LOOPBACK = ["127.0.0.0/8", "::1", "localhost"]
"""All that a test marked `network` may connect to; every other test has no sockets at all."""

PLACES = os.pathsep.join(("/usr/local/sbin", "/usr/sbin", "/sbin"))
"""Where Debian keeps servers such as Postfix, outside an ordinary user's PATH."""

HEEDLESS = [HealthCheck.too_slow]
"""A law holds on a slow machine too: by itself Hypothesis fails what takes half a minute to draw its first inputs."""

settings.register_profile(
    "ci", derandomize=True, max_examples=100, deadline=None, database=None, suppress_health_check=HEEDLESS
)
settings.register_profile(
    "nightly", max_examples=10_000, deadline=None, suppress_health_check=HEEDLESS, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WorkStealingScheduling | None:
    """Give each worker one stretch of tests, so that what a module starts is started once; who is done takes of it."""
    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with tests that may take long, and give those marked `network` the loopback, and nothing beyond it."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)  # else the other workers wait for the last
    for item in items:
        if item.get_closest_marker("network"):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test by the name of the neighbour it lacks; where neighbours are required, fail it."""
    wanted = [program for marker in item.iter_markers("needs") for program in marker.args]
    absent = [program for program in wanted if not is_installed(program)]
    if not absent:
        return
    sentence = f"needs {', '.join(absent)}, which is not installed"
    if os.environ.get("REQUIRE_NEIGHBOURS") == "1":
        pytest.fail(f"{sentence} (REQUIRE_NEIGHBOURS=1)", pytrace=False)
    pytest.skip(sentence)


def is_installed(program: str) -> bool:
    """Say whether a program is on the PATH or where Debian keeps servers."""
    return bool(shutil.which(program) or shutil.which(program, path=PLACES))
