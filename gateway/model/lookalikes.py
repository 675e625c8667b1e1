"""Characters that look like an ASCII one, in the fonts of offices and browsers.

Source: Unicode Technical Standard 39 (confusables), the pairs whose shapes are the same or nearly so; what NFKC or a
digit's own value folds already is not here. Texts in these scripts stay as legible to people: only patterns see this.
"""

from __future__ import annotations

from typing import Final

_PAIRS: Final = (
    # Cyrillic
    ("АВЕЅІЈКМНОРСТХУЗԚԜҮѴӀҺԌ", "ABESIJKMHOPCTXY3QWYVIhG"),
    ("асԁеһіјӏорԛѕухѵԝгьо", "acdehijlopqsyxvwrbo"),
    # Greek
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),
    ("αικνορυχγϲϳτ", "aikvopuxycjt"),
    # Armenian
    ("ՕՏՍԼօսհոցզյ", "OSULouhngqj"),
    # Cherokee
    ("ᎠᎡᎢᎪᎫᎬᎳᎷᎻᏀᏃᏎᏒᏔᏙᏚᏞᏟᏢᏦᏴ", "DRTAJEWMHGZ4RWVSLCPKB"),
    # Lisu
    ("ꓐꓑꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴꓓ", "BPTGKJCZFMNLSRVHWXYAEIOUD"),
    # small capitals and other letters of phonetic alphabets
    ("ᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEGHIJKLMNOPRSTUVWYZ"),
    ("ɑɡıȷɩꞮ", "agijiI"),
    # marks
    ("ʼ’‘′", "''''"),
    ("⁄∕⧸∶꞉‚", "///::,"),
)
LOOKALIKES: Final = {odd: plain for group, ascii_ in _PAIRS for odd, plain in zip(group, ascii_, strict=True)}
