"""Keys and tokens that services issue, known by the form that each service gives them.

Source: the services' own documents on the form of their tokens (Amazon Web Services, GitHub, GitLab, Slack, Stripe,
Google, Microsoft and others below); RFC 7519 for JSON Web Tokens. Most begin with signs that stand for nothing else,
so that a token is known without a word beside it, and prose costs nothing.

A token made of one sign repeated stands in a manual, as do the few that a service prints in its own: they are weak.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from typing import TYPE_CHECKING, Final

from gateway.classify import Detection, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.classify import Candidate
    from gateway.model.inspection import Segment

_W: Final = "[A-Za-z0-9_-]"
_A: Final = "[A-Za-z0-9]"
_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "1password": (r"\bops_eyJ", rf"{_A}{{250,1200}}"),
    "adobe": (r"\bp8e-", r"[0-9a-z]{32}\b"),
    "airtable": (rf"\bpat{_A}{{14}}\.", r"[0-9a-f]{64}\b"),
    "alibaba": (r"\bLTAI", rf"{_A}{{20}}\b"),
    "anthropic": (r"\bsk-ant-", rf"(?:api|admin)\d\d-{_W}{{93}}AA\b"),
    "artifactory": (r"\b(?:AKC|AP\d)", rf"{_A}{{10,80}}\b"),
    "atlassian": (r"\bATATT3", "[A-Za-z0-9_=-]{100,240}"),
    "aws": (r"\b(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)", r"[A-Z0-9]{16}\b"),
    "aws bedrock": (r"\bABSK", "[A-Za-z0-9+/]{109,269}={0,2}"),
    "azure client": (r"[A-Za-z0-9_~.]{3}\dQ~", "[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~-])"),
    "azure storage": (r"\bAccountKey=", "[A-Za-z0-9+/]{86}=="),
    "clojars": (r"\bCLOJARS_", r"[0-9a-z]{60}\b"),
    "databricks": (r"\bdapi", r"[0-9a-f]{32}\b"),
    "digitalocean": (r"\bdo[opr]_v1_", r"[0-9a-f]{64}\b"),
    "discord": (rf"\b[MNOA][DTjz]{_W}{{21,25}}\.{_W}{{6}}\.{_W}{{4}}", rf"{_W}{{23,36}}", rf"\.{_W}{{6}}\.{_W}{{4}}"),
    "docker": (r"\bdckr_", rf"(?:pat|oat)_{_W}{{27,40}}"),
    "doppler": (r"\bdp\.", rf"(?:pt|st|ct)\.{_A}{{40,60}}\b"),
    "dropbox": (r"\bsl\.", rf"{_W}{{130,140}}(?!{_W})"),
    "duffel": (r"\bduffel_", rf"(?:test|live)_{_W}{{43}}"),
    "dynatrace": (r"\bdt0c01\.", rf"{_A}{{24}}\.{_A}{{64}}\b"),
    "easypost": (r"\bEZ[AT]K", rf"{_A}{{54}}\b"),
    "facebook": (r"\bEAA[CM]", rf"{_A}{{100,400}}\b"),
    "facebook app": (r"\b\d{15,16}(?:\||%7C)", rf"{_W}{{27}}(?!{_W})", r"\d(?:\||%7C)"),
    "figma": (r"\bfig[dou]h?_", rf"{_W}{{38,50}}"),
    "flutterwave": (r"\bFLW(?:PUB|SEC)K", r"(?:_TEST)?-[0-9a-h]{12,32}-X\b"),
    "fly": (r"\b(?:fo1|fm[12][ar]?)_", "[A-Za-z0-9+/_-]{43,500}"),
    "frame.io": (r"\bfio-u-", rf"{_W}{{64}}"),
    "github": (r"\bgh[opsru]_", rf"{_A}{{36,255}}\b"),
    "github personal": (r"\bgithub_pat_", r"[A-Za-z0-9_]{82}\b"),
    "gitlab": (r"\bgl(?:pat|dt|ft|soat|rt|cbt)-", rf"{_W}{{20}}(?!{_W})"),
    "gitlab agent": (r"\bglagent-", rf"{_W}{{50,100}}"),
    "gitlab mail": (r"\bglimt-", rf"{_W}{{25}}(?!{_W})"),
    "gitlab oauth": (r"\bgloas-", rf"{_W}{{64}}(?!{_W})"),
    "gitlab runner": (r"\bGR1348941", rf"{_W}{{20}}(?!{_W})"),
    "gitlab trigger": (r"\bglptt-", r"[0-9a-f]{40}\b"),
    "google": (r"\bAIza", rf"{_W}{{35}}(?!{_W})"),
    "google client": (r"\bGOCSPX-", rf"{_W}{{28}}"),
    "grafana": (r"\bgl(?:c|sa)_", "[A-Za-z0-9+/_]{32,400}={0,2}"),
    "harness": (r"\b[ps]at\.", rf"{_W}{{22}}\.[0-9a-f]{{24}}\.{_A}{{20}}\b"),
    "heroku": (r"\bHRKU-", rf"{_W}{{36,60}}"),
    "hugging face": (r"\b(?:hf|api_org)_", r"[A-Za-z]{34}\b"),
    "infracost": (r"\bico-", rf"{_A}{{32}}\b"),
    "intra42": (r"\bs-s4t2(?:ud|af)-", r"[0-9a-f]{64}\b"),
    "json web token": (rf"\beyJ{_W}{{8}}", rf"{_W}{{0,2000}}\.eyJ{_W}{{4,4000}}(?:\.{_W}{{0,2000}})?"),
    "linear": (r"\blin_(?:api|oauth)_", rf"{_A}{{40,64}}\b"),
    "lob": (r"\b(?:live|test)_", r"[0-9a-f]{35}\b"),
    "mailchimp": (r"\b[0-9a-f]{32}-us", r"\d{1,2}\b", "-us"),
    "mailgun": (r"\bkey-", r"[0-9a-f]{32}\b"),
    "maxmind": (rf"\b{_A}{{6}}_{_A}{{29}}_mmk\b", "", r"_mmk\b"),
    "microsoft teams": (r"\.webhook\.office\.com/webhookb2/", "[A-Za-z0-9@/-]{60,250}"),
    "new relic": (r"\bNR(?:AK|JS|II)-", rf"{_A}{{19,32}}\b"),
    "notion": (r"\bntn_", rf"\d{{11}}{_A}{{35}}\b"),
    "notion secret": (r"\bsecret_", rf"{_A}{{43}}\b"),
    "npm": (r"\bnpm_", rf"{_A}{{36}}\b"),
    "npm registry": ("//[A-Za-z0-9./-]{4,80}/:_authToken=", rf"{_W}{{10,100}}", "/:_authToken="),
    "nuget": (r"\boy2", r"[a-z0-9]{43}\b"),
    "octopus": (r"\bAPI-", r"[A-Z0-9]{26}\b"),
    "openai": (r"\bsk-", rf"{_W}{{20,100}}T3BlbkFJ{_W}{{20,100}}"),
    "openshift": (r"\bsha256~", rf"{_W}{{43}}"),
    "perplexity": (r"\bpplx-", rf"{_A}{{48}}\b"),
    "plaid": (r"\baccess-(?:sandbox|development|production)-", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"),
    "planetscale": (r"\bpscale_", rf"(?:tkn|pw|oauth)_{_W}{{32,64}}"),
    "postman": (r"\bPMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}\b"),
    "prefect": (r"\bpn[ub]_", rf"{_A}{{36}}\b"),
    "pulumi": (r"\bpul-", r"[0-9a-f]{40}\b"),
    "pypi": (r"\bpypi-AgE", rf"{_W}{{50,1000}}"),
    "readme": (r"\brdme_", r"[a-z0-9]{70}\b"),
    "rubygems": (r"\brubygems_", r"[0-9a-f]{48}\b"),
    "scalingo": (r"\btk-us-", rf"{_W}{{48}}"),
    "sendgrid": (r"\bSG\.", rf"{_W}{{20,24}}\.{_W}{{39,50}}"),
    "sendinblue": (r"\bxkeysib-", r"[0-9a-f]{64}-[0-9A-Za-z]{16}\b"),
    "sentry": (r"\bsntry[su]_", rf"{_A}{{60,300}}"),
    "settlemint": (r"\bsm_", rf"(?:pat|sat|aat)_{_A}{{16}}\b"),
    "shippo": (r"\bshippo_", r"(?:live|test)_[0-9a-f]{40}\b"),
    "shopify": (r"\bshp(?:at|ca|pa|ss)_", r"[0-9a-fA-F]{32}\b"),
    "slack": (r"\bxox[abeoprs]-\d", rf"\d{{0,12}}-(?:\d{{1,13}}-){{0,3}}{_A}{{10,200}}\b"),
    "slack app": (r"\bxapp-\d", r"-[A-Z0-9]{8,14}-\d{8,14}-[a-z0-9]{40,80}\b"),
    "slack hook": (r"\bhooks\.slack\.com/", "(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,90}"),
    "softlayer": (r"\bsoftlayer\.com/soap/", r"v3(?:\.\d)?/[a-z0-9]{64}\b"),
    "sonar": (r"\bsq[apu]_", r"[0-9a-z]{40}\b"),
    "sourcegraph": (r"\bsgp_", r"(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}\b"),
    "square": (r"\bsq0(?:atp|csp)-", rf"{_W}{{22,60}}"),
    "square oauth": (r"\bEAAA", rf"{_W}{{60}}"),
    "stripe": (r"\b[rs]k_(?:live|prod|test)_", rf"{_A}{{10,99}}\b"),
    "supabase": (r"\bsbp_", r"[0-9a-f]{40}\b"),
    "telegram": (r"\b\d{8,10}:AA", rf"{_W}{{33}}(?!{_W})", r"\d:AA"),
    "terraform": (rf"\b{_A}{{14}}\.atlasv1\.", rf"{_W}{{60,70}}", r"\.atlasv1\."),
    "twilio": (r"\b(?:AC|SK)[0-9a-f]{6}", r"[0-9a-f]{26}\b"),
    "typeform": (r"\btfp_", "[a-zA-Z0-9_.=-]{59}"),
    "vault": (r"\bhv[bsr]\.", rf"{_W}{{90,120}}"),
    "vault, old": (r"\bs\.[A-Za-z0-9]{8}", rf"(?=[A-Za-z]*\d){_A}{{16}}\b"),
    "yandex": (r"\bAQVN", rf"{_W}{{35,38}}"),
}
"""How a token begins and how it goes on; where its beginning says too little, the signs in it that say more."""
_REST: Final = {name: re.compile(form[1]) for name, form in _FORMS.items()}
_FILLER: Final = re.compile(r"[xX*.]{12}|0{12}|(?:123){4}|EXAMPLE\Z|abcdefghijklmnopqrst|[Pp][Uu][Tt]_[Yy][Oo][Uu][Rr]")


class Secrets:
    """Detector of SECRET, for keys and tokens known by their form."""

    name = "secrets"
    patterns: tuple[Pattern, ...] = tuple(
        Pattern(name=name, expression=begins, scan=tuple(marks), start_known=not marks)
        for name, (begins, _, *marks) in _FORMS.items()
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report each that goes on as its kind does and is no placeholder; a JSON Web Token must begin with JSON."""
        text, reached = segment.text, 0
        for each in candidates:
            rest = _REST[each.pattern].match(text, each.end) if each.start >= reached else None
            if rest is None or (each.pattern == "json web token" and not _begins_with_json(text, each.start)):
                continue
            reached = rest.end()
            placeholder = _FILLER.search(text, each.start, reached)
            yield Detection(
                entity="SECRET",
                start=each.start,
                end=reached,
                confidence=0.3 if placeholder else 0.95,
                why=("shape", "placeholder") if placeholder else ("shape",),
            )


def _begins_with_json(text: str, start: int) -> bool:
    """Say whether the head of the token at `start`, in base64url, is a JSON object: `{"alg": ...}`."""
    head = text[start : text.index(".", start)]
    try:
        decoded = urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except (NotBase64, ValueError):
        return False
    return decoded.startswith(b'{"') and decoded.endswith(b"}") and decoded.isascii()
