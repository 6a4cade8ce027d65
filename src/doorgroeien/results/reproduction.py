"""Whether a notebook that is executed again says the same as the outputs that are stored.

Ids, words, counts, order and structure must be the same to the letter. Numbers agree within a tolerance, for
processors differ in the last digits of a sum: of two numbers in a record, no more than :data:`RELATIVE` of
the larger; of two numbers in a text, that or half a unit of the last digit shown, whichever is more, so that
a number of few digits is the same to the letter too. Pictures are compared by the data in their records.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from os.path import commonprefix
from typing import Any, TypeAlias

from doorgroeien.results.records import Record
from doorgroeien.results.register import MIME, records

__all__ = ["RELATIVE", "Difference", "differences", "largest_change", "same_output"]

RELATIVE = 1e-6
NOUGHT = 1e-12  # of a record: what is nearer to nought than this has no digit that is certain
LONG = 7  # digits from which the tolerance is more than half a unit of the last
NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?")
SHAPE = re.compile(r"\b[a-z][0-9a-f]{10}\b")
ABSENT = "(nothing)"
Output: TypeAlias = Mapping[str, Any]  # of a cell, as nbformat has it
Found: TypeAlias = "Iterator[Difference]"


@dataclass(frozen=True)
class Difference:
    """Something that is not the same: its place (the id of a record and the path within), and both values."""

    place: str
    stored: str
    now: str

    def __str__(self) -> str:
        """Say place, stored value and value now on one line."""
        return f"{self.place}: stored {self.stored}, now {self.now}"


def differences(stored: Sequence[Output], now: Sequence[Output]) -> list[Difference]:
    """Return what differs between the outputs of a cell as ``stored`` and ``now``, as nbformat has them."""
    return list(_outputs(_joined(stored), _joined(now)))


def same_output(stored: Sequence[Output], now: Sequence[Output], pictures: bool) -> bool:
    """Tell whether the outputs of a cell say the same; with ``pictures``, whether these are drawn alike too.

    Drawings are compared as texts, whose numbers are coordinates; an image of pixels without a drawing beside
    it, byte by byte.
    """
    if differences(stored, now):
        return False
    return not pictures or all(
        _same_picture(one.get("data", {}), other.get("data", {}))
        for one, other in zip(stored, now, strict=True)
    )


def largest_change(stored: Sequence[Output], now: Sequence[Output]) -> tuple[float, str]:
    """Return the largest relative change of a number in the records of a cell, and its place, if any.

    The records are the same but for their numbers.
    """
    pairs = zip(_numbers("", records(stored)), _numbers("", records(now)), strict=False)
    changes = [(_change(one, other), place) for (place, one), (_, other) in pairs if one != other]
    return max(changes, default=(0.0, ""))


def _same_picture(stored: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    forms = [form for form in stored if form.startswith("image/")]
    drawings = [form for form in forms if form.startswith("image/svg+xml")]  # in each language and width
    if drawings:
        return all(
            not any(_texts("", *(_renamed(bundle[form]) for bundle in (stored, now)))) for form in drawings
        )
    return all(now[form] == stored[form] for form in forms)


def _renamed(drawing: str) -> str:
    """Return an SVG with its shapes named in their order; Matplotlib names them after all their digits."""
    names: dict[str, str] = {}
    return SHAPE.sub(lambda match: names.setdefault(match[0], f"shape {len(names)}"), drawing)


def _numbers(place: str, value: object) -> Iterator[tuple[str, float]]:
    """Give each number in a JSON value, with its place; a record is known by its id."""
    if isinstance(value, dict):
        name = f"{value['id']}" if "id" in value and "kind" in value else place
        for key in sorted(value):  # a stored notebook has its keys in this order
            yield from _numbers(f"{name} {key}", value[key])
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _numbers(f"{place}[{number}]", part)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        yield place, value


def _change(one: float, other: float) -> float:
    return 0.0 if abs(one - other) <= NOUGHT else abs(one - other) / max(abs(one), abs(other))


def _joined(outputs: Sequence[Output]) -> list[Output]:
    """Return the outputs with the pieces in which a stream came put together."""
    found: list[Output] = []
    for output in outputs:
        if output["output_type"] != "stream":
            found.append(output)
        elif found and found[-1].get("name") == output["name"]:
            found[-1] = {**found[-1], "text": found[-1]["text"] + output["text"]}
        else:
            found.append({"output_type": "stream", "name": output["name"], "text": output["text"]})
    return found


def _outputs(stored: Sequence[Output], now: Sequence[Output]) -> Found:
    for number, (one, other) in enumerate(zip_longest(stored, now), start=1):
        place = f"output {number}"
        if one is None or other is None:
            yield Difference(place, *(ABSENT if side is None else _brief(side) for side in (one, other)))
            continue
        kinds = [side["output_type"] for side in (one, other)]
        if kinds[0] != kinds[1]:
            yield Difference(place, *kinds)
        elif kinds[0] == "stream":
            yield from _values(
                f"{place} {one['name']}", [one["name"], one["text"]], [other["name"], other["text"]]
            )
        elif kinds[0] == "error":
            yield from _values(place, [one["ename"], one["evalue"]], [other["ename"], other["evalue"]])
        else:
            yield from _bundles(place, one["data"], other["data"])


def _bundles(place: str, stored: Mapping[str, Any], now: Mapping[str, Any]) -> Found:
    """Compare what one output holds in several forms: its records first, which say most."""
    if set(stored) != set(now):
        yield Difference(f"{place}, forms", ", ".join(sorted(stored)), ", ".join(sorted(now)))
    yield from _record_lists(place, *(records([{"data": bundle}]) for bundle in (stored, now)))
    for form in sorted(set(stored) & set(now)):
        if form != MIME and not form.startswith("image/"):
            yield from _values(f"{place} {form}", stored[form], now[form])


def _record_lists(place: str, stored: Sequence[Record], now: Sequence[Record]) -> Found:
    ids = [[record["id"] for record in side] for side in (stored, now)]
    if ids[0] == ids[1]:
        for one, other in zip(stored, now, strict=True):
            yield from _values(one["id"], one, other)
        return
    for name in dict.fromkeys(ids[0] + ids[1]):
        counts = [side.count(name) for side in ids]
        if counts[0] != counts[1]:
            yield Difference(name, *("a record" if count == 1 else f"{count} records" for count in counts))
    if sorted(ids[0]) == sorted(ids[1]):
        yield Difference(f"{place}, order of records", ", ".join(ids[0]), ", ".join(ids[1]))


def _values(place: str, stored: object, now: object) -> Found:
    """Compare two JSON values part by part."""
    if isinstance(stored, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*stored, *now]):
            if key in stored and key in now:
                yield from _values(f"{place} {key}".strip(), stored[key], now[key])
            else:
                yield Difference(f"{place} {key}", *(repr(side.get(key, ABSENT)) for side in (stored, now)))
    elif isinstance(stored, list) and isinstance(now, list):
        if len(stored) != len(now):
            yield Difference(f"{place}, length", str(len(stored)), str(len(now)))
        for number, (one, other) in enumerate(zip(stored, now, strict=False)):
            yield from _values(f"{place}[{number}]", one, other)
    elif isinstance(stored, str) and isinstance(now, str):
        yield from _texts(place, stored, now)
    elif not _same(stored, now):
        yield Difference(place, repr(stored), repr(now))


def _same(stored: object, now: object) -> bool:
    if type(stored) is float and type(now) is float:
        return abs(stored - now) <= max(RELATIVE * max(abs(stored), abs(now)), NOUGHT)
    return type(stored) is type(now) and stored == now


def _texts(place: str, stored: str, now: str) -> Found:
    """Compare two texts: the words between their numbers, and the numbers."""
    if NUMBER.split(stored) != NUMBER.split(now):
        start = len(commonprefix([stored, now]))
        yield Difference(place, _near(stored, start), _near(now, start))
        return
    for one, other in zip(NUMBER.finditer(stored), NUMBER.finditer(now), strict=True):
        if not _same_shown(one[0], other[0]):
            yield Difference(place, _near(stored, one.start()), _near(now, other.start()))


def _same_shown(stored: str, now: str) -> bool:
    """Tell whether two numbers agree as they are shown; ones of other decimals only if both are long."""
    if stored == now:
        return True
    if "e" in (stored + now).lower():
        return _is_float(stored) and _is_float(now) and _same(float(stored), float(now))
    shapes = [re.split(r"\d+", text) for text in (stored, now)]
    if shapes[0] != shapes[1]:
        return False
    one, other = (re.sub(r"\D", "", text) for text in (stored, now))
    places = [len(re.split(r"\D", text)[-1]) if len(shapes[0]) > 2 else 0 for text in (stored, now)]
    if places[0] != places[1] and min(len(one), len(other)) < LONG:
        return False
    finest = max(places)
    first, second = (
        int(digits) * 10 ** (finest - place) for digits, place in zip((one, other), places, strict=True)
    )
    return bool(abs(first - second) <= max(0.5, RELATIVE * max(first, second)))


def _is_float(text: str) -> bool:
    return "," not in text


def _near(text: str, start: int, before: int = 40, after: int = 60) -> str:
    """Return the piece of a text around a place, to show."""
    return repr(text[max(start - before, 0) : start + after])


def _brief(output: Output) -> str:
    if output["output_type"] in ("stream", "error"):
        return repr(output.get("text", output.get("evalue")))[:120]
    return (
        ", ".join(record["id"] for record in records([output]))
        or repr(output["data"].get("text/plain", ""))[:120]
    )
