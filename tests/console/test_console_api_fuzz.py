"""Schemathesis asks everything that the API's document allows, and much that it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from gateway.console.roles import Permission
from gateway.model.person import ApiToken, Role
from gateway.system import ids
from tests.console.house import PATIENCE, House, opened
from tests.console.seeds import garden

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]
LEFT_OUT = "positive_data_acceptance"  # a made-up reference is of the right shape and of no transfer: 404


def token_of(house: House) -> str:
    """Return a token that may do everything, for somebody with every role."""
    secret, now = ids.draw(40), house.clock.now()
    token = ApiToken(
        id=ids.serial("k"),
        person_id=house.visitor(*Role).me.id,
        name="tests",
        scopes=frozenset(Permission),
        since=now,
        until=now + timedelta(days=1),
    )
    house.store.tokens.add(secret, token, ())
    return secret


def test_it_keeps_every_promise_of_its_document(tmp_path: Path) -> None:
    with opened(tmp_path) as house:
        garden(house.store, house.clock.now())
        asked = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("st")), "run", f"{house.url}/api/v1/openapi.json"),
                *("--url", f"{house.url}/api/v1", "-H", f"Authorization: Bearer {token_of(house)}"),
                *("--checks", "all", "--exclude-checks", LEFT_OUT, "--phases", "coverage,fuzzing"),
                *("--suppress-health-check", "too_slow", "--request-timeout", str(PATIENCE)),
                *("--max-examples", "15", "--seed", "1", "--generation-database", "none", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert asked.returncode == 0, asked.stdout[-6000:] + asked.stderr[-1000:]


def test_the_document_is_what_is_served(tmp_path: Path) -> None:
    with opened(tmp_path) as house, httpx2.Client(base_url=house.url, timeout=PATIENCE) as client:
        served = client.get("/api/v1/openapi.json").json()
        assert served["openapi"] == "3.1.0"
        assert json.dumps(served).count("$ref") > 10
        for path, operations in served["paths"].items():
            for method in operations:
                address = "/api/v1" + path.replace("{", "").replace("}", "")
                assert client.request(method, address, json={}).status_code == 401, path
