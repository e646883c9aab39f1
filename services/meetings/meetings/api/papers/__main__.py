"""One paper in a process of its own: a sheet comes in as JSON, the paper goes out.

Typesetting takes seconds and, for hundreds of pages, hundreds of megabytes, which the process gives back by ending.
"""

import json
import sys
from pathlib import Path
from typing import Literal

import pylopdf_fonts_zh_cn
import typst

from meetings.api.papers.layout import Section, Sheet
from meetings.api.papers.word import docx

HERE = Path(__file__).parent


def pdf(sheet: Sheet) -> bytes:
    """Set it as PDF/A-2u: what archives take, searchable, with every font inside. The same sheet gives the same bytes.

    Where somebody's words hold a character that no font here has, archives would not take it; it is a plain PDF then.
    """
    try:
        return _set(sheet, ["a-2u"])
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        return _set(sheet, [])


def _set(sheet: Sheet, standards: list[Literal["a-2u"]]) -> bytes:
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[HERE, pylopdf_fonts_zh_cn.serif_path().parent],
    )
    return typst.compile(
        HERE / "minutes.typ",
        font_paths=fonts,
        sys_inputs={"sheet": json.dumps(sheet.to_json(), ensure_ascii=False)},
        pdf_standards=[*standards],
        timestamp=sheet.made_at,
    )


def main(kind: str) -> None:
    """Read a sheet, write a paper."""
    found = json.load(sys.stdin.buffer)
    sheet = Sheet(**found | {"sections": [Section(**section) for section in found["sections"]]})
    sys.stdout.buffer.write({"pdf": pdf, "docx": docx}[kind](sheet))


if __name__ == "__main__":
    main(sys.argv[1])
