"""What ISO 19005-3 asks of a file for archives, level A, as far as our papers could miss it: read from the bytes.

Only the last revision counts for readers; each rule looks at all of its objects.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdf
from pypdf.generic import DictionaryObject, IndirectObject

_HEADER = re.compile(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4,}")
_PRINTED, _HIDDEN = (
    4,
    1 | 2 | 32 | 256,
)  # bits of an annotation: Print; Invisible, Hidden, NoView, ToggleNoView
_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_FORBIDDEN_ACTIONS = {"/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide"}


def faults(pdf: bytes) -> list[str]:
    """What keeps it from being PDF/A-3a, a sentence each."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return [*_of_file(pdf, reader), *_of_catalog(reader)] + [
        fault for thing in _things(reader) for fault in _of_thing(thing)
    ]


def _of_file(pdf: bytes, reader: pypdf.PdfReader) -> Iterator[str]:
    if not _HEADER.match(pdf):
        yield f"6.1.2 header {pdf[:16]!r}"
    if "/ID" not in reader.trailer or "/Encrypt" in reader.trailer:
        yield "6.1.3 trailer"
    if reader.trailer["/Root"].get("/Version", "/1.7") > "/1.7":
        yield f"6.1.2 catalog says {reader.trailer['/Root']['/Version']}"
    for extension in _flat(reader.trailer["/Root"].get("/Extensions", {}).values()):
        if extension["/BaseVersion"] > "/1.7":
            yield f"extends {extension['/BaseVersion']}"


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        yield from value if isinstance(value, list) else [value]


def _of_catalog(reader: pypdf.PdfReader) -> Iterator[str]:
    root = reader.trailer["/Root"]
    said = root["/Metadata"].get_object().get_data().decode()
    if 'pdfaid:part="3"' not in said or 'pdfaid:conformance="A"' not in said:
        yield "6.6.4 not marked as PDF/A-3a"
    if "<?xpacket begin=" not in said or "bytes=" in said.split("?>")[0]:
        yield "6.6.2 packet of the metadata"
    if not root["/MarkInfo"]["/Marked"].value or "/StructTreeRoot" not in root or not root.get("/Lang"):
        yield "6.7 tags or language are missing"
    profiles = [one["/DestOutputProfile"].get_object() for one in root["/OutputIntents"]]
    if len(profiles) != 1 or profiles[0]["/N"] != 3 or profiles[0].get_data()[36:40] != b"acsp":
        yield "6.2.3 no colour profile"
    if root.get("/AcroForm", {}).get("/NeedAppearances") or "/XFA" in root.get("/AcroForm", {}):
        yield "6.4 the form draws itself"
    if {"/JavaScript", "/AlternatePresentations"} & set(root.get("/Names", {})) or "/OpenAction" in root:
        yield "6.6.1 something happens when it is opened"


def _things(reader: pypdf.PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary that can be reached from the trailer, each once."""
    waiting, seen = [reader.trailer.raw_get("/Root")], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if one.idnum in seen:
                continue
            seen.add(one.idnum)
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            yield one
            waiting += [one.raw_get(key) for key in one]
        elif isinstance(one, list):
            waiting += [list.__getitem__(one, n) for n in range(len(one))]


def _of_thing(thing: DictionaryObject) -> Iterator[str]:
    kind = thing.get("/Type")
    if kind == "/Font":
        yield from _of_font(thing)
    elif kind == "/Annot" or thing.get("/Subtype") == "/Widget":
        yield from _of_annotation(thing)
    elif kind == "/Filespec":
        yield from _of_enclosed(thing)
    if {"/LZWDecode", "/Crypt"} & set(_flat([thing.get("/Filter", [])])):
        yield f"6.1.7 filter {thing['/Filter']}"
    if thing.get("/Interpolate", False) == True:  # noqa: E712 - pypdf's own kind of false is true to `if`
        yield "6.2.8 a picture is smoothed"
    if thing.get("/S") in _FORBIDDEN_ACTIONS:
        yield f"6.5.1 action {thing['/S']}"


def _of_font(font: DictionaryObject) -> Iterator[str]:
    name = font.get("/BaseFont", "a font")
    if font["/Subtype"] != "/Type0" and font["/Subtype"] != "/Type3":
        described = font.get("/FontDescriptor", {})
        if not any(file in described for file in _FILES):
            yield f"6.2.11.4 {name} is not embedded"
    if not font["/Subtype"].startswith("/CIDFont") and "/ToUnicode" not in font:
        yield f"6.2.11.7 {name} does not say what its glyphs mean"


def _of_annotation(mark: DictionaryObject) -> Iterator[str]:
    flags, shown = int(mark.get("/F", 0)), mark.get("/AP", {})
    left, bottom, right, top = mark["/Rect"]
    if not flags & _PRINTED or flags & _HIDDEN:
        yield f"6.3.2 flags {flags}"
    if (
        mark["/Subtype"] not in ("/Link", "/Popup")
        and (right > left or top > bottom)
        and set(shown) != {"/N"}
    ):
        yield f"6.3.3 {mark.get('/T', mark['/Subtype'])} has no appearance of its own"
    if mark["/Subtype"] == "/Widget" and ("/A" in mark or "/AA" in mark):
        yield "6.4.1 a field acts"


def _of_enclosed(file: DictionaryObject) -> Iterator[str]:
    if not {"/F", "/UF", "/AFRelationship"} <= set(file):
        yield f"6.8 {sorted(file)} is not enough for a file inside"
    if "/Subtype" not in file["/EF"]["/F"]:
        yield f"6.8 {file['/UF']} does not say what it is"
