"""Any bytes as a workbook, and any parts in a valid archive: read or refused by name.

What is read is read the same again, as decisions; and as a population or a life table it is read or
refused, too. Nothing but a named refusal is ever raised.

python tests/fuzz/workbooks_fuzz.py [libFuzzer's options] [corpus]
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["kohort.extracts", "kohort.sources"]):
    import kohort as kh

    # Some are imported only to be instrumented: the package itself loads them when a file is read.
    from kohort.sources import _rows, open_extract  # noqa: F401
    from kohort.sources.files import read_life_table, read_population

RULE = kh.named_levels()
FOLDER = Path(tempfile.mkdtemp())
_NS = "http://schemas.openxmlformats.org/"
_MAIN, _OFFICE = f"{_NS}spreadsheetml/2006/main", f"{_NS}officeDocument/2006/relationships"
_PACKAGE = f"{_NS}package/2006/relationships"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = (
    f'<?xml version="1.0"?><Types xmlns="{_NS}package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/></Types>'
).encode()
ROOT = (
    f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
).encode()
WORKBOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr/><sheets>'
    '<sheet name="A" sheetId="1" r:id="x"/></sheets></workbook>'
).encode()
LINKS = (
    f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="x" Type="{_OFFICE}/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
).encode()
HEADS = {
    "decisions": ("person", "start", "end", "level"),
    "population": ("year", "sex", "age", "persons"),
}


def cells(heads: tuple[str, ...], rows: bytes) -> bytes:
    """A sheet with these heads, and rows below."""
    head = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{text}</t></is></c>'
        for letter, text in zip("ABCD", heads, strict=True)
    )
    begin = f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1">{head}</row>'
    return begin.encode() + rows + b"</sheetData></worksheet>"


def archive(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


def one_input(data: bytes) -> None:
    if not data:
        return
    kind, rest = data[0] % 5, data[1:]
    rows = rest if kind > 2 else b""
    whole = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": ROOT,
        "xl/workbook.xml": rest if kind == 1 else WORKBOOK,
        "xl/_rels/workbook.xml.rels": LINKS,
        "xl/worksheets/sheet1.xml": rest
        if kind == 2
        else cells(HEADS["population" if kind == 4 else "decisions"], rows),
    }
    path = FOLDER / "x.xlsx"
    path.write_bytes(b"PK\x03\x04" + rest if kind == 0 else archive(whole))
    decisions(path)
    for read in (
        lambda place: read_population(place, first_age=98),
        lambda place: read_life_table(place, year=2024),
    ):
        try:
            read(path)
        except kh.InvalidInput as refusal:
            named(refusal)


def decisions(path: Path) -> None:
    settings = {"level_rule": RULE, "extraction_date": "2024-12-31"}
    try:
        first = kh.read_decisions(open_extract(path), **settings)
    except kh.InvalidInput as refusal:
        named(refusal)
        return
    again = kh.read_decisions(path, **settings)
    assert first.counts == again.counts
    assert first.findings == again.findings


def named(refusal: kh.InvalidInput) -> None:
    assert refusal.code.startswith("E-"), refusal.code
    assert str(refusal).strip()
    for found in getattr(refusal, "findings", ()):
        assert found.code, found
        assert found.file in ("", "x.xlsx"), found.code


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
