"""Sets the minutes as a Word document, with the fonts that official papers ask for and every office has."""

import io
import zipfile
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from meetings.api.papers.layout import Sheet

FANG_SONG, HEI, XIAO_BIAO_SONG, TIBETAN = "仿宋_GB2312", "黑体", "方正小标宋简体", "Microsoft Himalaya"
NUMBERS = "一二三四五六七八九十"


def docx(sheet: Sheet) -> bytes:
    """Set it. The same sheet gives the same bytes."""
    paper = Document()
    _page(paper)
    for line in sheet.title:
        _line(paper, line, XIAO_BIAO_SONG, 22).alignment = WD_ALIGN_PARAGRAPH.CENTER
    if sheet.status:
        _line(paper, sheet.status).alignment = WD_ALIGN_PARAGRAPH.CENTER
    _line(paper, sheet.number, size=12)
    for label, value in sheet.facts:
        _words(_line(paper, f"{label}：", HEI), value, FANG_SONG)
    for number, section in enumerate(sheet.sections):
        _line(paper, f"{NUMBERS[number]}、{section.heading}", HEI).paragraph_format.keep_with_next = True
        for lead, text in section.paragraphs:
            paragraph = _line(paper, lead, HEI)
            paragraph.paragraph_format.first_line_indent = Pt(32)
            _words(paragraph, text, FANG_SONG)
    for who, at in sheet.signatures:
        _line(paper, f"{who}　{at}").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _line(paper, sheet.foot, size=9)
    return _bytes(paper, sheet.made_at)


def _page(paper: Paper) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    paper.styles["Normal"].paragraph_format.line_spacing = Pt(28.95)
    paper.styles["Normal"].paragraph_format.space_after = Pt(0)


def _line(paper: Paper, text: str, font: str = FANG_SONG, size: int = 16) -> Paragraph:
    paragraph = paper.add_paragraph()
    _words(paragraph, text, font, size)
    return paragraph


def _words(paragraph: Paragraph, text: str, font: str, size: int = 16) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), font
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001  the library has no other way to them
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:cs"), TIBETAN)


def _bytes(paper: Paper, made_at: int) -> bytes:
    """Write it, with one moment for everything: the library would write today's into the archive."""
    moment = datetime.fromtimestamp(made_at, UTC)
    about = paper.core_properties
    about.created = about.modified = moment.replace(tzinfo=None)
    about.author = about.last_modified_by = about.title = about.comments = ""
    first, again = io.BytesIO(), io.BytesIO()
    paper.save(first)
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return again.getvalue()
