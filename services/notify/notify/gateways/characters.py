"""How carriers write text: the GSM 7-bit alphabet (GSM 03.38), UCS-2, and user data headers that join parts."""

from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101}
_ESCAPE = 0x1B
_CODES = {character: (code,) for code, character in enumerate(_BASIC) if code != _ESCAPE} | {
    character: (_ESCAPE, code) for character, code in _EXTENDED.items()
}
_BEHIND_ESCAPE = {code: character for character, code in _EXTENDED.items()}
SEPTETS, SEPTETS_IN_PART = 160, 153
_JOIN_8, _JOIN_16 = 0x00, 0x08
_JOIN_8_SIZE, _JOIN_16_SIZE = 3, 4


def gsm(text: str) -> list[bytes] | None:
    """Write a text in the GSM alphabet, one octet a septet, cut into parts; None where it has other characters."""
    codes = [_CODES.get(character) for character in text]
    if sum(len(code or ()) for code in codes) <= SEPTETS:
        return None if None in codes else [bytes(byte for code in codes for byte in code or ())]
    found, room = [bytearray()], SEPTETS_IN_PART
    for code in codes:
        if code is None:
            return None
        if len(code) > room:
            found.append(bytearray())
            room = SEPTETS_IN_PART
        found[-1] += bytes(code)
        room -= len(code)
    return [bytes(part) for part in found]


def from_gsm(octets: bytes) -> str:
    """Read the GSM alphabet, one octet a septet; whatever is none of it becomes `?`."""
    found, escaped = [], False
    for octet in octets:
        if escaped:
            found.append(_BEHIND_ESCAPE.get(octet, "?"))
        elif octet != _ESCAPE:
            found.append(_BASIC[octet] if octet < len(_BASIC) else "?")
        escaped = octet == _ESCAPE and not escaped
    return "".join(found)


def joined(part: bytes, group: int, of: int, number: int) -> bytes:
    """Put the header before a part that says which part it is."""
    return bytes((5, _JOIN_8, 3, group & 0xFF, of, number)) + part


@dataclass(frozen=True)
class Joint:
    """Which part of which message something is."""

    group: int = 0
    of: int = 1
    number: int = 1


def split(data: bytes) -> tuple[Joint, bytes]:
    """Cut user data into what its header says of parts, and the text. A header that makes no sense joins nothing."""
    size = data[0] + 1 if data else 0
    if not 1 <= size <= len(data):
        return Joint(), data
    header, text, at, joint = data[1:size], data[size:], 0, Joint()
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if kind == _JOIN_8 and len(value) == length == _JOIN_8_SIZE:
            joint = Joint(value[0], value[1], value[2])
        elif kind == _JOIN_16 and len(value) == length == _JOIN_16_SIZE:
            joint = Joint(int.from_bytes(value[:2]), value[2], value[3])
        at += 2 + length
    return (joint, text) if 1 <= joint.number <= joint.of else (Joint(), text)
