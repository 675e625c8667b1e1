"""What the elements of HTML do to the text around them, and which of their attributes hold no words."""

from __future__ import annotations

from typing import Final

_INLINE: Final = """
    a abbr acronym b bdi bdo big blink cite code data del dfn em font i ins kbd label mark nobr q ruby s samp small span
    strike strong sub sup time tt u var wbr o:p st1:place st1:city tspan textpath tref mi mn mo ms mtext
"""
CELLS: Final = frozenset({"td", "th"})
INLINE: Final = frozenset(_INLINE.split()) | CELLS
_BLOCKS: Final = """
    address area article aside audio base blockquote body br button canvas caption center col colgroup command datalist
    dd details dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head
    header hgroup hr html iframe image img input isindex keygen legend li link listing main map math menu menuitem meta
    meter nav noembed noframes noscript object ol optgroup option output p param picture plaintext pre progress rb rp rt
    rtc script search section select slot source style summary svg table tbody template textarea tfoot thead title tr
    track ul video xmp text foreignobject desc metadata g image defs symbol use circle rect path line polygon polyline
    mrow mtable mtr mtd mfrac
"""
BLOCKS: Final = frozenset(_BLOCKS.split())
_CLOSED_BY_OTHERS: Final = """
    p li td th tr dt dd option optgroup tbody thead tfoot colgroup rt rp
"""
CLOSED_BY_OTHERS: Final = frozenset(_CLOSED_BY_OTHERS.split())
_VOID: Final = """
    area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr
"""
VOID: Final = frozenset(_VOID.split())
_LAYOUT: Final = """
    align background bgcolor border cellpadding cellspacing class color colspan d dir face fill height hspace id lang
    media points rel role rowspan size stroke style target transform type valign viewbox vspace width x xmlns
    xmlns:xlink y charset
"""
LAYOUT: Final = frozenset(_LAYOUT.split())
NEVER_DEEP: Final = frozenset(name.encode() for name in VOID | CLOSED_BY_OTHERS)
BRING_IN: Final = frozenset({"action", "background", "cite", "code", "data", "formaction", "href", "poster", "src",
                             "srcset", "value", "xlink:href"})  # fmt: skip
_NAMES: Final = """
    abbr accept accept-charset accesskey allow alt as async autocapitalize autocomplete autofocus autoplay axis blocking
    char charoff checked classid clear clip-path clip-rule code codebase codetype compact content contenteditable
    controls coords crossorigin datetime declare decoding default defer dirname disabled download draggable enctype
    enterkeyhint fetchpriority for form formenctype formmethod formnovalidate formtarget frame frameborder headers
    hidden high hreflang http-equiv imagesizes imagesrcset inert inputmode integrity is ismap itemid itemprop itemref
    itemscope itemtype kind label leftmargin link list loading longdesc loop low marginheight marginwidth max maxlength
    method min minlength multiple muted name nohref nomodule nonce noresize noshade novalidate nowrap object open
    optimum pattern ping placeholder playsinline popover prefix preload preserveaspectratio profile prompt property
    readonly referrerpolicy required rev reversed rules sandbox scheme scope scrolling selected shape slot spellcheck
    srcdoc srclang standby start step summary tabindex text title topmargin translate typeof usemap valuetype version
    vlink vocab wrap alink xml:lang xml:space stroke-width fill-rule text-anchor font-family font-size x1 x2 y1 y2 r cx
    cy rx ry offset
"""
NAMES: Final = frozenset(_NAMES.split()) | LAYOUT | BRING_IN
"""Attributes that everyone writes; another's name may be words."""
