"""The sandbox where it is not at home: as an ordinary user, and on kernels that lack a wall."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from gateway.system.sandbox import describe_kernel
from tests.scenarios.gateway_process import write_config

HERE = Path(__file__).parent
POORER = (sys.executable, str(HERE / "poorer_kernel.py"))
ASKING = str(HERE / "asking_child.py")
REFUSED = {"read_file", "write_file", "list_folder", "execute"}

LONGEST = 240  # seconds for a program that starts workers, on a machine that has much else to do

pytestmark = [
    pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp"),
    pytest.mark.timeout(2 * LONGEST),
]


def environment() -> dict[str, str]:
    """Return an environment in which any interpreter of this version finds what we found."""
    return {"PYTHONPATH": f"{HERE.parents[1]}:{sysconfig.get_path('purelib')}", "PATH": os.environ["PATH"]}


def outcome(*command: str) -> list[dict[str, Any]]:
    """Run `asking_child` somehow; return what came of each go."""
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, done.stderr
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


def is_good(each: dict[str, Any]) -> bool:
    """Say whether a letter was read."""
    return bool(each["found"] == ["NHS_NUMBER"] and each["gaps"] == [])


def as_nobody() -> tuple[str, ...]:
    """Return the command that runs Python as an ordinary user, with an interpreter that such a user may read."""
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--no-new-privs")
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        tried = (*nobody, "sh", "-c", 'exec "$@"', "sh", python, "-c", "import gateway.worker")
        if subprocess.run(tried, env=environment(), capture_output=True, check=False, cwd="/").returncode == 0:
            return (*nobody, python)
    pytest.skip("an ordinary user may read no copy of Python and of this program")


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")
def test_an_ordinary_user_has_all_walls() -> None:
    [seen] = outcome(*as_nobody(), ASKING, "sound")
    assert seen["user"] == 65534
    assert is_good(seen)
    assert set(seen["attacks"].values()) == {"PermissionError"}


@pytest.mark.parametrize("missing", ["landlock", "seccomp", "landlock,seccomp"])
def test_a_kernel_without_a_wall_is_refused_and_with_leave_the_others_stand(missing: str) -> None:
    refused, allowed = outcome(*POORER, missing, ASKING, "sound", "degraded")
    assert set(refused) == {"unsound"}
    assert all(f"no {wall}" in refused["unsound"] for wall in missing.split(","))
    assert is_good(allowed)
    stands = missing != "landlock,seccomp"
    assert {name for name, came in allowed["attacks"].items() if came == "PermissionError"} >= (
        REFUSED if stands else set()
    )
    assert allowed["attacks"]["other_descriptors"] == "PermissionError"
    assert allowed["attacks"]["write_file"] != "succeeded"  # no file may grow, whatever the kernel


def test_the_poorer_kernel_is_poorer_in_nothing_else() -> None:
    [seen] = outcome(*POORER, "", ASKING, "sound")
    assert is_good(seen)
    assert set(seen["attacks"].values()) == {"PermissionError"}


@pytest.mark.parametrize(("missing", "allowed"), [("landlock", False), ("landlock", True), ("seccomp", True)])
def test_doctor_says_which_wall_is_missing_and_what_that_means(tmp_path: Path, missing: str, allowed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    config = write_config(tmp_path)
    if allowed:
        config.write_text(config.read_text() + "inspection: {allow_degraded: true}\n")
    script = tmp_path / "doctor.py"
    script.write_text("from gateway.cli.main import main\nmain()\n")
    command = (*POORER, missing, str(script), "--config", str(config))
    done = subprocess.run((*command, "doctor"), capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if f"no {missing}" in line and line.startswith("wrong")]
    assert ("weaker walls, as allowed" if allowed else "will not start") in line
    started = "content is opened behind" in done.stdout
    assert started is allowed
