"""From tested estimates to words: directions, lists and numbers as text, in English and Dutch."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any, TypeVar

import pandas as pd

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results.formats import LANGUAGES, write_digits
from doorgroeien.results.register import LEAST

__all__ = [
    "UNTESTED",
    "VERDICTS",
    "amount",
    "capital",
    "chosen",
    "clear",
    "counted",
    "direction",
    "every",
    "gridded",
    "grouped",
    "joined",
    "limited",
    "listed",
    "moved",
    "side",
    "spoken",
    "term_name",
    "which",
]

Pair = tuple[str, str]
# The closed list of verdicts, English and Dutch; the last is that of a finding that nothing tests.
VERDICTS = {
    "supported": "ondersteund",
    "not supported": "niet ondersteund",
    "contradicted": "weersproken",
    "inconclusive": "onbeslist",
    "cannot be tested with these data": "niet te toetsen met deze gegevens",
}
UNTESTED = list(VERDICTS)[-1]
LIMITS = (("above", "at most", " and ", "anything"), ("boven", "hoogstens", " en ", "alles"))
Choice = TypeVar("Choice")
# What a direction says of one thing and of several, English and Dutch.
MOVES = {"up": (("rose", "rose"), ("steeg", "stegen")), "down": (("fell", "fell"), ("daalde", "daalden"))}
STILL = (("", ""), ("veranderde", "veranderden"))
MOVED = (
    {
        "neither": "neither of the two {what} changed clearly",
        "both": "both {what} {verb} clearly",
        "none": "none of the {of} {what} changed clearly",
        "all": "all {of} {what} {verb} clearly",
        "of": "{count} of the {of} {what}",
        "named": "of the {of} {what} {who} {verb} clearly",
        "some": "{who} {verb} clearly",
        "not": "none {verb} clearly",
        "still": "{who} did not change clearly",
        "still, several": "{who} did not change clearly",
        "and": " and ",
    },
    {
        "neither": "geen van beide {what} veranderde duidelijk",
        "both": "beide {what} {verb} duidelijk",
        "none": "geen van de {of} {what} veranderde duidelijk",
        "all": "{all} {what} {verb} duidelijk",
        "of": "{count} van de {of} {what}",
        "named": "van de {of} {what} {verb} {who} duidelijk",
        "some": "{who} {verb} duidelijk",
        "not": "geen enkele {verb} duidelijk",
        "still": "{who} {verb} niet duidelijk",
        "and": " en ",
    },
)
UNKNOWN = "\u2013"  # a value that is missing, as in tables
NUMBERS = (
    ("none", "geen"),
    ("one", "één"),
    ("two", "twee"),
    ("three", "drie"),
    ("four", "vier"),
    ("five", "vijf"),
    ("six", "zes"),
    ("seven", "zeven"),
    ("eight", "acht"),
    ("nine", "negen"),
    ("ten", "tien"),
    ("eleven", "elf"),
    ("twelve", "twaalf"),
)


def direction(row: Mapping[str, float] | pd.Series, level: float = 0.05) -> str:
    """Return ``up``, ``down`` or ``same``: what an estimate says that was tested with others.

    ``row`` has ``estimate``, whose sign counts, and ``p_holm``, Holm's p-value, which must be below
    ``level``. Raises ``NotEstimableError`` where there is none: for the ``reason`` of the row, or for ``few``
    answers, where ``n`` or ``df`` say so.
    """
    untested = row.get("n", LEAST) < LEAST or row.get("df", 1) < 1
    reason = str(row.get("reason") or ("few" if untested else "undefined"))
    _known(row["estimate"], row["p_holm"], reason=reason)
    if not row["p_holm"] < level:
        return "same"
    return "up" if row["estimate"] > 0 else "down"


def clear(p_values: pd.Series | float, level: float = 0.05) -> Any:
    """Tell whether a test is clear, or of several which of those that could be done.

    A test that these answers do not carry has no p-value, and is not one that finds nothing: raises
    ``NotEstimableError`` where there is no other.
    """
    known = pd.Series(p_values, dtype=float).dropna()
    if known.empty:
        raise NotEstimableError("undefined", "no test could be done, so none is clear or not.")
    return known < level if isinstance(p_values, pd.Series) else bool(known.iloc[0] < level)


def amount(count: int, of: int) -> str:
    """Return what ``count`` of ``of`` things are: ``none``, ``all``, ``one`` or ``some`` of them.

    Raises ``ValueError`` where there are not so many.
    """
    if not 0 <= count <= of or not of:
        raise ValueError(f"{count} of {of}: expected a count from 0 to the number of things, which is not 0")
    return "none" if count == 0 else "all" if count == of else "one" if count == 1 else "some"


def which(first: bool, second: bool) -> str:
    """Return of which of two things something holds: ``both``, ``neither``, ``first`` or ``second``."""
    if first:
        return "both" if second else "first"
    return "second" if second else "neither"


def chosen(row: Mapping[str, float] | pd.Series, up: Choice, down: Choice, same: Choice) -> Choice:
    """Return the one of three that the :func:`direction` of a tested estimate asks for."""
    return {"up": up, "down": down, "same": same}[direction(row)]


def side(low: float, high: float, limit: float = 0) -> str:
    """Return ``up`` or ``down`` for an interval above or below a limit, ``same`` for one that holds it.

    Raises ``NotEstimableError`` where there is no interval.
    """
    _known(low, high)
    return "up" if low > limit else "down" if high < limit else "same"


def _known(*values: float, reason: str = "undefined") -> None:
    if any(value != value for value in values):
        raise NotEstimableError(reason, "an estimate or its interval is missing, so no word fits it.")


def counted(number: int) -> Pair:
    """Return how many there are as a pair of words (English, Dutch), above twelve in digits."""
    if number < len(NUMBERS):
        return NUMBERS[number]
    english, dutch = (write_digits(number, 0, language) for language in LANGUAGES)
    return english, dutch


def every(number: int) -> Pair:
    """Return all of so many as words before what they are: "all four parts", "alle vier de onderdelen".

    >>> from doorgroeien.results.wording import every
    >>> every(4), every(16)
    (('all four', 'alle vier de'), ('all 16', 'alle 16'))
    """
    english, dutch = counted(number)
    return f"all {english}", f"alle {dutch} de" if number < len(NUMBERS) else f"alle {dutch}"


def joined(pairs: Iterable[Pair], none: Pair, last: Pair = ("and", "en")) -> Pair:
    """Return pairs of words (English, Dutch) as one list in each language; ``none`` if there are none.

    >>> from doorgroeien.results.wording import joined
    >>> joined([("staff", "medewerkers"), ("aldermen, if asked", "wethouders, als gevraagd")], ("", ""))
    ('staff and aldermen, if asked', 'medewerkers en wethouders, als gevraagd')
    """
    texts = [
        f" {word} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
        for word, words in zip(last, zip(*pairs, strict=True), strict=False)
    ]
    return (texts[0], texts[1]) if texts else none


def moved(sides: Sequence[str], what: Pair, names: Sequence[Pair] = ()) -> Pair:
    """Return as a sentence which of some things clearly rose and fell: "All four parts rose clearly".

    ``sides`` has the :func:`direction` of each, ``what`` names them in the plural. With ``names``, one for
    each, those that moved are named, unless all or none of them did; one alone is always named. The sentence
    has no full stop.
    """
    places = {side: [at for at, one in enumerate(sides) if one == side] for side in MOVES}
    english, dutch = (_moved(language, places, len(sides), what[language], names) for language in (0, 1))
    return english, dutch


def _moved(language: int, places: dict[str, list[int]], of: int, what: str, names: Sequence[Pair]) -> str:
    words, clauses = MOVED[language], []
    if of == 1 and names:
        verbs = next((MOVES[side][language] for side, found in places.items() if found), STILL[language])
        kind = "some" if any(places.values()) else "still"
        return capital(words[kind].format(who=names[0][language], verb=verbs[_several(names[0])]))
    fields = {"of": counted(of)[language], "all": every(of)[language], "what": what}
    for side in sorted(places, key=lambda side: not places[side]):  # what did not happen comes last
        found = places[side]
        many = len(found) > 1 or any(_several(names[at]) for at in found if names)
        verb, count = MOVES[side][language][many], counted(len(found))[language]
        if len(found) == of:
            return capital(words["both" if of == 2 else "all"].format(verb=verb, **fields))
        who = count if clauses else words["of"].format(count=count, **fields)
        if names:
            who = joined([names[at] for at in found], none=("", ""))[language]
        kind = "not" if not found else "named" if names and not clauses else "some"
        clauses.append(words[kind].format(who=who, verb=verb, **fields))
    none = words["neither" if of == 2 else "none"].format(**fields)
    return capital(("; " if names else words["and"]).join(clauses) if any(places.values()) else none)


def _several(name: Pair) -> bool:
    """Tell whether one thing has the name of several: "the four vision elements"."""
    return any(number in name[0].split() for number, _ in NUMBERS[2:])


def grouped(sides: Mapping[str, str], said: Mapping[str, Pair], names: Mapping[str, Pair]) -> Pair:
    """Return things with what is said of them, those of which the same is said together.

    ``sides`` maps each thing to a key of ``said``, whose texts hold ``{names}``: "clearer to staff and
    managers, and less clear to aldermen". The order is that of ``said``.
    """
    those = {side: [names[name] for name, one in sides.items() if one == side] for side in said}
    texts = []
    for language, last in enumerate((", and ", ", en ")):
        clauses = [
            said[side][language].format(names=joined(found, none=("", ""))[language])
            for side, found in those.items()
            if found
        ]
        texts.append(last.join(filter(None, (", ".join(clauses[:-1]), clauses[-1]))))
    return texts[0], texts[1]


def capital(text: str) -> str:
    """Return a text with a capital at its head; in Dutch "één" loses its first accent there."""
    return "Eén" + text[3:] if text.startswith("één") else text[:1].upper() + text[1:]


def limited(limits: Mapping[str, tuple[float, float]], names: Mapping[str, Pair]) -> Pair:
    """Return limits ``{name: (above, at most)}`` as words in each language: "staff above 40 and at most 60".

    ``names`` maps names to pairs (English, Dutch). An infinite limit is left out.
    """
    found = []
    for language, (above, most, last, none) in enumerate(LIMITS):
        texts = []
        for name, (low, high) in limits.items():
            ends = [f"{above} {low}"] * (low > -inf) + [f"{most} {high}"] * (high < inf)
            texts.append(f"{names[name][language]} {last.join(ends)}")
        found.append("; ".join(texts) or none)
    return found[0], found[1]


def spoken(
    table: pd.DataFrame, names: str, labels: Mapping[str, str] | None = None, decimals: int = 0
) -> str:
    """Return estimates with their intervals as text, for who cannot see a picture.

    ``table`` has ``estimate, ci_low, ci_high``; ``names`` is the column that names the rows, and ``labels``
    maps these names to words. Rows without an estimate are left out, unless none has one.
    """
    table = table[table["estimate"].notna()] if table["estimate"].notna().any() else table
    rows = zip(table[names], *(table[name] for name in ("estimate", "ci_low", "ci_high")), strict=True)
    return "; ".join(
        f"{(labels or {}).get(name, name)} {_spoken(decimals, *numbers)}" for name, *numbers in rows
    )


def _spoken(decimals: int, value: float, low: float, high: float) -> str:
    """Return an estimate with its interval; what is missing is a dash, or left out."""
    if value != value:
        return UNKNOWN
    said = write_digits(value, decimals, LANGUAGES[0])
    if low != low or high != high:
        return said
    return f"{said} ({' to '.join(write_digits(end, decimals, LANGUAGES[0]) for end in (low, high))})"


def listed(values: pd.Series, labels: Mapping[str, str] | None = None, decimals: int = 0) -> str:
    """Return named values as text, such as "board 41, staff 56"; ``labels`` maps the names to words.

    Semicolons stand between them where a name has a comma of its own. What is missing is left out, and all is
    a dash where everything is.
    """
    values = values.dropna()
    if values.empty:
        return UNKNOWN
    names = [str((labels or {}).get(name, name)) for name in values.index]
    digits = [write_digits(value, decimals, LANGUAGES[0]) for value in values.to_numpy()]
    between = "; " if any("," in name for name in names) else ", "
    return between.join(f"{name} {number}" for name, number in zip(names, digits, strict=True))


def term_name(term: str) -> str:
    """Return the name of a term of a model, or of the category that it stands for.

    >>> from doorgroeien.results.wording import term_name
    >>> term_name("size_class[T.20k-50k]"), term_name("merged")
    ('20k-50k', 'merged')
    """
    return term.partition("[T.")[2].removesuffix("]") or term


def gridded(table: pd.DataFrame, labels: Mapping[str, str] | None = None, decimals: int = 0) -> str:
    """Return a table of values as text, row by row: "board: small 41, large 56; staff: ...".

    Rows and columns without a value are left out, as in a picture.
    """
    known = table.dropna(how="all").dropna(how="all", axis=1)
    rows = (
        f"{(labels or {}).get(name, name)}: {listed(row, decimals=decimals)}"
        for name, row in known.iterrows()
    )
    return "; ".join(rows)
