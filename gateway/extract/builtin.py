"""The extractors of the house. They come in by the same door as plug-ins: `gateway.extractors`."""

from __future__ import annotations

from gateway.extract import Extractor
from gateway.extract.formats.apple import AppleExtractor
from gateway.extract.formats.archives import ArchiveExtractor
from gateway.extract.formats.cms import CmsExtractor
from gateway.extract.formats.content_lines import ContentLineExtractor
from gateway.extract.formats.excel97 import Excel97Extractor
from gateway.extract.formats.html import HtmlExtractor
from gateway.extract.formats.json_text import JsonExtractor
from gateway.extract.formats.locked_office import LockedOfficeExtractor
from gateway.extract.formats.mail import MailExtractor, MboxExtractor
from gateway.extract.formats.metafile import MetafileExtractor
from gateway.extract.formats.office import OfficeExtractor
from gateway.extract.formats.ole_objects import OleExtractor
from gateway.extract.formats.openpgp import OpenPgpExtractor
from gateway.extract.formats.outlook import OutlookExtractor
from gateway.extract.formats.pdf import PdfExtractor
from gateway.extract.formats.pictures import PictureExtractor
from gateway.extract.formats.powerpoint97 import PowerPoint97Extractor
from gateway.extract.formats.rtf import RtfExtractor
from gateway.extract.formats.signature import SignatureExtractor
from gateway.extract.formats.star_metafile import StarMetafileExtractor
from gateway.extract.formats.streams import StreamExtractor
from gateway.extract.formats.tables import TableExtractor
from gateway.extract.formats.tar import TarExtractor
from gateway.extract.formats.text import TextExtractor
from gateway.extract.formats.tnef import TnefExtractor
from gateway.extract.formats.word97 import Word97Extractor
from gateway.extract.formats.xml import XmlExtractor
from gateway.extract.formats.zip import ZipExtractor


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
