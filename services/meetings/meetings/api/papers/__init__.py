"""Papers (公文): the minutes as PDF and as a Word document, set in a process of its own, one at a time."""

import asyncio
import json
import sys

from common.errors import Unavailable
from meetings.api.papers.layout import LANGUAGES, Layout, Sheet

__all__ = ["LANGUAGES", "MEDIA", "Layout", "Press", "Sheet"]

MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
PATIENCE_S = 120


class Press:
    """Sets papers one after another, so that many who ask at once take time and not memory."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def print(self, sheet: Sheet, kind: str) -> bytes:
        """Set a sheet as `pdf` or `docx`. Raises Unavailable where it takes too long."""
        async with self._turn:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "meetings.api.papers", kind),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                async with asyncio.timeout(PATIENCE_S):
                    paper, problem = await child.communicate(json.dumps(sheet.to_json()).encode())
            except TimeoutError:
                raise Unavailable("the paper could not be set in time; ask again") from None
            finally:
                if child.returncode is None:
                    child.kill()
            if child.returncode:
                raise RuntimeError(problem.decode(errors="replace")[-2000:])
            return paper
