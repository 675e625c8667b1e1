"""Every carrier end to end: a real file that bears a label, through extract and classify, to the tier."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from docx import Document

from gateway.extract.formats.office97.ole_properties import DOCUMENT
from gateway.model import der
from gateway.model.inspection import GapKind
from gateway.testing.canaries.outlook import HEADER_SET, INTEGER, UNICODE, names, streams
from gateway.testing.compound import compound
from tests.unit.classify.labelling import (
    BELOW,
    CORPORA,
    FOREIGN,
    GUID,
    MAPPED,
    OWN,
    UNKNOWN,
    UNREADABLE,
    Answer,
    answer,
    base64_of,
    classifier,
    coded,
    ess,
    marked,
    oid,
    sisl,
    stanag,
    suspected,
)
from tests.unit.extract.legacy import word as old_word
from tests.unit.extract.reading import XML, archive, kinds, office, opened, word
from tests.unit.extract.test_extract_ole import lpstr, property_set

LABEL_ATTRIBUTE, EQUIVALENT = "1.2.840.113549.1.9.16.2.2", "1.2.840.113549.1.9.16.2.9"
OFFICE = CORPORA / "au_protective_marking_vectors" / "office"
STRINGS = CORPORA / "au_protective_marking_vectors" / "strings.tsv"
CLASSES = {
    "OFFICIAL": "OFFICIAL", "OFFICIAL:Sensitive": "OFFICIAL-SENSITIVE", "PROTECTED": "RESTRICTED",
    "SECRET": "SECRET", "TOP-SECRET": "TOP SECRET",
}  # fmt: skip


BOUND = (
    '<b:BindingInformation xmlns:b="urn:nato:stanag:4778:bindinginformation:1:0"><b:Metadata>'
    f"{stanag('NATO RESTRICTED')}</b:Metadata></b:BindingInformation>"
)


def found(data: bytes, name: str) -> Answer:
    return answer(classifier().classify(opened(data, name).parts))


def custom(*properties: tuple[str, str]) -> str:
    said = "".join(
        f'<property name="{name}"><vt:lpwstr>{value.replace("&", "&amp;").replace("<", "&lt;")}</vt:lpwstr></property>'
        for name, value in properties
    )
    return f'{XML}<Properties xmlns:vt="v">{said}</Properties>'


def written_by_word(*properties: tuple[str, str]) -> bytes:
    """Return a file of python-docx, with custom properties put beside."""
    target, whole = io.BytesIO(), io.BytesIO()
    document = Document()
    document.add_paragraph("Minutes of the meeting.")
    document.save(target)
    with zipfile.ZipFile(target) as source, zipfile.ZipFile(whole, "w") as package:
        for name in source.namelist():
            package.writestr(name, source.read(name))
        package.writestr("docProps/custom.xml", custom(*properties))
    return whole.getvalue()


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ([("X-Protective-Marking", "VER=2025.1, NS=gov.au, SEC=PROTECTED")], marked("RESTRICTED")),
        (
            [(f"MSIP_Label_{GUID}_Enabled", "true"), (f"MSIP_Label_{GUID}_Name", "OFFICIAL-SENSITIVE")],
            marked("OFFICIAL-SENSITIVE"),
        ),
        ([(f"MSIP_Label_{GUID}_SiteId", FOREIGN), (f"MSIP_Label_{GUID}_Name", "Hush")], UNKNOWN),
        ([(f"MSIP_Label_{MAPPED}_SiteId", OWN), (f"MSIP_Label_{MAPPED}_Name", "x")], marked("OFFICIAL")),
        ([("bjDocumentSecurityLabel", "PROTECT - STAFF")], marked("PROTECT")),
        (
            [("bjDocumentLabelXML-0", sisl("7a2b")[90:]), ("bjDocumentLabelXML", sisl("7a2b")[:90])],
            marked("RESTRICTED"),
        ),
        ([("TitusGUID", GUID), ("CouncilClassification", "CONFIDENTIAL")], marked("CONFIDENTIAL")),
    ],
)
def test_custom_properties_of_a_docx(properties: list[tuple[str, str]], expected: Answer) -> None:
    assert found(written_by_word(*properties), "minutes.docx") == expected


def test_custom_properties_of_opendocument() -> None:
    said = "<meta:user-defined meta:name='bjDocumentSecurityLabel'>RESTRICTED</meta:user-defined>"
    meta = f'{XML}<m xmlns:meta="m">{said}</m>'
    data = archive({"mimetype": "application/vnd.oasis.opendocument.text", "meta.xml": meta})
    assert found(data, "x.odt") == marked("RESTRICTED")


def test_custom_properties_of_rtf() -> None:
    properties = rb"{\*\userprops {\propname Classification}\proptype30{\staticval RESTRICTED}}"
    assert found(rb"{\rtf1" + properties + rb" Minutes of the meeting.}", "x.rtf") == marked("RESTRICTED")


def test_custom_properties_of_the_old_word() -> None:
    own = {f"MSIP_Label_{GUID}_Name": lpstr("RESTRICTED"), f"MSIP_Label_{GUID}_Enabled": lpstr("true")}
    streams = {"\5DocumentSummaryInformation": property_set(DOCUMENT, {2: lpstr("c")}, own)}
    assert found(old_word(["Minutes."], streams=streams), "x.doc") == marked("RESTRICTED")


def test_a_field_of_an_outlook_message() -> None:
    said = f"MSIP_Label_{GUID}_Enabled=true;MSIP_Label_{GUID}_Name=SECRET;"
    named = {"__nameid_version1.0": names([(HEADER_SET, "msip_labels")])}
    tree = {**streams({(0x37, UNICODE): "Plan", (0x8000, UNICODE): said}, 32), **named}
    assert found(compound(tree), "x.msg") == marked("SECRET")
    private = streams({(0x37, UNICODE): "Plan", (0x36, INTEGER): 3}, 32)
    assert found(compound(private), "x.msg") == suspected("PROTECT")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (f'id="{{{MAPPED}}}" enabled="1" method="Privileged" siteId="{{{OWN}}}" removed="0"', marked("OFFICIAL")),
        (f'id="{{{MAPPED}}}" enabled="1" method="Standard" siteId="{{{FOREIGN}}}" removed="0"', marked("SECRET")),
        (f'id="{{{GUID}}}" enabled="1" method="Standard" siteId="{{{FOREIGN}}}" removed="0"', UNKNOWN),
        (f'id="{{{MAPPED}}}" enabled="0" method="Standard" siteId="{{{FOREIGN}}}" removed="1"', Answer()),
    ],
)
def test_the_label_list_of_office(attributes: str, expected: Answer) -> None:
    space = "http://schemas.microsoft.com/office/2020/mipLabelMetadata"
    info = f'{XML}<clbl:labelList xmlns:clbl="{space}"><clbl:label {attributes}/></clbl:labelList>'
    data = office("docx", {"docMetadata/LabelInfo.xml": info})
    assert found(data, "x.docx") == expected


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (stanag("SECRET"), marked("SECRET")),
        (stanag("Blue"), suspected("RESTRICTED", "unknown_label")),
        (sisl("7a2b").partition("?>")[2], marked("RESTRICTED")),
        (BOUND, marked("RESTRICTED")),
    ],
)
def test_a_label_in_custom_xml_and_in_a_file_beside(xml: str, expected: Answer) -> None:
    assert found(office("docx", {"customXml/item1.xml": XML + xml}), "x.docx") == expected
    assert found((XML + xml).encode(), "plan.docx.bdo") == expected
    mail = EmailMessage()
    mail["Subject"] = "Plan"
    mail.set_content("See the plan.")
    mail.add_attachment((XML + xml).encode(), "application", "xml", filename="plan.bdo")
    assert found(mail.as_bytes(), "x.eml") == expected


def a_pdf(info: dict[str, str], xmp: str = "") -> bytes:
    """Return a page with properties."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        for name, value in info.items():
            document.docinfo[pikepdf.Name(f"/{name}")] = pikepdf.String(value)
        if xmp:
            packet = pikepdf.Stream(document, xmp.encode())
            packet["/Type"], packet["/Subtype"] = pikepdf.Name("/Metadata"), pikepdf.Name("/XML")
            document.Root["/Metadata"] = packet
        document.save(target)
    return target.getvalue()


def xmp(inside: str) -> str:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:pdfx="http://ns.adobe.com/pdfx/1.3/">{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    )


def test_properties_and_xmp_of_a_pdf() -> None:
    assert found(a_pdf({f"MSIP_Label_{GUID}_Name": "SECRET"}), "x.pdf") == marked("SECRET")
    assert found(a_pdf({"Classification": "RESTRICTED"}), "x.pdf") == marked("RESTRICTED")
    pair = f"<pdfx:MSIP_Label_{GUID}_Enabled>true</pdfx:MSIP_Label_{GUID}_Enabled>"
    pair += f"<pdfx:MSIP_Label_{GUID}_Name>OFFICIAL-SENSITIVE</pdfx:MSIP_Label_{GUID}_Name>"
    assert found(a_pdf({}, xmp(pair)), "x.pdf") == marked("OFFICIAL-SENSITIVE")
    assert found(a_pdf({}, xmp(stanag("NATO SECRET"))), "x.pdf") == marked("SECRET")


def a_mail(*headers: tuple[str, str], subject: str = "Plan") -> bytes:
    said = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return (
        f"From: a@b.example\r\nTo: c@d.example\r\nSubject: {subject}\r\n{said}"
        "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nSee the plan.\r\n"
    ).encode()


BASE64 = base64_of(ess(4, mark="SECRET", countries=("GBR", "USA")))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            [("X-Protective-Marking", "VER=2025.1, NS=gov.au,\r\n SEC=PROTECTED,\r\n ORIGIN=a@b.gov.au")],
            marked("RESTRICTED"),
        ),
        (
            [("msip_labels", f"MSIP_Label_{GUID}_Enabled=True;\r\n MSIP_Label_{GUID}_Name=OFFICIAL-SENSI\r\n TIVE;")],
            marked("OFFICIAL-SENSITIVE"),
        ),
        (
            [("SIO-Label", f'marking="Acme";\r\n type=":ess"; label*0="{BASE64[:20]}";\r\n label*1="{BASE64[20:]}"')],
            marked("SECRET"),
        ),
        ([("SIO-Label", f'label*1="{BASE64[20:]}"; label*0="{BASE64[:20]}"; type=":ess"')], marked("SECRET")),
        ([("SIO-Label", f'type=":xml"; label="{base64_of(stanag("SECRET").encode())}"')], marked("SECRET")),
        ([("SIO-Label", 'marking="Violet"; type=":ess"; label="AAAA"')], UNREADABLE),
        ([("Sensitivity", "Company-Confidential")], suspected("PROTECT")),
        ([("X-Classification", "RESTRICTED")], marked("RESTRICTED")),
    ],
)
def test_headers_of_a_mail(headers: list[tuple[str, str]], expected: Answer) -> None:
    assert found(a_mail(*headers), "x.eml") == expected


def test_the_header_and_the_subject_of_a_mail() -> None:
    header = ("X-Protective-Marking", "VER=2025.1, NS=gov.au, SEC=OFFICIAL")
    assert found(a_mail(subject="Plan [SEC=PROTECTED, CAVEAT=RI:AUSTEO]"), "x.eml") == marked("RESTRICTED")
    assert found(a_mail(header, subject="Plan [SEC=PROTECTED]"), "x.eml") == marked("RESTRICTED", BELOW)
    found_both = classifier().classify(opened(a_mail(header, subject="Plan [SEC=OFFICIAL]"), "x.eml").parts).marking
    assert found_both is not None
    assert found_both.where.value in {"label", "mail_header"}, "of two alike the header counts"


def signed(message: bytes, *, detached: bool) -> bytes:
    """Return a message signed by a certificate of one day."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A Signer")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = built.sign(key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.DetachedSignature] if detached else []
    builder = pkcs7.PKCS7SignatureBuilder().set_data(message).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [*options, pkcs7.PKCS7Options.Binary])


def with_attribute(cms: bytes, attribute: str, value: bytes) -> bytes:
    """Return a signed message with one more signed attribute: the signature breaks, and nobody here verifies it.

    Every element around the attributes is written anew, for its length.
    """
    extra = coded(0x30, oid(attribute), coded(0x31, value))

    def again(node: der.Node, path: tuple[int, ...]) -> bytes:
        if not path:
            return coded(node.tag, node.of(cms), extra)
        inner, pieces, at = list(der.children(cms, node)), [], node.start
        for number, child in enumerate(inner):
            is_wanted = number == path[0] % len(inner)
            pieces.append(again(child, path[1:]) if is_wanted else cms[at : child.after])
            at = child.after
        return coded(node.tag, *pieces)

    # ContentInfo, [0], SignedData, the last of it: signerInfos, SignerInfo, [0] signedAttrs: the fourth
    return again(der.node(cms, 0), (1, 0, -1, 0, 3))


def a_signed_mail(label: bytes, attribute: str = LABEL_ATTRIBUTE, *, detached: bool = True) -> bytes:
    content = b"Content-Type: text/plain\r\n\r\nSee the plan.\r\n"
    cms = with_attribute(signed(content, detached=detached), attribute, label)
    body = "\r\n".join(base64_of(cms)[at : at + 64] for at in range(0, len(base64_of(cms)), 64)).encode()
    head = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Plan\r\nMIME-Version: 1.0\r\n"
    kind = b"Content-Transfer-Encoding: base64\r\nContent-Type: application/pkcs7-"
    if not detached:
        return head + kind + b"mime; smime-type=signed-data; name=smime.p7m\r\n\r\n" + body
    outer = b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\r\n\r\n--b\r\n'
    return head + outer + content + b"\r\n--b\r\n" + kind + b"signature; name=smime.p7s\r\n\r\n" + body + b"\r\n--b--"


@pytest.mark.parametrize("detached", [True, False])
def test_a_signed_mail(detached: bool) -> None:  # noqa: FBT001 - a parameter of a test
    assert found(a_signed_mail(ess(4), detached=detached), "x.eml") == marked("SECRET")
    assert found(a_signed_mail(ess(9), detached=detached), "x.eml").suspected == "RESTRICTED"
    others = coded(0x30, ess(1), ess(3, policy="2.999.8"))
    assert found(a_signed_mail(others, EQUIVALENT, detached=detached), "x.eml").marked == "CONFIDENTIAL"


def test_a_signed_mail_without_a_label_has_none() -> None:
    cms = signed(b"Content-Type: text/plain\r\n\r\nSee the plan.\r\n", detached=False)
    assert found(cms, "smime.p7m") == Answer()


def test_a_signed_label_that_cannot_be_taken_out_is_a_gap() -> None:
    attribute = coded(0x30, oid(LABEL_ATTRIBUTE), coded(0x02, b"\1"))
    cms = signed(b"See the plan.", detached=False)
    damaged = with_attribute(cms, LABEL_ATTRIBUTE, ess(4)).replace(
        coded(0x30, oid(LABEL_ATTRIBUTE), coded(0x31, ess(4)))[:16], attribute[:16].ljust(16, b"\0")[:16]
    )
    assert GapKind.CORRUPT in kinds(opened(damaged, "smime.p7m"))


@pytest.mark.skipif(not OFFICE.is_dir(), reason="corpus au_protective_marking_vectors is absent")
def test_the_office_files_of_the_australian_programs() -> None:
    tiers = {path.name: found(path.read_bytes(), path.name).marked for path in sorted(OFFICE.iterdir())}
    assert tiers == {
        "OfficeDocHelperTests.PatchDocx.verified.docx": "RESTRICTED",
        "OfficeDocHelperTests.PatchPptx.verified.pptx": "RESTRICTED",
        "correctProps.docx": "TOP SECRET",
        "sample.pptx": "",
    }


@pytest.mark.skipif(not STRINGS.is_file(), reason="corpus au_protective_marking_vectors is absent")
def test_the_strings_of_the_australian_programs() -> None:
    rows = [line.split("\t") for line in STRINGS.read_text("utf-8").splitlines()[1:]]
    for kind, text, _ in rows:
        tier = CLASSES[text.partition("SEC=")[2].partition(",")[0].rstrip("]")]
        mail = a_mail(subject=f"Plan {text}") if kind == "subject" else a_mail(("X-Protective-Marking", text))
        assert found(mail, "x.eml") == marked(tier), text
    assert len(rows) == 16


def test_a_label_never_lowers_what_the_page_says() -> None:
    header = "<w:p><w:r><w:t>RESTRICTED</w:t></w:r></w:p>"
    body = "<w:p><w:r><w:t>Minutes of the meeting.</w:t></w:r></w:p>"
    page = word(body, header1=header)
    whole = io.BytesIO(page)
    with zipfile.ZipFile(whole, "a") as package:
        package.writestr("docProps/custom.xml", custom(("Classification", "OFFICIAL")))
    assert found(page, "x.docx") == marked("RESTRICTED")
    assert found(whole.getvalue(), "x.docx") == marked("RESTRICTED", BELOW)


@pytest.mark.parametrize("at", range(85, 205, 3))
def test_xml_cut_anywhere_in_a_docx_is_put_together(at: int) -> None:
    xml = sisl("7a2b")
    pieces = [("bjDocumentLabelXML", xml[:at]), ("bjDocumentLabelXML-0", xml[at:])]
    assert found(office("docx", {"docProps/custom.xml": custom(*pieces)}), "x.docx") == marked("RESTRICTED")


def test_a_label_beside_what_is_encrypted() -> None:
    cipher = coded(0x30, oid("2.16.840.1.101.3.4.1.42"), coded(0x04, bytes(16)))
    content = coded(0x30, oid("1.2.840.113549.1.7.1"), cipher, coded(0x80, bytes(64)))
    attributes = coded(0xA1, coded(0x30, oid(LABEL_ATTRIBUTE), coded(0x31, ess(4))))
    enveloped = coded(0x30, coded(0x02, b"\2"), coded(0x31), content, attributes)
    data = coded(0x30, oid("1.2.840.113549.1.7.3"), coded(0xA0, enveloped))
    extraction = opened(data, "smime.p7m")
    assert kinds(extraction) == {GapKind.ENCRYPTED}
    assert answer(classifier().classify(extraction.parts)) == marked("SECRET")
