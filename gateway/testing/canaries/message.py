"""Mail and mail folders, calendars and address cards."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.templates import filled

MAIL: Final = """Received: from «received» by mx.example.org (with «received comment»);
 Mon, 1 Jan 2024 09:00:00 +0000
From: "«display name»" <a@example.org>
Sender: a@example.org («comment in address»)
To: =?utf-8?q?Caf=C3=A9_«encoded recipient»?= <b@example.org>
Cc: undisclosed «group name»:;
Reply-To: «local part»@example.org
Subject: OFFICIAL «subject» and
 «folded subject» =?iso-8859-1?B?@encoded subject@?=
Date: Mon, 1 Jan 2024 09:00:00 +0000
Message-ID: <«message id»@example.org>
Thread-Topic: «thread topic»
Keywords: «keywords»
Comments: «comments»
List-Id: «list name» <list.example.org>
List-Unsubscribe: <https://example.org/«list unsubscribe»>
X-Protective-Marking: VER=2018.1, NS=gov.au, SEC=OFFICIAL, NOTE=«protective marking», ORIGIN=a@example.org
X-Mailer: «own header»
msip_labels: MSIP_Label_1a2b_Enabled=True; MSIP_Label_1a2b_Name=«purview label»;
 MSIP_Label_1a2b_SiteId=«folded label»;
SIO-Label: marking*0="«label in pieces~"; marking*1="»"; type=":ess"
X-Titus-Metadata-40: @titus label@
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="out"; x-note="«content type parameter»"

«preamble»
--out
Content-Type: multipart/alternative; boundary="alt"

--alt
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

plain caf=C3=A9 «plain alternative~=
»
begin 644 «uuencoded name».txt
@uuencoded file@
`
end
--alt
Content-Type: text/html; charset=utf-8

<p>«html alternative»<!-- «html comment» --></p>
--alt
Content-Type: text/calendar; method=REQUEST

BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:«calendar~
 »
END:VEVENT
END:VCALENDAR
--alt--
--out
Content-Type: text/plain
Content-Disposition: inline
Content-Description: «content description»

«inline text»
--out
Content-Type: text/plain; x-secret="«part parameter»"
Content-Disposition: attachment; filename*0*=utf-8''caf%C3%A9%20; filename*1*="«attachment name».txt"
Content-Transfer-Encoding: base64

@attachment@
--out
Content-Type: application/octet-stream; name="=?utf-8?q?«encoded attachment name».json?="
Content-Location: https://example.org/«content location»
Content-Transfer-Encoding: base64

@attachment of no type@
--out
Content-Type: text/rfc822-headers

Subject: «returned headers»
--out
Content-Type: message/delivery-status

Reporting-MTA: dns; «delivery status»

Final-Recipient: rfc822; «delivery recipient»
--out
Content-Type: message/rfc822
Content-Disposition: attachment; filename="«nested message name».eml"

From: «nested display name» <c@example.org>
Subject: «nested subject»
X-Note: «nested header»
Content-Type: multipart/mixed; boundary="in"

--in
Content-Type: text/plain

«nested body»
--in
Content-Type: text/plain; name="«nested attachment name».txt"
Content-Transfer-Encoding: base64

@nested attachment@
--in--
--out--
«epilogue»
"""


def documents() -> Iterator[CanaryDocument]:
    """Yield one document of each format."""
    yield _mail()
    yield _folder()
    yield _calendar()
    yield _card()


def _coded(text: str) -> str:
    """Return base64 in lines."""
    return base64.encodebytes(text.encode()).decode().strip()


def _mail() -> CanaryDocument:
    """Return a mail."""
    put = Cage.of("eml")
    mail = filled(MAIL, put)
    for place, encoded in (
        ("encoded subject", _coded(put("encoded subject"))),
        ("titus label", _coded(f'{{"Classification":"{put("titus label")}"}}')),
        ("uuencoded file", binascii.b2a_uu(f"text {put('uuencoded file')}".encode()).decode().strip()),
        ("attachment", _coded(f"text {put('attachment')}")),
        ("attachment of no type", _coded(f'{{"a": "{put("attachment of no type")}"}}')),
        ("nested attachment", _coded(put("nested attachment"))),
    ):
        mail = mail.replace(f"@{place}@", encoded)
    return put.document("letter.eml", mail.replace("\n", "\r\n").encode())


def _folder() -> CanaryDocument:
    """Return a mail folder."""
    put = Cage.of("mbox")
    mails = "".join(
        f"From a@example.org Mon Jan  1 09:00:00 2024\nFrom: a@example.org\nSubject: {put(f'subject {n}')}\n\n"
        f"{put(f'body {n}')}\nFrom here on it is {put(f'line {n}')}\n\n"
        for n in (1, 2)
    )
    return put.document("folder.mbox", mails.encode())


def _calendar() -> CanaryDocument:
    """Return a calendar."""
    put = Cage.of("ics")
    calendar = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//{put("product")}//EN
X-WR-CALNAME:{put("calendar name")}
BEGIN:VEVENT
UID:{put("identifier")}@example.org
SUMMARY;LANGUAGE=en:Panel {put("summary")}
DESCRIPTION:first line\\nsecond {put("description")[:5]}
 {put.canaries[-1].word[5:]}\\, end
LOCATION;ALTREP="cid:{put("alternate text")}":Room {put("location")}
ORGANIZER;CN="{put("organiser")}":mailto:{put("organiser address")}@example.org
ATTENDEE;CN={put("attendee")};RSVP=TRUE:mailto:b@example.org
COMMENT:{put("comment")}
CONTACT:{put("contact")}
CATEGORIES:A,{put("category")}
RESOURCES:{put("resource")}
X-ALT-DESC;FMTTYPE=text/html:<html><body><p>{put("html description")}</p></body></html>
X-PROTECTIVE-MARKING:{put("marking")}
ATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME={put("attachment name")}.txt:
 {base64.b64encode(f"text {put('attachment')}".encode()).decode()}
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:{put("alarm")}
END:VALARM
END:VEVENT
BEGIN:VTODO
SUMMARY:{put("task")}
END:VTODO
BEGIN:VJOURNAL
DESCRIPTION:{put("journal")}
END:VJOURNAL
END:VCALENDAR
"""
    return put.document("panel.ics", calendar.replace("\n", "\r\n").encode())


def _card() -> CanaryDocument:
    """Return an address card, and an old one."""
    put = Cage.of("vcf")
    card = f"""BEGIN:VCARD
VERSION:4.0
FN:{put("formatted name")}
N:{put("family name")};{put("given name")};;;
NICKNAME:{put("nickname")}
ORG:{put("organisation")};{put("unit")}
TITLE:{put("title")}
item1.TEL;TYPE=work:{put("telephone")}
item1.X-ABLabel:{put("own label")}
ADR;LABEL="{put("address label")}":;;1 High Street;{put("town")};;EX1 1EX;UK
EMAIL:{put("mail")}@example.org
NOTE:first\\nsecond {put("note")}
URL:https://{put("address")}.example/
PHOTO:data:text/plain;base64,{base64.b64encode(put("photo").encode()).decode()}
KEY;ENCODING=b:{base64.b64encode(f"text {put('key')}".encode()).decode()}
X-NHS-NUMBER:{put("own property")}
END:VCARD
BEGIN:VCARD
VERSION:2.1
FN:old
NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:caf=C3=A9 {put("quoted-printable")[:6]}=
{put.canaries[-1].word[6:]} =0Aend
END:VCARD
"""
    return put.document("card.vcf", card.replace("\n", "\r\n").encode())
