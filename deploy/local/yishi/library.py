"""`yishi cases`: the first cases of the library (案例库), from the article."""

import httpx2 as httpx

from yishi.demo.cases import Case, read_cases

SOURCE = "甘肃“有事好商量”"


async def load(url: str, token: str) -> int:
    """Put the article's cases into a county's library; a second time changes nothing. Gives how many there are."""
    cases = read_cases()
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for case in cases:
            (await client.put(f"/cases/{case.id}", json=told(case))).raise_for_status()
    return len(cases)


def told(case: Case) -> dict[str, object]:
    """Tell a case as outcomes takes it in; the article itself says where it was."""
    last = case.meetings[-1]
    agreed = case.ends == "CLOSED"
    return {
        "title": case.title,
        "division": case.division,
        "place": case.council.name,
        "category": case.category,
        "parties": case.parties,
        "meetings": len(case.rounds),
        "agreement": (last.conclusion or "") if agreed else "",
        "explanation": case.article if agreed else f"{case.article}{last.conclusion or ''}",
        "deeds": [{"department": t.department, "title": t.title, "answer": t.reply} for t in case.tasks],
        "source": SOURCE,
    }
