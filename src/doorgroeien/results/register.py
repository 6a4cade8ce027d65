"""The results register: what a notebook publishes, and how the book reads it back.

``publish`` and its two companions put a record into the output of a notebook cell, readable as text
and, beside it, as JSON under :data:`MIME`. The executed notebook is the only store.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from html import escape
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from IPython.display import display

from doorgroeien.data.tables import citation_keys
from doorgroeien.estimation.estimable import REASONS, NotEstimableError
from doorgroeien.estimation.estimates import FEW_DEGREES
from doorgroeien.results.coarse import Coarse
from doorgroeien.results.disclosure import (
    HIGHEST,
    LOWEST,
    MEASURED,
    NOTHING,
    RULES,
    UNANSWERED,
    Resting,
    Rules,
    UndeclaredError,
    between,
    counted,
)
from doorgroeien.results.formats import LANGUAGES, UNITS, ends_on_scale, on_scale, write, write_in
from doorgroeien.results.held import Kept, Mark, marks
from doorgroeien.results.inert import inert
from doorgroeien.results.records import (
    ID,
    Bilingual,
    Cell,
    Column,
    Data,
    Evidence,
    Figure,
    Interval,
    Language,
    Number,
    Place,
    Placed,
    PlacedFigure,
    PlacedNumber,
    PlacedTable,
    Record,
    Rests,
    Table,
    Wording,
    with_values,
)
from doorgroeien.results.size_classes import sizes_in_words, spell_sizes
from doorgroeien.results.slim import slim

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

__all__ = [
    "EVIDENCE",
    "IN_DUTCH",
    "KEPT",
    "LEAST",
    "MIME",
    "NARROW",
    "NARROW_IN_DUTCH",
    "SVG",
    "Register",
    "as_files",
    "data_csv",
    "enough",
    "few",
    "numbers_bundle",
    "of_whom",
    "publish",
    "publish_figure",
    "publish_table",
    "records",
    "table_bundle",
    "without_rows",
]

MIME = "application/vnd.doorgroeien.results+json"
DOTS_PER_INCH = 160  # of a PNG
SVG = "image/svg+xml"
IN_DUTCH = f"{SVG};language=nl"  # the picture of an output, with Dutch words
NARROW = f"{SVG};screen=narrow"  # the same, laid out for a phone
NARROW_IN_DUTCH = f"{IN_DUTCH};screen=narrow"
DEGREES = re.compile(r"(^|[ _])df$")  # names of columns with degrees of freedom of intervals
STRIP, LINE = 0.28, 0.15  # inches below a picture for the name of the edition, and for each further line
LEAST = RULES.least
MISNAMED = re.compile(r"(^|[ _])(estimate|ci_low|ci_high|units)[ _]")  # columns of estimates end in these
DECLARED = {"units": "municipalities", "n": "respondents"}
# One sentence for all rules: which one it was can tell what was left out.
LEFT_OUT: Bilingual = {
    "en": " Rows that rest on few, or could tell what a municipality answered, are left out.",
    "nl": " Rijen die op weinig berusten of een antwoord van een gemeente zouden verraden, zijn weggelaten.",
}
_LEFT_OUT: Counter[str] = Counter()  # rows left out since the last figure or table on answers, by rule
_HELD: list[Mark] = []  # estimates withheld since the last result on answers
KEPT = "kept"  # beside the records of an output, for the last gate: what is withheld, by id
EVIDENCE: dict[Evidence, Bilingual] = {
    "letter": {"en": "the letter", "nl": "de brief"},
    "published figures": {"en": "published figures", "nl": "gepubliceerde cijfers"},
    "municipal documents": {"en": "municipal documents", "nl": "gemeentelijke documenten"},
    "survey answers": {"en": "survey answers", "nl": "enquêteantwoorden"},
}
# On what a picture rests: it goes wherever the file goes.
ANSWERS: Bilingual = {"en": "Survey answers: {}.", "nl": "Enquêteantwoorden: {}."}
MADE_UP: Bilingual = {
    "en": "Invented answers ({}): they say nothing about municipalities.",
    "nl": "Verzonnen antwoorden ({}): zij zeggen niets over gemeenten.",
}
# Before the population of a result on answers that nobody gave.
INVENTED: Bilingual = {"en": "invented ", "nl": "verzonnen "}
INTERVALS: dict[Interval, Bilingual] = {
    "rounding": {"en": "given the rounding of the source", "nl": "gegeven de afronding van de bron"},
    "open": {
        "en": "given rounding and what the sources leave open",
        "nl": "gegeven de afronding en wat de bronnen openlaten",
    },
    "confidence": {"en": "95% confidence interval", "nl": "95%-betrouwbaarheidsinterval"},
    "selection": {
        "en": "95% interval, if those who did not answer differ by half a standard deviation",
        "nl": "95%-interval, als wie niet antwoordde een halve standaardafwijking verschilt",
    },
    "choices": {
        "en": "95% interval that counts the choices made",
        "nl": "95%-interval waarin de gemaakte keuzen meetellen",
    },
}

Pair: TypeAlias = tuple[str, str]  # English, Dutch
Head: TypeAlias = str | tuple[str, str | None] | tuple[str, str | None, int | None]


class _Estimate(NamedTuple):
    """A number as it is recorded."""

    value: float | Bilingual | None
    low: float | None = None
    high: float | None = None
    se: float | None = None
    df: float | None = None
    n: float | None = None
    units: float | None = None
    period: object = None
    reason: object = None


def enough(frame: pd.DataFrame, resting: Resting | None = None) -> pd.DataFrame:
    """Return the rows that may be published of a table on survey answers.

    Left out is what breaks one of the rules of :class:`doorgroeien.results.disclosure.Rules`, such as a row
    on fewer than :data:`LEAST` respondents or municipalities, by the columns ``n`` and ``units`` or by
    ``resting``; of a comparison that is the number on the side that has fewest.

    >>> import pandas as pd
    >>> from doorgroeien import enough
    >>> enough(pd.DataFrame({"mean": [51.0, 72.5], "n": [4, 5]}))
       mean  n
    1  72.5  5
    """
    judged = RULES.judged(frame, resting=resting)
    _leave_out(frame, judged)
    return frame[judged.isna()]


def _leave_out(frame: pd.DataFrame, judged: "pd.Series[Any]") -> None:
    """Count the rows that break a rule, and keep what they hold for the last gate."""
    _LEFT_OUT.update(judged.dropna())
    _HELD.extend(marks(frame[judged.notna()], judged.dropna()))


def few(frame: pd.DataFrame, units: Mapping[str, str | None] | None = None) -> npt.NDArray[np.bool_]:
    """Tell of each row of a table on survey answers whether it must be left out, as for :func:`enough`.

    ``units`` are those in which columns are published, where they are.

    >>> import pandas as pd
    >>> from doorgroeien import few
    >>> few(pd.DataFrame({"mean": [51.0, 72.5], "n": [4, 5]})).tolist()
    [True, False]
    """
    found: npt.NDArray[np.bool_] = RULES.judged(frame, units).notna().to_numpy(dtype=bool)
    return found


def _declared(id: str, frame: pd.DataFrame, resting: Resting | None, shown: Iterable[str] = ()) -> Resting:
    """Return on what the row with fewest rests; raise :class:`UndeclaredError` where a row does not say."""
    if misnamed := [name for name in map(str, frame.columns) if MISNAMED.search(name)]:
        raise UndeclaredError(
            f"{id}, column {misnamed[0]!r}: what it holds comes last in a name, as in 'change estimate', "
            "or it is neither judged nor rounded."
        )
    counts = counted(frame, resting)
    cells = frame.loc[:, [pd.api.types.is_float_dtype(kind) for kind in frame.dtypes]]
    counts = counts[cells.notna().any(axis=1) | cells.empty]  # a row in which nothing is known tells nothing
    lacking = [name for name in counts if counts[name].isna().any()]
    if lacking:
        column = next(iter([*shown, *frame.select_dtypes("number"), *frame]), "value")
        unknown, columns = (" and ".join(words) for words in ([DECLARED[name] for name in lacking], lacking))
        raise UndeclaredError(
            f"{id}, column {column!r}: nothing says on how many {unknown} it rests. Keep {columns} of its "
            "estimates, give the table that it follows from as resting=, or name a group as resting in the "
            "words of the chapter."
        )
    return Resting(*counts.min())


def _rests(resting: Resting) -> Rests:
    """Return on what a result rests as it is recorded: nothing where it rests on no answer.

    Its ``n`` then counts something else, such as ways to compute it. A respondent is of one municipality, so
    there are no more of these than of respondents.
    """
    resting = NOTHING if np.isinf(resting.units) else resting._replace(units=min(resting.units, resting.n))
    units, n = (int(count) if np.isfinite(count) else None for count in resting)
    return {"municipalities": units, "respondents": n}


def _drained() -> dict[str, int]:
    """Return how many rows were left out since this was last asked, by rule."""
    found = dict(sorted(_LEFT_OUT.items()))
    _LEFT_OUT.clear()
    return found


def _marked(of: pd.DataFrame | None) -> list[Sequence[Any]]:
    """Return the estimates that a result follows from as they are kept for the last gate."""
    return [] if of is None else [list(mark) for mark in marks(of)]


def _with_kept(bundle: dict[str, Any], kept: Mapping[str, Kept]) -> dict[str, Any]:
    """Return an output with what the last gate must know of its records, if anything."""
    if _HELD:
        first = bundle[MIME]["records"][0]["id"]
        own = kept.get(first, {})
        held = [*own.get("held", ()), *(list(mark) for mark in dict.fromkeys(_HELD))]
        kept = {**kept, first: {**own, "held": held}}
        _HELD.clear()
    return bundle | {MIME: bundle[MIME] | {KEPT: dict(kept)}} if kept else bundle


def _raise_if_none(id: str, frame: pd.DataFrame) -> None:
    """Raise :class:`NotEstimableError` where answers leave no row to publish."""
    if frame.empty:
        raise NotEstimableError(
            "telling", f"{id}: no row is left that rests on {LEAST} or more and may be shown."
        )


def publish(
    id: str,
    result: Any,
    *,
    unit: str,
    definition: Pair | list[Pair],
    population: Pair,
    sources: str | Iterable[str],
    evidence: Evidence = "published figures",
    period: object = None,
    interval: Interval = "rounding",
    decimals: int | None = None,
    edition: Pair | None = None,
    rules: Rules | None = None,
    resting: Resting | None = None,
    silent: bool = False,
    unanswered: bool = False,
    bounds: bool = False,
    of: pd.DataFrame | None = None,
    follows: Sequence[str] = (),
) -> None:
    """Publish one number, or one for each row of a table.

    ``result`` is a number; a Series with ``value`` and, as far as known, ``low``, ``high``, ``se``, ``df``
    (degrees of freedom of the interval, recorded where they are fewer than ``FEW_DEGREES``), ``n`` (of a
    comparison, the number on the side that has fewest), ``units`` (of distinct municipalities), ``period``
    and ``reason``, a name in ``REASONS`` for where it has no value; or a DataFrame of such rows, whose index
    completes the id (``"chapter.cases"`` with index ``2007`` becomes ``chapter.cases.2007``). With the unit
    ``word`` it is a pair of words (English, Dutch) that the numbers choose, such as ``("fell", "daalde")``.
    ``definition`` and ``population`` are pairs (English, Dutch), and of a table ``definition`` may be a list
    of them, one for each row; ``sources`` a citation key or a list; ``period`` a year or period, taken from
    the row where it has one; ``interval`` says what ``low`` and ``high`` are (``rounding`` of the source;
    ``open``, rounding and what the sources leave open; ``confidence``; ``selection``, see
    ``survey.selection``; ``choices``, that of several ways to compute a number, with its sampling error or
    without); ``edition`` names the survey answers, a pair, and ``rules`` how they are rounded where somebody
    gave them: ``**survey.provenance`` gives evidence, sources, edition and rules. With an edition and without
    rules nobody gave them, and ``population`` is said to be invented. On survey answers a number must say on
    what it rests, by ``n`` and ``units`` or by ``resting``; one that breaks a rule of disclosure is withheld,
    and one without a value is not estimable: words take its place, and that of an interval on few degrees of
    freedom that leaves the scale of its unit; others end where the scale does. What follows from other
    results says so, and goes where one of them is withheld: ``of`` has the estimates, with ``estimate`` or
    ``value``, ``n`` and ``units``, and ``follows`` names ids. A number that is ``unanswered`` says of no
    question what was answered, such as the share of all questions that ended in "don't know": enough people
    must carry it, and that it is near an end of its scale tells nothing. ``bounds`` says that rows called
    ``least`` and ``most``, alone or after what else they are called and a hyphen, are the lowest and the
    highest possible, whatever they would say who did not answer: both are judged by what they tell of those
    who did. Pages leave out the sentence with a
    word that is ``silent``: that there is nothing to tell. Raises ``ValueError`` naming everything
    that is wrong, and then publishes nothing.

    >>> from doorgroeien import publish
    >>> publish(
    ...     "example.cases",
    ...     32520,
    ...     unit="cases",
    ...     definition=("registered cases", "geregistreerde zaken"),
    ...     population=("all Dutch municipalities", "alle Nederlandse gemeenten"),
    ...     sources="CBS70127",
    ... )
    {'text/plain': 'example.cases = 32,520', ...}
    """
    if isinstance(result, pd.DataFrame):
        rows: dict[str, Any] = {f"{id}.{suffix}": row for suffix, row in result.iterrows()}
    else:
        rows = {id: result}
    keys, answers = _listed(sources), edition and _both(edition)
    about = of_whom(_both(population), invented=edition is not None and rules is None)
    records: list[Record] = []
    kept: dict[str, Kept] = {}
    said = definition if isinstance(definition, list) else [definition] * len(rows)
    inner = _between(result) if bounds else {}
    for (full_id, row), what in zip(rows.items(), said, strict=True):
        found = _Estimate(_both(row)) if unit == "word" else _estimate(row)
        if interval in ("rounding", "open") and found.low == found.high:
            found = found._replace(low=None, high=None)  # nothing is left open
        record: Number = {
            "kind": "number",
            "id": full_id,
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "se": found.se,
            "n": found.n,
            "unit": unit,
            "decimals": decimals,
            "definition": _both(what),
            "population": about,
            "evidence": evidence,
            "sources": keys,
            "edition": answers,
            "period": _text(period if found.period is None else found.period),
            "interval": interval if found.low is not None or (answers and _lacks_interval(row)) else None,
        }
        broken = None
        if edition is not None and (unit != "word" or resting is not None):
            alone = pd.DataFrame(
                {"value": [found.value], "units": [found.units], "n": [found.n]}, dtype=object
            )
            if record["value"] is not None:
                rests = _declared(full_id, alone, resting)
                told = None if unit == "word" else inner.get(full_id.removeprefix(f"{id}."), found.value)
                broken = RULES.broken(told, UNANSWERED if unanswered else unit, rests)
                record["rests"] = _rests(rests)
        own: Kept = {"follows": list(follows)} if follows else {}
        if estimates := _marked(of):
            own["of"] = estimates
        if broken is not None:
            if isinstance(found.value, int | float):
                ends = (found.low, found.high) if interval == "confidence" else (None, None)
                n, units = (int(count) if np.isfinite(count) else None for count in (rests.n, rests.units))
                own["held"] = [list(Mark(found.value, found.se, n, units, broken, *ends))]
            record.update({"value": None, "low": None, "high": None, "se": None, "n": None})
            record.update({"interval": None, "withheld": True, "rule": broken})
            record.pop("rests")
        elif edition is not None and record["value"] is None:
            record.update({"low": None, "high": None, "se": None, "n": None, "interval": None})
            reason = found.reason if isinstance(found.reason, str) and found.reason else "undefined"
            record["not_estimable"] = _both(REASONS[reason])
        elif found.df is not None and found.df < FEW_DEGREES:
            record["df"] = max(found.df, 0)
        if edition is not None:
            record["low"], record["high"] = on_scale(record["low"], record["high"], unit, found.df)
        if rules is not None:
            rules.record(cast(dict[str, Any], record))
        if silent and record["value"] is not None:
            record["silent"] = True
        records.append(record)
        if edition is not None and own:
            kept[full_id] = own
    _raise_if_wrong(records)
    bundle = numbers_bundle(records)
    display(_with_kept(bundle, kept) if edition is not None and records else bundle, raw=True)


def _between(rows: pd.DataFrame) -> dict[str, float]:
    """Return of each bound among rows what it tells, with its other end, of those who answered."""
    pairs = [(name, LOWEST.sub(HIGHEST, name)) for name in map(str, rows.index) if LOWEST.search(name)]
    return {
        name: between(rows.at[low, "value"], rows.at[high, "value"])
        for low, high in pairs
        if high in rows.index
        for name in (low, high)
    }


def numbers_bundle(records: list[Record]) -> dict[str, Any]:
    """Return the output of a cell that publishes numbers on the same answers, or on none."""
    lines = [f"{record['id']} = {write(record)}" for record in records if record["kind"] == "number"]
    answers = records[0]["edition"] if records else None
    lines += [_on(answers, "en", _made_up(records[0]))] if answers else []
    return {"text/plain": "\n".join(lines), MIME: {"records": records}}


def publish_figure(
    id: str,
    figure: "Drawing",
    *,
    data: pd.DataFrame | pd.Series,
    caption: str | Pair,
    alt: str | Pair,
    population: Pair,
    sources: str | Iterable[str],
    evidence: Evidence = "published figures",
    edition: Pair | None = None,
    language: Language = "en",
    researchers: bool = False,
    dutch: Mapping[str, str] | None = None,
    narrow: "Drawing | None" = None,
    rules: Rules | None = None,
    resting: Resting | None = None,
    of: pd.DataFrame | None = None,
) -> None:
    """Publish a matplotlib figure with its caption, its alternative text and the data it shows.

    ``data`` is the DataFrame that was plotted (it becomes the CSV and the table beside the figure, without
    an index of whole numbers that has no name);
    ``caption`` and ``alt`` are English text or pairs (English, Dutch): the caption says what to see,
    the alternative text what the picture shows to someone who cannot see it.
    ``language`` is that of the words in the picture: one in Dutch is shown in Dutch on every page, and needs
    pairs. The figure is drawn as SVG, and closed. On survey answers the name of their edition is drawn in the
    picture and told in its alternative text, and it must be drawn of rows that are :func:`enough`, for a
    picture cannot be checked afterwards; panels in which nothing is drawn go. Each row says on what it rests,
    by ``n`` and ``units``, or ``resting`` says it of all. ``dutch``, English to Dutch, has the words in the
    picture: with it the figure is drawn in Dutch as well, for Dutch pages. With ``researchers`` pages fold
    the figure away, for who wants to check the method. Where ``data`` have a column ``df``, degrees of
    freedom of the interval in each row, and some are fewer than ``FEW_DEGREES``, a note below the figure says
    so. For phones the figure is laid out anew, in one column with letters that can be read
    (:mod:`doorgroeien.results.narrow`); where that will not do, ``narrow`` is a figure of the same data that
    was drawn 3.65 inches wide, with letters of at least nine points. With ``rules`` the data are rounded,
    what is drawn stands where the data have it, and the drawing is rounded to a tenth of a point, for
    coordinates can be read as well. ``of`` has the estimates that the figure follows from, or draws, beside
    its data, as for ``publish``: it goes where one is withheld.

    >>> import pandas as pd
    >>> from doorgroeien import publish_figure
    >>> from doorgroeien.results.pictures import new_figure
    >>> frame = pd.DataFrame({"year": [2005, 2007], "cases": [34920, 32520]})
    >>> figure, axes = new_figure()
    >>> _ = axes.plot(frame["year"], frame["cases"], "o")
    >>> publish_figure(
    ...     "example.trend",
    ...     figure,
    ...     data=frame,
    ...     caption="Fewer cases were registered in 2007.",
    ...     alt="Two dots, the second lower: 34,920 cases in 2005, 32,520 in 2007.",
    ...     population=("all Dutch municipalities", "alle Nederlandse gemeenten"),
    ...     sources="CBS70127",
    ... )
    {'text/plain': 'example.trend: Fewer cases were registered in 2007.', ...}
    """
    from matplotlib import pyplot as plt

    from doorgroeien.results.pictures import without_empty

    left_out: dict[str, int] = {}
    if edition is not None:
        frame = data if isinstance(data, pd.DataFrame) else data.to_frame()
        _raise_if_none(id, frame)
        rests = _declared(id, frame, resting)
        broken = RULES.judged(frame, resting=resting).dropna()
        if len(broken):
            raise NotEstimableError(
                "telling", f"{id}: rows break the rules {', '.join(sorted(set(broken)))}; draw enough(data)"
            )
        left_out = _drained()
    keys, answers = _listed(sources), edition and _both(edition)
    towns = rests.units if edition is not None else np.inf
    about = of_whom(_both(population), invented=edition is not None and rules is None)
    for drawing in filter(None, (figure, narrow)):
        if edition is not None:
            without_empty(drawing)
        if rules is not None:
            shown = data if isinstance(data, pd.DataFrame) else data.to_frame()
            Coarse(shown, rules, of, towns).draw(drawing)
        spell_sizes(drawing)
    told = _wording(alt)
    words = None if dutch is None else {**dutch}
    if answers is not None:
        on = {each: _on(answers, each, rules is None) for each in LANGUAGES}
        told["en"] += f" {on['en']}"
        if "nl" in told:
            told["nl"] += f" {on['nl']}"
        if words is not None:
            words[on["en"]] = on["nl"]
        for drawing in filter(None, (figure, narrow)):
            _name_edition(drawing, on[language], words or {})
    record: Figure = {
        "kind": "figure",
        "id": id,
        "caption": _wording(caption),
        "alt": told,
        "data": _data(data, rules, {}, towns),
        "population": about,
        "evidence": evidence,
        "sources": keys,
        "edition": answers,
    }
    if language != LANGUAGES[0]:
        record["language"] = language
    if edition is not None:
        record["rests"] = _rests(rests)
    if left_out:
        record["left_out"] = left_out
    if researchers:
        record["researchers"] = True
    if (least := _fewest(record["data"])) is not None:
        record["df"] = least
    _raise_if_wrong([record])
    decimals = 2 if rules is None else 1
    bundle: dict[str, Any] = {"text/plain": _headed(record), SVG: _svg(figure, decimals)}
    bundle |= _others(figure, narrow, words, decimals)
    for drawing in filter(None, (figure, narrow)):
        plt.close(drawing)
    bundle |= {MIME: {"records": [record]}}
    kept: dict[str, Kept] = {id: {"of": estimates}} if (estimates := _marked(of)) else {}
    display(_with_kept(bundle, kept) if edition is not None else bundle, raw=True)


def _fewest(data: Data) -> float | None:
    """Return the fewest degrees of freedom in columns with such names, if these are few."""
    places = [place for place, name in enumerate(data["columns"]) if DEGREES.search(name)]
    found = [row[place] for row in data["rows"] for place in places]
    fewest = min((cell for cell in found if isinstance(cell, int | float)), default=FEW_DEGREES)
    return max(fewest, 0) if fewest < FEW_DEGREES else None


def _lacks_interval(row: Any) -> bool:
    """Tell whether an estimate should have had an interval, and these answers do not give it one."""
    return isinstance(row, dict | pd.Series) and "low" in row


def _others(
    figure: "Drawing", narrow: "Drawing | None", words: Mapping[str, str] | None, decimals: int
) -> dict[str, str]:
    """Return a figure in Dutch, if its words have it, and both laid out for a phone."""
    from doorgroeien.results.dutch import in_dutch
    from doorgroeien.results.narrow import Narrow

    found: dict[str, str] = {}
    if words is not None:
        with in_dutch(figure, words):
            found[IN_DUTCH] = _svg(figure, decimals)
    drawing = narrow or figure
    column = Narrow(drawing) if narrow is None else None
    with column.fitted() if column else nullcontext():
        found[NARROW] = _svg(drawing, decimals)
    if words is not None:
        with in_dutch(drawing, words), column.fitted() if column else nullcontext():
            found[NARROW_IN_DUTCH] = _svg(drawing, decimals)
    return found


def _svg(figure: "Drawing", decimals: int = 2) -> str:
    """Return a figure as SVG without date and creator: the same figure is the same file."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    drawing = io.StringIO()
    # ``savefig`` draws a figure twice, at first for its layout alone, which comes about here as well.
    FigureCanvasSVG(figure).print_svg(drawing, metadata={"Date": None, "Creator": None})
    return slim(drawing.getvalue(), decimals)


def as_files(figure: "Drawing", edition: Pair, language: Language, *, invented: bool) -> dict[str, bytes]:
    """Return a figure on survey answers as files by ending, ``svg`` and ``png``, with their edition in it.

    Its words are in ``language`` already; it is closed. ``invented`` are answers that nobody gave.
    """
    from matplotlib import pyplot as plt

    spell_sizes(figure)
    _name_edition(figure, _on(_both(edition), language, invented))
    raster = io.BytesIO()
    figure.savefig(raster, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    found = {"svg": _svg(figure, 1).encode(), "png": raster.getvalue()}
    plt.close(figure)
    return found


def _on(edition: Bilingual, language: Language, invented: bool) -> str:
    """Return in words on which answers a picture rests, and of those that nobody gave what they are not."""
    return (MADE_UP if invented else ANSWERS)[language].format(edition[language])


def _name_edition(figure: "Drawing", text: str, words: Mapping[str, str] | None = None) -> None:
    """Write on which answers a picture rests below all that is drawn: it goes wherever the file goes.

    There is room for it in Dutch as well, where ``words``, English to Dutch, have it.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    from doorgroeien.results.dutch import translated
    from doorgroeien.results.narrow import POINTS, wrapped

    text = wrapped(text, 0.97 * figure.get_figwidth() * POINTS, 9, "bold")
    broken = max(one.count("\n") for one in (text, translated(text, words or {}) or ""))
    strip = (STRIP + LINE * broken) / figure.get_figheight()
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, strip, 1, 1 - strip))
    foot = figure._supxlabel  # type: ignore[attr-defined]
    if foot is not None:  # the layout keeps room for it, but leaves it where it was
        foot.set(y=strip * 1.1, verticalalignment="bottom")
        foot._autopos = False
    written = figure.text(0.99, strip / 8, text, ha="right", va="bottom", fontsize=9, weight="bold")
    written.set_gid("edition")


def publish_table(
    id: str,
    frame: pd.DataFrame,
    *,
    columns: Mapping[str, Head],
    caption: str | Pair,
    population: Pair,
    sources: str | Iterable[str],
    evidence: Evidence = "published figures",
    links: Mapping[str, str] | None = None,
    search: bool = False,
    edition: Pair | None = None,
    language: Language = "en",
    researchers: bool = False,
    rules: Rules | None = None,
    resting: Resting | None = None,
    unanswered: Iterable[str] = (),
    of: Sequence[pd.DataFrame] | None = None,
) -> None:
    """Publish a table: what is shown is formatted, what can be downloaded is the whole ``frame``.

    ``columns`` maps the names of the columns to show onto a heading, or onto a pair of heading and
    unit, or a triple with the decimals; ``links`` maps a column to the column that holds its address;
    ``search`` puts a search box above the table; ``language`` is that of its words and ``researchers`` folds
    it away, as for a figure.
    The first column heads its row. A column ``df`` of the ``frame`` is as for a figure. On survey answers
    rows say on what they rest, as for a figure; only those that break no rule of disclosure are published,
    and the caption says when some are left out. There too intervals stay on the scale of their unit, as those
    of numbers do, and a column in which nothing could be estimated, or a row of which no more than its head
    is known, is not shown. ``unanswered`` are columns that are about no answer, such as limits and shares of
    the ways to compute something: no rule on answers holds for them. With ``rules`` all numbers are rounded.
    ``of`` has for each row the estimates that it follows from without showing them, such as those behind a
    verdict: it goes where one of them is withheld. Raises ``ValueError`` where there are not as many.

    >>> import pandas as pd
    >>> from doorgroeien import publish_table
    >>> publish_table(
    ...     "example.cases",
    ...     pd.DataFrame({"year": ["2005", "2007"], "cases": [34920, 32520]}),
    ...     columns={"year": "Year", "cases": ("Cases", "cases")},
    ...     caption="Registered cases in two years.",
    ...     population=("all Dutch municipalities", "alle Nederlandse gemeenten"),
    ...     sources="CBS70127",
    ... )
    {'text/plain': 'example.cases: Registered cases in two years...}
    """
    said, rows_of = _wording(caption), [_marked(rows) for rows in of or ()]
    if of is not None and len(rows_of) != len(frame):
        raise ValueError(f"{id}: {len(frame)} rows, and estimates behind {len(rows_of)}. Give one for each.")
    if edition is not None:
        if frame.empty:
            raise NotEstimableError("absent", f"{id}: there is no row.")
        named = {name: head[1] for name, head in columns.items() if isinstance(head, tuple)}
        named |= dict.fromkeys(unanswered, UNANSWERED)
        _declared(id, frame, resting, named)  # every row says on what it rests, also one that is left out
        _raise_if_class_is_silent(id, frame, columns)
        judged = RULES.judged(frame, named, resting)
        _leave_out(frame, judged)
        rows_of = [*compress(rows_of, judged.isna())]
        frame = frame[judged.isna()]
        _raise_if_none(id, frame)
        if "reason" not in columns:
            frame = frame.drop(columns="reason", errors="ignore")  # which sentences tell in its place
        if judged.notna().any():
            _say_left_out(said)
        rests = _declared(id, frame, resting, named)
    heads = [_column(name, head, (links or {}).get(name)) for name, head in columns.items()]
    if edition is not None:
        frame, heads, known = _estimated(id, frame, heads)
        rows_of = [*compress(rows_of, known)]
    keys, answers = _listed(sources), edition and _both(edition)
    about = of_whom(_both(population), invented=edition is not None and rules is None)
    record: Table = {
        "kind": "table",
        "id": id,
        "caption": said,
        "columns": heads,
        "search": search,
        "data": _data(frame, rules, *((named, rests.units) if edition is not None else ({}, np.inf))),
        "population": about,
        "evidence": evidence,
        "sources": keys,
        "edition": answers,
    }
    if edition is not None:
        record["rests"] = _rests(rests)
        if left_out := _drained():
            record["left_out"] = left_out
    if language != LANGUAGES[0]:
        record["language"] = language
    if researchers:
        record["researchers"] = True
    if (least := _fewest(record["data"])) is not None:
        record["df"] = least
    _raise_if_wrong([record])
    bundle = table_bundle(record)
    kept: dict[str, Kept] = {id: {"rows": rows_of}} if any(rows_of) else {}
    display(_with_kept(bundle, kept) if edition is not None else bundle, raw=True)


def _raise_if_class_is_silent(id: str, frame: pd.DataFrame, columns: Mapping[str, Head]) -> None:
    """Raise :class:`UndeclaredError` for a column of a size class that does not say on what it rests itself.

    Its numbers would be rounded, and judged, as if all municipalities were in them.
    """
    for name, head in columns.items():
        label, unit = head[:2] if isinstance(head, tuple) else (head, None)
        own = MEASURED.sub(r"\1units", name)
        of_class = name in frame and unit in ("percent", "score") and sizes_in_words(label) != label
        if of_class and (own == name or own not in frame):
            raise UndeclaredError(
                f"{id}: column {name!r}, of a size class, does not say on how many municipalities it rests. "
                "Call it after that class and 'estimate', and give the same with 'units'."
            )


def table_bundle(record: Table) -> dict[str, Any]:
    """Return the output of a cell that publishes a table."""
    language, answers = record.get("language", LANGUAGES[0]), record["edition"]
    cells = pd.DataFrame(
        table_cells(record, language), columns=[column["label"] for column in record["columns"]]
    )
    below = f"<p>{escape(_on(answers, language, _made_up(record)))}</p>" if answers else ""
    return {
        "text/plain": f"{_headed(record)}\n{cells.to_string(index=False)}",
        "text/html": cells.to_html(index=False, border=0) + below,
        MIME: {"records": [record]},
    }


def without_rows(record: Table, rows: Mapping[int, str]) -> None:
    """Take rows out of a published table, in place, each under a rule, and say so in its caption.

    A column of which no value is left is shown no longer.
    """
    data = record["data"]
    data["rows"] = [row for at, row in enumerate(data["rows"]) if at not in rows]
    known = with_values(data)
    record["columns"] = [column for column in record["columns"] if column["name"] in known]
    left_out = Counter(record.get("left_out", {})) + Counter(rows.values())
    record["left_out"] = dict(sorted(left_out.items()))
    _say_left_out(record["caption"])


def _say_left_out(caption: Wording) -> None:
    """Say in a caption, once, that rows are left out."""
    for each in LANGUAGES:
        if each in caption and not caption[each].endswith(LEFT_OUT[each]):
            caption[each] += LEFT_OUT[each]


def _headed(record: Figure | Table) -> str:
    """Return the line above a figure or table that is read as text, with the answers it rests on."""
    lines = [f"{record['id']}: {record['caption']['en']}"]
    lines += [_on(record["edition"], "en", _made_up(record))] if record["edition"] else []
    return "\n".join(lines)


def _made_up(record: Record) -> bool:
    """Tell whether a result rests on answers that nobody gave: its population says so."""
    return record["population"]["en"].startswith(INVENTED["en"])


def _estimated(
    id: str, frame: pd.DataFrame, heads: list[Column]
) -> tuple[pd.DataFrame, list[Column], "pd.Series[bool]"]:
    """Return rows and columns of a table in which something could be estimated, with ends on their scale.

    The last tells of each row that was given whether it is there.
    """
    # Whole numbers without a name only say where rows once stood, also those that are left out.
    bare = frame.index.name is None and frame.index.dtype.kind == "i"
    frame = frame.reset_index(drop=bare) if frame.index.nlevels == 1 else frame.reset_index()
    units = {head["name"]: head["unit"] for head in heads if head["unit"] and head["name"] in frame}
    for low, unit in units.items():
        high = low.replace("low", "high")
        if high != low and units.get(high) == unit:
            frame = ends_on_scale(frame, unit, low, high, low.replace("ci_low", "df"))
    heads = [head for head in heads if head["name"] in frame and frame[head["name"]].notna().any()]
    found = frame[[head["name"] for head in heads[1:]]].notna().any(axis=1)
    if not found.any():
        raise NotEstimableError("absent", f"{id}: nothing in it could be estimated.")
    return frame[found].reset_index(drop=True), heads, found


def table_cells(record: Table, language: Language = "en") -> list[list[str]]:
    """Return the shown cells of a published table as text, row by row; a missing cell is a dash."""
    place = {name: position for position, name in enumerate(record["data"]["columns"])}
    return [
        [_cell(row[place[column["name"]]], column, language) for column in record["columns"]]
        for row in record["data"]["rows"]
    ]


def data_csv(record: Figure | Table) -> str:
    """Return the data of a published figure or table as CSV text; survey answers add their edition."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    edition = record["edition"] and record["edition"][record.get("language", "en")]
    writer.writerow(map(inert, record["data"]["columns"] + (["edition"] if edition else [])))
    for row in record["data"]["rows"]:
        cells = ["" if cell is None else cell for cell in row]
        writer.writerow(map(inert, cells + ([edition] if edition else [])))
    return text.getvalue()


def records(outputs: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Return the records in the outputs of a cell, as nbformat has them."""
    return [
        record for output in outputs for record in output.get("data", {}).get(MIME, {}).get("records", [])
    ]


@dataclass
class Register:
    """All records of the book, in the order of its pages, each with its page and cell."""

    records: dict[str, Placed] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def read(self, page: str, notebook: Mapping[str, Any]) -> None:
        """Add the records in the outputs of an executed notebook (its JSON), ``page`` being its name."""
        prefix = page.rsplit("/", 1)[-1] + "."
        code_cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for number, cell in enumerate(code_cells, start=1):
            for record in records(cell["outputs"]):
                where: Place = {"page": page, "cell": number}
                name, first = record["id"], self.records.get(record["id"])
                if not name.startswith(prefix):
                    problem = f"cell {number}: id {name!r} must begin with {prefix!r}"
                    self.problems.append((page, problem))
                if first:
                    place = f"{first['page']}, cell {first['cell']}"
                    problem = f"cell {number}: id {name!r} is published twice, first in {place}"
                    self.problems.append((page, problem))
                self.records.setdefault(name, cast(Placed, {**record, **where}))

    @property
    def numbers(self) -> list[PlacedNumber]:
        """The numbers, and the words that they choose."""
        return [record for record in self.records.values() if record["kind"] == "number"]

    @property
    def figures(self) -> list[PlacedFigure]:
        """The figures."""
        return [record for record in self.records.values() if record["kind"] == "figure"]

    @property
    def tables(self) -> list[PlacedTable]:
        """The tables."""
        return [record for record in self.records.values() if record["kind"] == "table"]

    @property
    def with_data(self) -> list[PlacedFigure | PlacedTable]:
        """The figures, and then the tables."""
        return [*self.figures, *self.tables]


def of_whom(population: Bilingual, invented: bool) -> Bilingual:
    """Return of whom a result is, said to be invented where it rests on answers that nobody gave, else not.

    >>> from doorgroeien.results.register import of_whom
    >>> of_whom({"en": "all municipalities", "nl": "alle gemeenten"}, invented=True)["nl"]
    'verzonnen alle gemeenten'
    """
    bare: Bilingual = {
        "en": population["en"].removeprefix(INVENTED["en"]),
        "nl": population["nl"].removeprefix(INVENTED["nl"]),
    }
    if not invented:
        return bare
    return {"en": INVENTED["en"] + bare["en"], "nl": INVENTED["nl"] + bare["nl"]}


def _both(texts: Pair) -> Bilingual:
    if isinstance(texts, str):
        raise ValueError(f"{texts!r}: expected a pair of texts, English and Dutch")
    english, dutch = texts
    return {"en": english, "nl": dutch}


def _wording(texts: str | Pair) -> Wording:
    return {"en": texts} if isinstance(texts, str) else {**_both(texts)}


def _listed(sources: str | Iterable[str]) -> list[str]:
    return [sources] if isinstance(sources, str) else list(sources)


def _column(name: str, head: Head, link: str | None) -> Column:
    label, unit, decimals = (*((head,) if isinstance(head, str) else head), None, None)[:3]
    return {"name": name, "label": label, "unit": unit, "decimals": decimals, "link": link}


def _plain(value: Any) -> Cell:
    """Return a JSON value; numbers keep ten significant digits, beyond which machines may differ."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.10g}") if np.isfinite(value) else None
    return str(value)


def _number(value: Any) -> float | None:
    plain = _plain(value)
    if isinstance(plain, str):
        raise ValueError(f"{plain!r}: expected a number")
    return plain


def _estimate(result: Any) -> _Estimate:
    row: dict[str, Any] = dict(result) if isinstance(result, (dict, pd.Series)) else {"value": result}
    unknown = set(row) - set(_Estimate._fields)
    if unknown:
        raise ValueError(f"a result has no {', '.join(sorted(map(str, unknown)))}")
    said = {name: row.pop(name) for name in ("period", "reason") if name in row}
    return _Estimate(**{"value": None} | {name: _number(value) for name, value in row.items()} | said)


def _text(period: object) -> str | None:
    if period is None or pd.isna(period):
        return None
    # A year in a row of numbers is one with a decimal point.
    return str(int(period)) if isinstance(period, float) and period.is_integer() else str(period)


def _data(
    frame: pd.DataFrame | pd.Series, rules: Rules | None, units: Mapping[str, str | None], towns: float
) -> Data:
    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    if isinstance(frame.index, pd.MultiIndex) or frame.index.name or frame.index.dtype.kind != "i":
        frame = frame.reset_index()  # but whole numbers without a name only say where rows once stood
    if rules is not None:
        frame = rules.applied(frame, units, towns)
    return {
        "columns": [str(name) for name in frame.columns],
        "rows": [[_plain(cell) for cell in row] for row in frame.astype(object).to_numpy().tolist()],
    }


def _cell(value: Cell, column: Column, language: Language) -> str:
    if value is None:
        return "–"
    if column["unit"] is None or isinstance(value, str):
        return str(value)
    return write_in(value, column["unit"], language, column["decimals"])


def _raise_if_wrong(records: Sequence[Record]) -> None:
    """Raise one ``ValueError`` that lists everything wrong with the records."""
    known = citation_keys()
    wrong: list[str] = []
    for record in records:
        wrong += [f"{record['id']}: {problem}" for problem in _wrong(record, known)]
    if wrong:
        raise ValueError("not published:\n" + "\n".join(f"  {line}" for line in wrong))


def _wrong(record: Record, citation_keys: Container[str]) -> Iterator[str]:
    if not re.fullmatch(ID, record["id"]):
        yield "expected an id such as chapter.number.2007 (lower case, digits, hyphens, points)"
    if record["evidence"] not in EVIDENCE:
        yield f"evidence {record['evidence']!r} is not one of {', '.join(EVIDENCE)}"
    if (record["evidence"] == "survey answers") != (record["edition"] is not None):
        yield "a result on survey answers, and no other, carries their edition"
    if not record["sources"] and record["evidence"] != "survey answers":
        yield "expected at least one source"
    for key in record["sources"]:
        if key not in citation_keys:
            yield f"source {key!r} is not in the bibliography"
    yield from _wrong_number(record) if record["kind"] == "number" else _wrong_picture(record)


def _wrong_number(record: Number) -> Iterator[str]:
    value, low, high, interval = record["value"], record["low"], record["high"], record["interval"]
    if record["unit"] not in UNITS:
        yield f"unit {record['unit']!r} is not one of {', '.join(UNITS)}"
    elif value is None and not (record.get("withheld") or record.get("not_estimable")):
        yield "the value is missing or not finite"
    if interval is not None and interval not in INTERVALS:
        yield f"interval {interval!r} is not one of {', '.join(INTERVALS)}"
    if low is None or isinstance(value, dict):
        return
    if value is None or not (low <= value and (high is None or value <= high)):
        yield f"the value {value} lies outside {low} .. {high}"


def _wrong_picture(record: Figure | Table) -> Iterator[str]:
    if not record["data"]["rows"]:
        yield "the data are empty"
    language = record.get("language", "en")
    if language not in LANGUAGES:
        yield f"language {language!r} is not one of {', '.join(LANGUAGES)}"
    texts = {"caption": record["caption"]} | ({"alt": record["alt"]} if record["kind"] == "figure" else {})
    for name, wording in texts.items():
        if language not in wording:
            yield f"expected the {name} as a pair, English and Dutch"
        for each in LANGUAGES:
            if each in wording and len(wording[each].split()) < 4:
                yield f"{name} ({each}) {wording[each]!r} says too little"
    if record["kind"] == "figure":
        if record["alt"] == record["caption"]:
            yield "the alternative text repeats the caption; say what the picture shows"
        return
    for column in record["columns"]:
        if column["unit"] is not None and column["unit"] not in UNITS:
            yield f"unit {column['unit']!r} of column {column['name']!r} is not one of {', '.join(UNITS)}"
        for name in filter(None, (column["name"], column["link"])):
            if name not in record["data"]["columns"]:
                yield f"column {name!r} is not in the data"
