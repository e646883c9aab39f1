"""Reads what an issue can be recognised by: the meanings of its words, the places it names, and its other words.

The marks are stored with the issue and indexed, so that those who share them are found without reading the rest:

    供热            a pair of characters outside the known words; or a number, or a word in Latin letters
    #供暖           a meaning (intake.domain.meanings)
    *供暖           the same, where the title speaks of it or the text does again and again: the main thing
    @天庆           a pair of characters of a named estate, lane, school, village
    №28             a house number
    620102007#供暖  a meaning and where: the township, and the village or community where it is known
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from intake.domain.meanings import MEANINGS

READ, MOST_MEANINGS, MOST_NAMES, MOST_PAIRS = 1_000, 12, 24, 80
"""So many characters are read, and so many marks of a kind kept. Who complains names the matter early: more would make
every write of an issue dearer, and find nothing new."""

TOWNSHIP, MEANING, MAIN, NAME, HOUSE = 9, "#", "*", "@", "№"

_RUN = re.compile(r"[一-鿿]+|[a-z]+|\d+")
_WORDS = {word: meaning for meaning, words in MEANINGS.items() for word in words}
_WORD = re.compile("|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)))
_MASKED = re.compile(r"\d{3}\*{4}\d{4}")

_HOUSE = re.compile(r"(\d+)(?:号楼|号院|栋|幢)|[路街巷](\d+)号")
_NUMERAL = re.compile(r"[零一二三四五六七八九十百]+(?=号楼|号院|号|栋|幢)")
_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")}

_PLACE = re.compile(
    "小区|花园|家园|嘉园|佳苑|新苑|苑|润园|家属院|家属楼|家属区|福利区|大院|新村|公寓|华庭|华府|庄园|号院|院子|小镇"
    "|大道|路|街|巷|十字|桥|小学|中学|幼儿园|学校|医院|公园|市场|广场|车站|村|社"
)
_NO_PLACE = re.compile(
    "[马走修半出公道小一过让线堵电管回赶铁]路|[上逛]街|[住出]院|[学法]院|[全农本]村|村民|村社|社区|门口"
)
_KIND_OF_DIVISION = re.compile(r"(?<=..)(街道|社区|镇|乡|村|区|县)$")
_GENERAL = frozenset(
    "小区 花园 家园 嘉园 家属 属院 属楼 大院 公寓 小学 中学 学校 医院 公园 市场 广场 车站 院子 我们 我家 家住 附近 大道 街道".split()  # noqa: E501, SIM905
)
_NO_NAME = re.compile(r"[^一-鿿]|[在住于们个的去到从是着这那每对和与及把到往叫]")
_BEFORE = 3
"""So many characters before the word for a kind of place are taken for its name: Chinese has no spaces."""


def marks(title: str, text: str, division: str, called: Sequence[str] = ()) -> list[str]:
    """List what an issue can be recognised by, what its title says first, each once.

    `called` are the names of its division and township: whoever lives there says them, so they tell nothing.
    """
    title, plain = (_plain(words[:READ], called) for words in (title, f"{title}。{text}"))
    said = dict(Counter(_WORDS[word] for word in _WORD.findall(f"{title}。{plain}")).most_common(MOST_MEANINGS))
    where = dict.fromkeys((division[:TOWNSHIP], division.removesuffix("000")))
    found = [f"{MEANING}{meaning}" for meaning in said]
    found += [f"{MAIN}{meaning}" for meaning, times in said.items() if times > 1]
    found += [f"{place}{MEANING}{meaning}" for place in where for meaning in said]
    found += [f"{HOUSE}{one or other}" for one, other in dict.fromkeys(_HOUSE.findall(plain))]
    found += [f"{NAME}{pair}" for pair in dict.fromkeys(_names(plain)) if pair not in _GENERAL][:MOST_NAMES]
    return found + list(dict.fromkeys(_pairs(_WORD.sub(" ", plain))))[:MOST_PAIRS]


def _plain(text: str, called: Sequence[str]) -> str:
    text = _MASKED.sub(" ", unicodedata.normalize("NFKC", text).lower())
    for name in called:
        text = text.replace(_KIND_OF_DIVISION.sub("", name), " ")
    return _NUMERAL.sub(lambda numeral: str(_number(numeral[0])), text)


def _number(numeral: str) -> int:
    hundreds, _, rest = numeral.rpartition("百")
    tens, ten, ones = rest.lstrip("零").rpartition("十")
    return 100 * _DIGITS.get(hundreds, 0) + (10 * _DIGITS.get(tens, 1) if ten else 0) + _DIGITS.get(ones, 0)


def _pairs(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        if run[0] >= "一":
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        else:
            yield run


def _names(plain: str) -> Iterator[str]:
    for kind in _PLACE.finditer(plain):
        if not _NO_PLACE.search(plain[max(0, kind.start() - 1) : kind.end() + 1]):
            before = plain[max(0, kind.start() - _BEFORE) : kind.start()]
            yield from _pairs(_NO_NAME.split(before)[-1] + kind[0])
