"""Between a request and its page: whose it is, whether it comes from a form of ours, and whether they may.

Refusals happen here and nowhere else: what reaches a page has passed all of it. What a request brings is read only
once all is known that can be without it, and then all is asked again, because reading may take a while.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from gateway.console.entrance import sessions
from gateway.console.frame.desk import Desk
from gateway.console.frame.visit import TOKEN, Visit, form_token, granted
from gateway.console.roles import Permission
from gateway.console.routes import FORM, Page
from gateway.console.words import LANGUAGES
from gateway.errors import Busy, Conflict, GatewayError, NotAccepted, NotFound, NotPermitted, StorageFull
from gateway.system.log import get_log

SAFE: Final = frozenset({"GET", "HEAD"})
FIELDS: Final = 1_000
WITH_FILE: Final = "multipart/form-data"
"""How a form with a file comes: what the other way escapes costs many times its length to read (`%41`)."""
UNAUTHORISED: Final = 401
STATUS: Final[tuple[tuple[type[GatewayError], int], ...]] = (
    (NotFound, 404),
    (NotPermitted, 403),
    (NotAccepted, 422),
    (Conflict, 409),
    (Busy, 503),
    (StorageFull, 507),
)
"""What an error of the tree is in HTTP; any other is 500 (RFC 9110 section 15)."""


class Refused(Exception):
    """A request that is answered without its page: `status` of HTTP, and what the visitor reads."""

    def __init__(self, status: int, words: str, *, hint: str = "", step_up: bool = False) -> None:
        super().__init__(words)
        self.status, self.words, self.hint, self.step_up = status, words, hint, step_up


class Guard:
    """One page, guarded; `answer` is its endpoint in Starlette."""

    def __init__(self, page: Page, desk: Desk) -> None:
        self._page, self._desk = page, desk

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        visit = self._stranger(request)
        answer = await self._answer(visit)
        if not self._page.api and sessions.cookie_of(request, self._desk) is None:
            sessions.give_first_cookie(answer, visit.cookie, self._desk)
        return answer

    async def _answer(self, visit: Visit) -> Response:
        if visit.request.method in SAFE:
            return await run_in_threadpool(self._act, visit)
        known = visit
        try:
            self._require_small(visit.request)
            known = await run_in_threadpool(self._known, visit)
            self._require(known)
            visit = await self._with_what_it_brings(visit)  # a stranger's still: who it is by now is asked again
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except Exception as error:  # noqa: BLE001 - as in `_act`
            return await run_in_threadpool(self._refuse, known, _as_refusal(error))
        try:
            return await run_in_threadpool(self._act, visit)
        finally:
            await visit.form.close()

    def _require_small(self, request: Request) -> None:
        """Raise `Refused` unless the request says how much it brings, and that is no more than this page takes."""
        if "transfer-encoding" in request.headers:  # it would count instead of the length (RFC 9112 section 6.3)
            raise Refused(411, "the request does not say how large it is")
        declared = request.headers.get("content-length", "")
        if not declared.isdecimal() or len(declared) > len(str(self._page.largest)):
            raise Refused(413 if declared else 411, "the request is too large here, or does not say how large it is")
        if int(declared) > self._page.largest:
            raise Refused(413, f"that is larger than the {self._page.largest} bytes that are taken here")

    async def _with_what_it_brings(self, visit: Visit) -> Visit:
        """Return the visit with its form or body. Only files, which go to the disk, may be larger than a usual form."""
        request = visit.request
        try:
            if self._page.api:
                return replace(visit, body=await request.body())
            kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
            if self._page.largest > FORM and kind != WITH_FILE:
                raise Refused(415, "the form cannot be read")
            return replace(visit, form=await request.form(max_files=1, max_fields=FIELDS, max_part_size=FORM))
        except HTTPException:
            raise Refused(400, "the form cannot be read") from None

    def _act(self, visit: Visit) -> Response:
        try:
            visit = self._known(visit)
            self._require(visit)
            self._require_token(visit)
            self._require_fresh(visit)
            return self._page.act(visit)
        except Exception as error:  # noqa: BLE001 - whatever it was: a page for the visitor, and its kind for the log
            return self._refuse(visit, _as_refusal(error))

    def _stranger(self, request: Request) -> Visit:
        return Visit(
            desk=self._desk,
            request=request,
            nonce=request.state.nonce,
            language=_language(request),
            cookie=sessions.cookie_of(request, self._desk) or sessions.new_cookie(),
        )

    def _known(self, visit: Visit) -> Visit:
        """Return the visit with who it is: by a session's cookie or, for programs, by their token."""
        if self._page.api:
            caller = sessions.by_token(visit.request.headers.get("authorization", ""), self._desk)
            return replace(visit, person=caller[0], granted=caller[1]) if caller else visit
        if current := sessions.current(visit.cookie, self._desk, is_used=not self._page.polls):
            person, session = current
            language = _chosen(visit.request) or person.language or visit.language
            return replace(visit, person=person, session=session, granted=granted(person), language=language)
        return visit

    def _require(self, visit: Visit) -> None:
        """Raise `Refused` unless the request comes from a page of ours, and this person may: what needs no form."""
        if visit.request.method not in SAFE and not self._page.api:
            self._require_own_site(visit)
        if self._page.needs is Permission.PUBLIC:
            return
        if visit.person is None:
            raise Refused(UNAUTHORISED, "sign in first")
        if self._page.needs not in visit.granted:
            raise Refused(403, "you may not do that", hint="ask whoever looks after people and roles")

    def _require_own_site(self, visit: Visit) -> None:
        """Refuse what another site's page sent, by what the browser says."""
        site, origin = visit.request.headers.get("sec-fetch-site"), visit.request.headers.get("origin")
        if site != "same-origin" and (site is not None or origin != self._desk.settings.reached_at):
            raise Refused(403, "this form came from another site; nothing was changed")

    def _require_token(self, visit: Visit) -> None:
        """Refuse a form that is none of ours, whatever the browser said of it."""
        is_form = visit.request.method not in SAFE and not self._page.api
        if is_form and not secrets.compare_digest(visit.said(TOKEN).encode(), form_token(visit.cookie).encode()):
            hint = "go back, load the page again, and send it once more"
            raise Refused(403, "this form is too old; nothing was changed", hint=hint)

    def _require_fresh(self, visit: Visit) -> None:
        """Demand a fresh proof of who it is where the page does; a form says where to go back to."""
        if self._page.step_up and not sessions.is_fresh(visit.session, self._desk):
            raise Refused(UNAUTHORISED, "show again that it is you", step_up=True)

    def _refuse(self, visit: Visit, refused: Refused) -> Response:
        if self._page.api:
            bearer = {"WWW-Authenticate": "Bearer"} if refused.status == UNAUTHORISED else None  # RFC 6750 section 3
            return JSONResponse({"error": refused.words, "hint": refused.hint}, refused.status, headers=bearer)
        if refused.status == UNAUTHORISED and self._page.polls and "hx-request" in visit.request.headers:
            return Response(status_code=204, headers={"HX-Refresh": "true"})  # the page around it asks to sign in
        if refused.status == UNAUTHORISED:
            back = visit.request.url.path if visit.request.method in SAFE else visit.said("back")
            return sessions.ask(back, step_up=refused.step_up)
        return visit.show("error.html", status=refused.status, words=refused.words, hint=refused.hint)


def _as_refusal(error: Exception) -> Refused:
    """Return what a visitor is told; what is our own fault goes into the log, by its kind."""
    if isinstance(error, Refused):
        return error
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status >= 500:  # noqa: PLR2004 - RFC 9110 section 15.6: ours
        get_log().error("page:failed", error=error)
    if isinstance(error, GatewayError):
        return Refused(status, error.message, hint=error.hint)
    return Refused(500, "something went wrong here, and nothing was changed")


def _chosen(request: Request) -> str:
    """Return the language that the visitor chose, empty where it is none of ours."""
    chosen = request.cookies.get("language", "")
    return chosen if chosen in LANGUAGES else ""


def _language(request: Request) -> str:
    """Return the language that the visitor chose or whose browser asks for it first (RFC 9110 section 12.5.4)."""
    first = request.headers.get("accept-language", "").partition(",")[0].strip().casefold()
    return _chosen(request) or ("cy" if first.partition("-")[0] == "cy" else "en")
