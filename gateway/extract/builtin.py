"""The extractors of the house. They come in by the same door as plug-ins: `gateway.extractors`."""

from __future__ import annotations

from gateway.extract import Extractor
from gateway.extract.formats.archives.apple import AppleExtractor
from gateway.extract.formats.archives.extractor import ArchiveExtractor
from gateway.extract.formats.archives.streams import StreamExtractor
from gateway.extract.formats.archives.tar import TarExtractor
from gateway.extract.formats.archives.zip_extractor import ZipExtractor
from gateway.extract.formats.html.extractor import HtmlExtractor
from gateway.extract.formats.mail.extractor import MailExtractor, MboxExtractor
from gateway.extract.formats.office.extractor import OfficeExtractor
from gateway.extract.formats.office.star_metafile import StarMetafileExtractor
from gateway.extract.formats.office97.excel97 import Excel97Extractor
from gateway.extract.formats.office97.locked_office import LockedOfficeExtractor
from gateway.extract.formats.office97.ole_objects import OleExtractor
from gateway.extract.formats.office97.powerpoint97 import PowerPoint97Extractor
from gateway.extract.formats.office97.word97 import Word97Extractor
from gateway.extract.formats.outlook.message import OutlookExtractor
from gateway.extract.formats.outlook.tnef import TnefExtractor
from gateway.extract.formats.pdf.extractor import PdfExtractor
from gateway.extract.formats.pictures.extractor import PictureExtractor
from gateway.extract.formats.pictures.metafile import MetafileExtractor
from gateway.extract.formats.rtf.extractor import RtfExtractor
from gateway.extract.formats.sealed.cms import CmsExtractor
from gateway.extract.formats.sealed.openpgp import OpenPgpExtractor
from gateway.extract.formats.sealed.signature import SignatureExtractor
from gateway.extract.formats.text.content_lines import ContentLineExtractor
from gateway.extract.formats.text.extractor import TextExtractor
from gateway.extract.formats.text.json_text import JsonExtractor
from gateway.extract.formats.text.tables import TableExtractor
from gateway.extract.formats.xml.extractor import XmlExtractor


def builtin() -> tuple[Extractor, ...]:
    """Return every built-in extractor."""
    return (
        AppleExtractor(),
        ArchiveExtractor(),
        CmsExtractor(),
        ContentLineExtractor(),
        Excel97Extractor(),
        HtmlExtractor(),
        JsonExtractor(),
        LockedOfficeExtractor(),
        MailExtractor(),
        MboxExtractor(),
        MetafileExtractor(),
        OfficeExtractor(),
        OleExtractor(),
        OpenPgpExtractor(),
        OutlookExtractor(),
        PdfExtractor(),
        PictureExtractor(),
        PowerPoint97Extractor(),
        RtfExtractor(),
        SignatureExtractor(),
        StarMetafileExtractor(),
        StreamExtractor(),
        TableExtractor(),
        TarExtractor(),
        TextExtractor(),
        TnefExtractor(),
        Word97Extractor(),
        XmlExtractor(),
        ZipExtractor(),
    )
