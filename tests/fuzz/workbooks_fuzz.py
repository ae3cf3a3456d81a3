"""Any bytes as a workbook, and any parts in a valid archive: read or refused by name.

python tests/fuzz/workbooks_fuzz.py [libFuzzer's options] [corpus]
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["kohort.sources"]):
    import kohort as kh
    from kohort.sources import open_extract

RULE = kh.named_levels()
FOLDER = Path(tempfile.mkdtemp())
TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    b'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
)
WORKBOOK = (
    b'<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="A" sheetId="1" r:id="x"/></sheets>'
    b"</workbook>"
)
LINKS = b'<Relationships><Relationship Id="x" Target="worksheets/sheet1.xml"/></Relationships>'
CELLS = (
    b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>person</t></is></c>'
    b'<c r="B1" t="inlineStr"><is><t>start</t></is></c></row>%s</sheetData></worksheet>'
)


def archive(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


def one_input(data: bytes) -> None:
    if not data:
        return
    kind, rest = data[0] % 4, data[1:]
    whole = {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": rest if kind == 1 else WORKBOOK,
        "xl/_rels/workbook.xml.rels": LINKS,
        "xl/worksheets/sheet1.xml": rest if kind == 2 else CELLS % (rest if kind == 3 else b""),
    }
    path = FOLDER / "x.xlsx"
    path.write_bytes(b"PK\x03\x04" + rest if kind == 0 else archive(whole))
    try:
        extract = open_extract(path)
        kh.read_decisions(extract, level_rule=RULE, extraction_date="2024-12-31")
    except kh.InvalidInput:
        pass


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
