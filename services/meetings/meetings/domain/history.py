"""Everything that happened in a meeting, in order, whoever asks: the live view, and the minutes."""

from meetings.domain.record import Entry, What
from meetings.domain.table import Table


def history(meeting: Table) -> list[Entry]:
    """List what happened; it only ever grows. What was said before meetings kept their course comes first."""
    noted = {entry.number for entry in meeting.course if entry.what is What.SPOKE}
    before = [
        Entry(What.SPOKE, said.at, "", said.party, number=number)
        for number, said in enumerate(meeting.statements)
        if number not in noted
    ]
    return [*before, *meeting.course]


def called(meeting: Table, who: str, party: str = "") -> str:
    """Tell what the minutes may call somebody: the label of the seat, else the party; never a name."""
    label = next((seat.label for seat in meeting.seats if seat.who == who and who), "")
    return label or party
