"""The extractors of the house. They come in by the same door as plug-ins: `gateway.extractors`."""

from __future__ import annotations

from gateway.extract import Extractor
from gateway.extract.formats.html import HtmlExtractor
from gateway.extract.formats.mail import MailExtractor, MboxExtractor
from gateway.extract.formats.office import OfficeExtractor
from gateway.extract.formats.pdf import PdfExtractor
from gateway.extract.formats.signature import SignatureExtractor
from gateway.extract.formats.text import TextExtractor
from gateway.extract.formats.xml import XmlExtractor
from gateway.extract.formats.zip import ZipExtractor


def builtin() -> tuple[Extractor, ...]:
    """Return every built-in extractor."""
    return (
        HtmlExtractor(),
        MailExtractor(),
        MboxExtractor(),
        OfficeExtractor(),
        PdfExtractor(),
        SignatureExtractor(),
        TextExtractor(),
        XmlExtractor(),
        ZipExtractor(),
    )
