"""The sample configuration works after a clone; paths, policies and both together."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import yaml

from gateway.config.channels import FolderSettings, SmtpSettings
from gateway.config.load import load_both, load_observed, load_policies, load_settings, read_policy_files, read_set
from gateway.config.settings import Settings
from gateway.errors import Invalid, NotFound
from gateway.extract import Limits
from gateway.model.record import Officer
from gateway.model.verdict import Network
from tests.unit.daemon.small_policies import change, write_small

ROOT: Final = Path(__file__).parents[3]
SAMPLE: Final = ROOT / "config" / "gateway.yaml"
SMALLEST: Final = """
organisation: {name: Us, help: us@us.example, internal_domains: [US.example]}
folders: {sender: staff@us.example}
channels:
  internet: {kind: folder, path: out}
  secure-mail: {kind: smtp, host: relay.us.example, tls: verify, ca_file: ca.pem}
  internal: {kind: folder, path: /srv/internal}
officers: [{name: O, address: o@us.example}]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config" / "gateway.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_the_sample_and_the_shipped_policy_load_together() -> None:
    settings, policy = load_both(SAMPLE)
    assert settings.home == ROOT
    assert settings.paths.outbound == ROOT / "outbound"
    assert settings.paths.policies == ROOT / "policies"
    assert {route.channel for route in policy.routes.values()} == set(settings.channels)
    for channel in settings.channels.values():
        assert isinstance(channel, FolderSettings)
        assert channel.path.is_relative_to(ROOT / "delivered")
    promised = {route.channel for route in policy.routes.values() if route.network is Network.VERIFIED_TLS}
    trials = {name for name, each in settings.channels.items() if isinstance(each, FolderSettings) and each.trial}
    assert trials == promised, "a folder stands for verified TLS where a route promises it, and nowhere else"


def test_the_sample_says_every_setting_with_its_default() -> None:
    said = yaml.safe_load(SAMPLE.read_text())
    assert set(said) == set(Settings.model_fields) - {"home", "siem", "smime"}, "those three stand in comments"
    smallest = load_settings(SAMPLE)
    for group in ("mail", "inspection", "retries", "plugins", "notices"):
        assert getattr(smallest, group) == type(getattr(smallest, group))(), f"{group} is said as it would be unsaid"
        in_comments = {"from", "accounts", "tls", "own_domain", "milter"}
        assert set(said[group]) | in_comments >= {
            field.alias or name for name, field in type(getattr(smallest, group)).model_fields.items()
        }


def test_the_smtp_form_in_the_comments_of_the_sample_loads(tmp_path: Path) -> None:
    lines = SAMPLE.read_text().splitlines()
    first, last = lines.index("# channels:"), lines.index("notices:")
    commented = "\n".join(line.removeprefix("# ") for line in lines[first:last])
    plain = "\n".join([*lines[: lines.index("channels:")], commented, *lines[last:]])
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    settings, _ = load_both(written(tmp_path, plain))
    secure = settings.channels["secure-mail"]
    assert isinstance(secure, SmtpSettings)
    assert (secure.tls, secure.ca_file) == ("verify", tmp_path / "config" / "relay-ca.pem")
    cjsm = settings.channels["cjsm"]
    assert isinstance(cjsm, SmtpSettings)
    assert cjsm.password
    assert (cjsm.user, cjsm.password.file) == ("council@cjsm.example", tmp_path / "state" / "keys" / "cjsm.password")


@pytest.mark.parametrize("host", ["127.0.0.1", "'::1'", "localhost"])
@pytest.mark.parametrize("how", ["tls: none", "tls: encrypt, user: us, password: {credential: relay}"])
def test_a_relay_on_this_machine_needs_to_prove_nothing(tmp_path: Path, host: str, how: str) -> None:
    there = f"internet: {{kind: smtp, host: {host}, {how}}}"
    load_settings(written(tmp_path, SMALLEST.replace("internet: {kind: folder, path: out}", there)))


def test_paths_are_below_home_and_home_is_the_folder_above(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SMALLEST))
    assert settings.home == tmp_path
    assert settings.paths.notices == tmp_path / "outbound" / "notices"
    assert settings.paths.observed_policies is None
    internet, secure, internal = (settings.channels[name] for name in ("internet", "secure-mail", "internal"))
    assert isinstance(internet, FolderSettings)
    assert isinstance(internal, FolderSettings)
    assert isinstance(secure, SmtpSettings)
    assert (internet.path, internal.path) == (tmp_path / "out", Path("/srv/internal"))
    assert secure.ca_file == tmp_path / "ca.pem"


@pytest.mark.parametrize(("home", "expected"), [("/srv/gw", "/srv/gw"), (".", "config"), ("../data", "data")])
def test_home_can_be_said(tmp_path: Path, home: str, expected: str) -> None:
    settings = load_settings(written(tmp_path, SMALLEST + f"home: {home}\n"))
    assert settings.paths.state == tmp_path / expected / "state"


def test_settings_turn_into_the_values_of_the_rooms(tmp_path: Path) -> None:
    text = SMALLEST.replace("o@us.example", "o@us.example, roles: [caldicott-guardian, a2]")
    settings = load_settings(written(tmp_path, text + "inspection: {limits: {part_size: 1 MiB}}\n"))
    assert settings.inspection.limits.limits() == Limits(part_size=1 << 20)
    assert settings.retries.schedule().wait(2) == timedelta(minutes=10)
    assert settings.officers[0].officer() == Officer(
        name="O", address="o@us.example", roles=("caldicott-guardian", "a2")
    )
    assert settings.organisation.internal_domains == ("us.example",)
    assert (settings.mail.host, settings.mail.port, settings.mail.max_size) == ("127.0.0.1", 2525, 50_000_000)


def test_a_short_deadline_alone_is_fine_and_goes_for_parts_too(tmp_path: Path) -> None:
    wanted = load_settings(written(tmp_path, SMALLEST + "inspection: {deadline: 30 s}\n")).inspection
    assert (wanted.deadline, wanted.part_deadline) == (timedelta(seconds=30), timedelta(seconds=60))


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SMALLEST))
    with pytest.raises(ValueError, match="frozen"):
        settings.mail.max_size = 1


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="cannot be read"):
        load_settings(tmp_path / "gateway.yaml")
    with pytest.raises(NotFound, match="no policy folder"):
        load_policies(tmp_path / "policies")


def test_a_file_that_is_not_text_is_refused_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, SMALLEST)
    path.write_bytes(path.read_bytes() + b"# caf\xe9\n")
    with pytest.raises(Invalid, match=r"gateway.yaml:9:6: this is not UTF-8 text"):
        load_settings(path)


def test_policy_files_are_read_by_name_and_none_is_passed_over(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    names = set(read_policy_files(tmp_path / "policies"))
    assert {"tiers.yaml", "domains.yaml", "routes.yaml", "laws.yaml", "rules/holds.yaml", "cases/held.yaml"} <= names
    assert not any(name.endswith(".md") for name in names)
    (tmp_path / "policies" / ".holds.yaml.swp").write_text("x")
    (tmp_path / "policies" / ".editor").mkdir()
    (tmp_path / "policies" / ".editor" / "x.yaml").write_text("x")
    assert set(read_policy_files(tmp_path / "policies")) == names
    (tmp_path / "policies" / "rules" / "extra.yml").write_text("rules: []\n")
    with pytest.raises(Invalid, match=r"policies/rules/extra.yml:1:1: this file would not be read"):
        read_policy_files(tmp_path / "policies")


def test_complaints_about_both_come_at_once(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    (tmp_path / "policies" / "laws.yaml").write_text("laws: [x]\n")
    (tmp_path / "policies" / "routes.yaml").unlink()
    with pytest.raises(Invalid) as caught:
        load_both(written(tmp_path, SMALLEST))
    assert [each.file for each in caught.value.complaints] == ["policies/laws.yaml", "policies/routes.yaml"]


def observing(tmp_path: Path) -> Settings:
    """Return settings with a small set that only observes."""
    write_small(tmp_path / "draft")
    channels = "paths: {observed_policies: draft}\n"
    return load_settings(written(tmp_path, SMALLEST + channels))


def test_a_set_that_observes_is_proved_like_the_other(tmp_path: Path) -> None:
    settings = observing(tmp_path)
    assert settings.paths.observed_policies == tmp_path / "draft"
    observed = load_observed(settings)
    assert observed is not None
    assert observed.hash == load_policies(tmp_path / "draft").hash
    assert load_observed(load_settings(written(tmp_path, SMALLEST))) is None


def test_complaints_about_a_set_that_observes_name_its_own_folder(tmp_path: Path) -> None:
    settings = observing(tmp_path)
    change(tmp_path / "draft", "routes.yaml", "channel: internet", "channel: pigeon")
    with pytest.raises(Invalid, match=r"^draft/routes.yaml:4:\d+: there is no channel 'pigeon'"):
        load_observed(settings)
    (tmp_path / "draft" / "rules" / "extra.yml").write_text("rules: []\n")
    with pytest.raises(Invalid, match=r"^draft/rules/extra.yml:1:1: this file would not be read"):
        load_observed(settings)
    shutil.rmtree(tmp_path / "draft")
    with pytest.raises(NotFound, match="draft"):
        load_observed(settings)


def test_a_rule_that_tells_a_role_which_no_officer_has_does_not_load(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "policies")
    duty = "obligations: ['tell:caldicott-gardian']"
    change(folder, "rules/all.yaml", "then: {outcome: quarantine}", f"then: {{outcome: quarantine, {duty}}}")
    change(folder, "cases/all.yaml", "outcome: quarantine, obligations: []", f"outcome: quarantine, {duty}")
    line = (folder / "rules" / "all.yaml").read_text().splitlines().index("  - id: hold/large") + 1
    manned = SMALLEST.replace("o@us.example}", "o@us.example, roles: [caldicott-guardian]}")
    with pytest.raises(Invalid) as caught:
        load_both(written(tmp_path, manned))
    (complaint,) = caught.value.complaints
    assert (complaint.file, complaint.line) == ("policies/rules/all.yaml", line)
    assert "no officer in the configuration has the role 'caldicott-gardian'" in complaint.message
    assert "did you mean 'caldicott-guardian'?" in complaint.message
    load_both(written(tmp_path, manned.replace("caldicott-guardian", "caldicott-gardian")))


@pytest.mark.parametrize("name", ["lexicons/commercial.txt", "modulus/weights.txt", "labels.yaml"])
def test_the_hash_is_over_all_that_is_read(tmp_path: Path, name: str) -> None:
    folder = write_small(tmp_path / "policies")
    before = load_policies(folder).hash
    assert read_set(folder).hash == read_set(folder).parsed().hash == before
    (folder / "modulus").mkdir()
    with (folder / name).open("a") as file:
        file.write("\n")
    assert read_set(folder).hash == read_set(folder).parsed().hash != before
