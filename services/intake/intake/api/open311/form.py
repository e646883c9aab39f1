"""Renders Open311's answers: JSON, and XML of the same shape."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi.responses import JSONResponse
from starlette.responses import Response

from common.calendar import SHANGHAI

Format = Literal["json", "xml"]
Item = Mapping[str, object]
"""What is answered: names to text, numbers, truth, None, and lists and items of these."""

ITEMS = {"attributes": "attribute", "values": "value", "endpoints": "endpoint", "formats": "format", "media": "url"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def many(format: Format, root: str, item: str, items: Sequence[Item], status: int = 200) -> Response:
    """Answer with a list."""
    if format == "json":
        return JSONResponse(items, status)
    element = Element(root)
    for content in items:
        _fill(SubElement(element, item), content)
    return _xml(element, status)


def one(format: Format, root: str, content: Item) -> Response:
    """Answer with one thing."""
    if format == "json":
        return JSONResponse(content)
    element = Element(root)
    _fill(element, content)
    return _xml(element, 200)


def moment(at: datetime) -> str:
    """Write a moment as the W3C says, in Asia/Shanghai."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _fill(element: Element, content: object) -> None:
    if isinstance(content, Mapping):
        for name, below in content.items():
            _fill(SubElement(element, name), below)
    elif isinstance(content, str):
        element.text = _NOT_XML.sub("", content)
    elif isinstance(content, Sequence):
        for below in content:
            _fill(SubElement(element, ITEMS[element.tag]), below)
    elif content is not None:
        element.text = str(content).lower() if isinstance(content, bool) else str(content)


def _xml(element: Element, status: int) -> Response:
    text = tostring(element, encoding="utf-8", xml_declaration=True)
    return Response(text, status, media_type="text/xml; charset=utf-8")
