"""A small name server on loopback that says what it is told. For tests of what is looked up before mail goes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from itertools import pairwise
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

SECONDS = 60


class NameServer:
    """Start it with `with`. Names that it was told nothing of do not exist; what it was told is signed unless not."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], list[str]] = {}
        self._unsigned: set[str] = set()
        self._failing: set[tuple[str, str]] = set()
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run)

    def say(self, name: str, kind: str, *records: str) -> Self:
        """Answer a question with these records."""
        self._records[name, kind] = list(records)
        return self

    def unsigned(self, *names: str) -> Self:
        """Say of these names that they are not signed."""
        self._unsigned |= set(names)
        return self

    def fail(self, name: str, kind: str) -> Self:
        """Answer SERVFAIL, as a validating resolver does for what fails validation."""
        self._failing.add((name, kind))
        return self

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while True:
            raw, client = self._socket.recvfrom(4096)
            if not raw:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(raw)).to_wire(), client)

    def _answer(self, question: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(question, recursion_available=True)
        [asked] = question.question
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        if (name, kind) in self._failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        names = list(self._chain(name))
        for alias, target in pairwise(names):
            answer.answer.append(dns.rrset.from_text(f"{alias}.", SECONDS, "IN", "CNAME", f"{target}."))
        records = self._records.get((names[-1], kind), [])
        if records:
            answer.answer.append(dns.rrset.from_text_list(f"{names[-1]}.", SECONDS, "IN", kind, records))
        elif names[-1] not in {known for known, _ in self._records}:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        if self._unsigned.isdisjoint(names):
            answer.flags |= dns.flags.AD
        return answer

    def _chain(self, name: str) -> Iterable[str]:
        yield name
        while target := self._records.get((name, "CNAME")):
            name = target[0].rstrip(".")
            yield name
