"""Routes from their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.decide.address import domain_of
from gateway.decide.policy import Route, Written
from gateway.decide.shapes import RoutesFile, RouteShape
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path
from gateway.model.facts import DomainStatus
from gateway.model.verdict import Network

# Whom a network may serve without the sender's choice. Only the public one takes whoever is not known, and only one
# off the internet who is reached by no other way.
MAY_SERVE: Final = {
    Network.INTERNAL: {DomainStatus.INTERNAL},
    Network.OFF_INTERNET: {DomainStatus.INTERNAL, DomainStatus.LIVE, DomainStatus.PRIVATE},
    Network.PUBLIC: frozenset(DomainStatus) - {DomainStatus.NONE, DomainStatus.PRIVATE},
    Network.VERIFIED_TLS: {DomainStatus.INTERNAL, DomainStatus.LIVE},
}


def routes_of(document: Document, file: RoutesFile, complaints: Complaints) -> dict[str, Route]:
    """Return the routes by id; each domain status goes one way at most."""
    routes: dict[str, Route] = {}
    served: dict[DomainStatus, str] = {}
    for number, shape in enumerate(file.routes):
        path: Path = ("routes", number)
        complaints.add(*_route_complaints(document, path, shape))
        if shape.id in routes or shape.id == "none":
            complaints.add(document.complaint((*path, "id"), f"the id '{shape.id}' is taken; choose another"))
        for place, status in enumerate(shape.serves):
            if status in served:
                message = f"'{status}' goes by the route '{served[status]}' already; each status goes one way"
                complaints.add(document.complaint((*path, "serves", place), message))
            served.setdefault(status, shape.id)
        routes[shape.id] = _route(document, path, shape)
    return routes


def _route(document: Document, path: Path, shape: RouteShape) -> Route:
    line, column = document.at((*path, "channel"))
    return Route(
        id=shape.id,
        says=shape.says,
        written=Written(file=document.file, line=line, column=column),
        network=shape.network,
        channel=shape.channel,
        serves=frozenset(shape.serves),
        folder=shape.folder,
        recipient=shape.recipient,
        removable_media=shape.removable_media,
    )


def _route_complaints(document: Document, path: Path, shape: RouteShape) -> Iterator[Complaint]:
    for place, status in enumerate(shape.serves):
        if status not in MAY_SERVE[shape.network]:
            allowed = " or ".join(sorted(MAY_SERVE[shape.network]))
            message = f"a route over the network '{shape.network}' may not serve '{status}'; it may serve {allowed}"
            yield document.complaint((*path, "serves", place), message)
    if shape.recipient and domain_of(shape.recipient) is None:
        yield document.complaint((*path, "recipient"), f"'{shape.recipient}' is not a plain address; write name@domain")
    if shape.recipient and (shape.serves or not shape.folder):
        message = "a route with a fixed recipient serves nobody else; leave out 'serves' and set 'folder: true'"
        yield document.complaint((*path, "recipient"), message, key=True)
    if not shape.recipient and not shape.serves:
        yield document.complaint(path, "this route serves nobody; name 'serves', or 'folder: true' and 'recipient'")
