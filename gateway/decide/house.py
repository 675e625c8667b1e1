"""The laws that no policy file can switch off, in the language of the policy (architecture, law 6)."""

from __future__ import annotations

from typing import Final

HOUSE_FILE: Final = "gateway/decide/house.py"
LINES_BEFORE: Final = 8  # of this file before the text, so that complaints point into it
HOUSE_LAWS: Final = """
laws:
  - id: house/restricted-off-internet
    says: What is marked RESTRICTED or higher never takes a route that is not off the internet, released or not.
    source: S4 Appendix 2B, Email
    whenever:
      tier: {at_least: RESTRICTED}
      marking_status: {at_least: marked}
      network: [internal, public, verified-tls]
    must: {outcome_at_least: quarantine}

  - id: house/restricted-suspected
    says: What only looks RESTRICTED or higher takes no such route either, unless an officer looked and released it.
    source: S4 Appendix 2B, Email
    whenever:
      tier: {at_least: RESTRICTED}
      network: [internal, public, verified-tls]
      released: false
    must: {outcome_at_least: quarantine}

  - id: house/protect-public
    says: PROTECT and above crosses the public internet under AES-256 or not at all.
    source: S4 Appendix 2B, Email
    whenever:
      tier: {at_least: PROTECT}
      network: public
    must: {obligations: ["seal:aes256"]}

  - id: house/protect-verified-tls
    says: PROTECT and above goes to a secure domain over verified TLS or not at all.
    source: S3 section 4.4; S4 Appendix 2B, Email
    whenever:
      tier: {at_least: PROTECT}
      network: verified-tls
    must: {obligations: ["tls:verified"]}

  - id: house/no-route
    says: Where there is no route, nothing goes.
    source: S3 section 4.4
    whenever: {route: none}
    must: {outcome_at_least: quarantine}
"""
