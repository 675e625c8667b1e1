"""Keys, tokens and passwords: what counts, what does not, and the tables of two tools that look for them.

No token stands here in one piece: code hosts refuse them, and none is anybody's.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from base64 import urlsafe_b64encode
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.detectors.secrets import Secrets
from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import CORPORA, best, classify, findings

KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq3Xn0v1Zc4fGk2" * 6 + "\n-----END RSA PRIVATE KEY-----"
MIXED = "a7Kd92LmQ0xZ4Vt8Rb3Nw6Yc1Hs5Jp" * 10
HEX = "0f4c91e7b2a863d5" * 10
JSON_TOKEN = ".".join(
    urlsafe_b64encode(each).decode("ascii").rstrip("=")
    for each in (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"1234567890","name":"A"}', b"0123456789012345678901234567890")
)
COUNTED = [
    KEY,
    KEY.replace("RSA PRIVATE", "OPENSSH PRIVATE"),
    KEY.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
    KEY.replace("\n", "\\n"),
    "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE",
    "the key AK" + "IA" + MIXED[:16].upper() + " works",
    "gh" + "p_" + MIXED[:36],
    "github_" + "pat_" + MIXED[:82],
    "gl" + "pat-" + MIXED[:20],
    "xo" + "xb-123456789012-123456789012-" + MIXED[:24],
    "https://hooks.slack" + ".com/services/T024TTTTT/BBB72BBL/" + MIXED[:24],
    "sk_" + "live_" + MIXED[:24],
    "AI" + "za" + MIXED[:35],
    "S" + "G." + MIXED[:22] + "." + MIXED[:43],
    "n" + "pm_" + MIXED[:36],
    "123456789" + ":AA" + MIXED[:33],
    "bearer " + JSON_TOKEN,
    "abcQ1" + "Q~" + MIXED[:33],
    "password: Tr0ub4dor&3",
    "Your password is hunter22.",
    "Password = 'correct horse battery staple'",
    "passwd=s3cr3tsauce",
    "pwd:Summer2024!",
    "PASSWORD:\n   EzKWGy4H",
    "Username: smith\nPassword: swordfish\n",
    '"password": "swordfish",',
    "DB_PASSWORD=swordfish99",
    "CREATE USER 'app'@'db' IDENTIFIED BY 'swordfish99';",
    "Server=db;User Id=sa;Password=Pa55word!x;",
    f"api_key = {MIXED[:32]}",
    f'"client_secret": "{MIXED[:24]}"',
    f"access-token:{MIXED[:24]}",
    f"SECRET_KEY='{MIXED[:32]}'",
    "https://smith:Tr0ub4dor@example.org/x",
    "postgresql://app:s3cr3tsauce@db.internal:5432/cases",
    "Authorization: Basic c21pdGg6VHIwdWI0ZG9y",
    f"curl -u smith:{MIXED[:12]} https://example.org",
    f"-H 'X-Api-Token: {MIXED[:16]}'",
]
NOT_COUNTED = [
    "A file with -----BEGIN PRIVATE KEY----- in it is a secret",
    KEY.replace("PRIVATE", "PUBLIC"),
    "gh" + "p_" + "x" * 36,
    "AK" + "IA" + "IOSFODNN7" + "EXAMPLE",
    "AK" + "IA is how the keys begin",
    "gl" + "pat-" + MIXED[:30],  # longer than they are
    "sk-learn and sk-image",
    "s.thisisonlyaverylongname",
    "eyJhbGciOiJub25lIn0",
    "eyJ" + MIXED[:20] + ".eyJ" + MIXED[:20],  # no JSON
    "password: ********",
    "Password: required",
    "password: <your password>",
    "password=${DB_PASSWORD}",
    "password=%s",
    "password = get_password()",
    "password = os.environ['DB']",
    "your password is about to expire",
    "The password is never sent by mail.",
    "Passwords: see the policy, section 4",
    "Forgotten your password? Click here",
    "Password policy: at least 12 characters",
    "Pass: 85% of pupils",
    "the pass = 40 marks",
    "token: the word by which",
    "key = value",
    'sort_key = "created_at_descending_order"',
    f'public_key = "{MIXED[:32]}"',
    "key: 12345678901234567890",
    "primary key = customer_order_line_item_id",
    "secret: nobody knows",
    "api_key = your_api_key_goes_here_123",
    f"api_key = {'x' * 32}",
    "https://user:password@example.org",
    "https://$USER:$PASS@example.org",
    "https://example.org:8080/@smith",
    "mailto:a@example.org",
    "curl -u user:user https://example.org",
    "curl -u $NAME:$WORD https://example.org",
    "Authorization: Bearer <token>",
    "sha256 " + HEX[:64],
    "commit " + HEX[:40],
    "uuid 73082700-1f09-405b-80d0-3131bfd6272d",
    "The keynote is at 10:30; tokens are free.",
    "Compass=North2East",
]


@pytest.mark.parametrize("text", COUNTED)
def test_counted(text: str) -> None:
    assert best(text, "SECRET") >= COUNTS_FROM


@pytest.mark.parametrize("text", NOT_COUNTED)
def test_not_counted(text: str) -> None:
    assert best(text, "SECRET") < COUNTS_FROM


@pytest.mark.parametrize("text", COUNTED)
def test_nothing_of_a_secret_is_shown(text: str) -> None:
    found = [each for each in classify(text).findings if each.entity == "SECRET"]
    assert {each.masked for each in found} == {"[secret]"}


def test_a_key_is_reported_from_its_first_line_to_its_last() -> None:
    [finding] = findings(f"see\n{KEY}\nbelow", "SECRET")
    assert (finding.start, finding.end, finding.masked) == (4, 4 + len(KEY), "[secret]")


def test_of_a_password_the_value_is_reported_and_not_the_word() -> None:
    text = "user: smith, password: Tr0ub4dor&3, thanks"
    [finding] = findings(text, "SECRET")
    assert text[finding.start : finding.end] == "Tr0ub4dor&3"


@given(st.text("abcdefghijklmnopqrstuvwxyz '.,\n", max_size=300))
def test_prose_without_a_figure_holds_no_key(text: str) -> None:
    assert not [each for each in findings(text, "SECRET") if each.confidence > 0.6]


def test_every_form_that_is_known_begins_with_something_rare() -> None:
    prose = " ".join(["the quick brown fox jumps over the lazy dog", "A. B. Smith (1984), p. 12; e.g. x=1"] * 50)
    for pattern in Secrets.patterns:
        assert not any(re.search(each, prose) for each in pattern.scan or (pattern.expression,)), pattern.name


MISSED = {
    "'{secret}'": "a template: the test puts the value in",
    "1.1.1.1": "an address like a version number needs a label",
    "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": "a placeholder, and not hexadecimal",
}
RIGHTLY = {
    "detect-secrets:ibm_cloud_iam": 1,  # a password, too long for that rule
    "detect-secrets:npm": 2,  # tokens of an unnamed registry
    "gitleaks:clickhouse": 1,  # key = 45 random signs
    "gitleaks:gcp": 9,  # keys of Google's own examples: the form is right, and only a list says that they are known
    "gitleaks:mailchimp": 1,  # a whole key in a call
    "gitleaks:meraki": 2,  # keys of another length, named as keys
}
"""Negatives of a rule that another rule finds, as the corpus says they may be."""


def test_two_tools_agree_or_we_say_why_not() -> None:
    path = CORPORA / "secrets_tables" / "secrets.tsv.gz"
    if not path.exists():
        pytest.skip("needs the corpus secrets_tables")
    missed: set[str] = set()
    found: Counter[str] = Counter()
    positives = 0
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            text = json.loads(row["text_json"])
            entity = "IP_ADDRESS" if row["source"].endswith("ip_public") else "SECRET"
            counts = best(text, entity) >= COUNTS_FROM
            if row["label"] == "positive":
                positives += 1
                missed.update({text} - ({text} if counts else set()))
            elif counts:
                found[row["source"]] += 1
    assert positives == 126
    assert missed == set(MISSED)
    assert found == Counter(RIGHTLY)
