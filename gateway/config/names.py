"""Addresses, domains and names, as several sections of `config/gateway.yaml` have them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, StringConstraints

from gateway.decide.address import domain_of, plain_domain


def _address(given: str) -> str:
    if domain_of(given) is None:
        raise ValueError(f"'{given}' is not a plain address; write name@domain")
    return given


def _domain(given: str) -> str:
    domain = plain_domain(given)
    if domain is None:
        raise ValueError(
            f"'{given}' is not a plain domain; write for example council.example, without a dot at the end"
        )
    return domain


Address: TypeAlias = Annotated[str, AfterValidator(_address)]
Domain: TypeAlias = Annotated[str, AfterValidator(_domain)]
Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
