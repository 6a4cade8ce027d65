"""What a chapter publishes, by id: its words stand in ``notebooks/<chapter>.toml``, beside its notebook.

The notebook computes; the file says in both languages what a number is, what a caption draws attention to and
how columns are headed. An id is a pattern: ``gap.{part}`` with ``part="3a"`` publishes ``<chapter>.gap.3a``,
and the same field fills the words, where a pair (English, Dutch) gives each language its own. Where ``named``
of an entry has words for a field (``named.part = "parts"`` those of ``[words.parts]``), they stand for it.
The label of each row of a table of numbers is the field ``row``.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from doorgroeien.data.paths import book_root
from doorgroeien.data.rounding import bounds
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.results.coarse import Coarse
from doorgroeien.results.disclosure import EACH, NOTHING, Resting, least
from doorgroeien.results.disclosure import counted as rests_on
from doorgroeien.results.dutch import LETTERS, UntranslatedError, named_in_tables, translated
from doorgroeien.results.formats import LANGUAGES, write_digits
from doorgroeien.results.records import Language
from doorgroeien.results.register import Head, Pair, publish, publish_figure, publish_table
from doorgroeien.results.size_classes import sizes_in_words
from doorgroeien.results.wording import VERDICTS, amount, capital, counted, every

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "READING",
    "Chapter",
    "WordsError",
    "folded",
    "title_of",
    "unpublished",
    "words_file",
    "words_read",
]

FIELD = re.compile(r"\{(\w+)(?::([^{}`]*))?\}(?!`)")  # and not a role, such as {cite:p}`key`
ANY_COLUMN = "..."  # in the columns of a table: those that the notebook gives
WORD = "word"
ROW = "row"  # the field of a table of numbers that holds the label of each
PICTURES = "pictures"  # the file with words of more than one chapter
SEVERAL = ("selection", "real-evidence")  # those of what chapters publish alike
# Words that every chapter may use under their name.
SHARED = {"verdicts": {english: [english, dutch] for english, dutch in VERDICTS.items()}}
COUNTS = {"count", "of", "all", "Count", "Of", "All"}  # what every clause about a number of things may use
LETTER = "SZW2008letter"  # the source that is evidence of its own kind
# What every entry may say of what it publishes, and the notebook may say in its place.
COMMON = (
    "population",
    "period",
    "interval",
    "decimals",
    "sources",
    "evidence",
    "language",
    "search",
    "links",
    "researchers",
    "resting",
)
SECTIONS = {
    "numbers": (
        {"unit", *LANGUAGES},
        {
            *("words", "named", "silent", "population", "period", "interval", "decimals", "sources"),
            *("evidence", "resting", "follows", "unanswered", "bounds"),
        },
    ),
    "tables": (
        {"caption", "columns"},
        {"population", "sources", "evidence", "language", "search", "links", "researchers", "resting"},
    ),
    "figures": (
        {"caption", "alt"},
        {"population", "sources", "evidence", "language", "researchers", "resting"},
    ),
}
# On what a result rests that is of no group: no answer, all ways to compute it, or as many towns as its n.
ON = {"nothing": NOTHING, "ways": NOTHING, "each": EACH}
READING = ("researchers", "more")  # why a page folds sections: for whom they are, or for they are many
ESTIMATE = {"estimate": "value", "ci_low": "low", "ci_high": "high"}
_READ: set[str] = set()


class WordsError(ValueError):
    """The words of a chapter are not in order; the message names the file and every key."""


class Evidenced(Protocol):
    """What says on which evidence it rests, as a survey does."""

    @property
    def provenance(self) -> dict[str, Any]:
        """What ``publish``, ``publish_figure`` and ``publish_table`` need to know of it."""

    def resting(self, group: str) -> Resting:
        """Return how many municipalities and respondents of a group answered."""


class Chapter:
    """Publishes the results of a chapter with the words of its file.

    ``survey`` is the survey that the chapter rests on, if any: its provenance goes with all that is
    published, and intervals are confidence intervals. ``period`` is that of all numbers that have none of
    their own, and ``fields`` fill words everywhere. ``words`` names another file of words than that of the
    chapter, for what several chapters publish alike.

    On a survey everything says on what it rests. Rows of estimates do by themselves; for what follows from
    them ``resting`` is the table of estimates, given by the notebook, or a group, named in the file:
    ``everybody`` or others that the survey knows, ``nothing`` for what is about no answer, ``each`` for a
    count ``n`` of municipalities. A word rests on everybody unless it says otherwise. What tells something of
    another number, such as a verdict or a p-value, names it in ``follows``, and goes where that is withheld;
    one that is ``unanswered`` says of no question what was answered. Rows ``least`` and ``most`` of one with
    ``bounds`` are the lowest and the highest possible, whatever they would say who did not answer.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from doorgroeien.results.chapter import Chapter
    >>> folder = TemporaryDirectory()
    >>> words = Path(folder.name, "notebooks", "example.toml")
    >>> words.parent.mkdir()
    >>> _ = words.write_text(
    ...     '''
    ...     [defaults]
    ...     population = "all"
    ...     sources = ["CBS70127"]
    ...     [populations]
    ...     all = ["all Dutch municipalities", "alle Nederlandse gemeenten"]
    ...     [dutch]
    ...     east = "oost"
    ...     west = "west"
    ...     [words.places]
    ...     east = ["the east", "het oosten"]
    ...     [numbers."cases.{place}"]
    ...     unit = "cases"
    ...     named.place = "places"
    ...     en = "registered cases in {place}"
    ...     nl = "geregistreerde zaken in {place}"
    ...     [numbers.risen]
    ...     unit = "word"
    ...     en = "places where cases rose"
    ...     nl = "plaatsen waar zaken stegen"
    ...     words.none = ["No place rose", "Geen plaats steeg"]
    ...     words.some = ["{Count} of the {of} places rose", "{Count} van de {of} plaatsen stegen"]
    ...     words.all = ["All {of} places rose", "Alle {of} plaatsen stegen"]
    ...     [tables.places]
    ...     caption = "Registered cases by part of the country."
    ...     columns = { place = "Place", cases = ["Cases", "cases"] }
    ...     [tables.seen]
    ...     caption = "Figures and how they were seen."
    ...     columns = { indicator = "Figure", shown = "Value", seen = "Quality" }
    ...     [figures.places]
    ...     caption = "Most cases are registered in the west."
    ...     alt = "Two dots: {told}."
    ...     '''
    ... )
    >>> chapter = Chapter("example", period="2007", root=Path(folder.name))
    >>> chapter.file
    'notebooks/example.toml'
    """

    def __init__(
        self,
        name: str,
        survey: Evidenced | None = None,
        period: str | None = None,
        root: Path | None = None,
        words: str | None = None,
        **fields: Any,
    ) -> None:
        """Read the words; raise :class:`WordsError` with all that is wrong with them."""
        self.name, self.file, self.fields = name, words_file(words or name), fields
        self.words = _read(root or book_root(), self.file)
        shared = _read(book_root(), words_file(PICTURES))
        self.shared = shared.get("dutch", {})
        self.sections = {**SHARED, **shared.get("words", {}), **self.words.get("words", {})}
        self.common = dict(self.words.get("defaults", {}))
        self.survey = survey
        if survey is not None:
            self.common |= {"interval": "confidence"} | survey.provenance
        if period is not None:
            self.common["period"] = period

    def tell(self, id: str, result: Any, **given: Any) -> None:
        """Publish a number, or a word, under an id of the section ``numbers``.

        ``result`` is as for ``publish``, or a row or table of estimates, whose intervals are published with
        them. A word is a pair (English, Dutch), or the name of one of the ``words`` of the entry; ``True``
        and ``False`` mean ``yes`` and ``no``; pages leave out the sentence with one that the entry names in
        ``silent``, for there is nothing to tell. ``given`` fills the id and the words, or, under the names of
        :data:`COMMON` and as ``unit``, takes the place of what the file says; a mapping of codes onto pairs
        takes that of ``named``. ``follows`` is the row or table of estimates that it tells something of, and
        goes with; those that it rests on, given as ``resting``, are meant where there is none.

        >>> chapter.tell("cases.{place}", 120, place="east")
        {'text/plain': 'example.cases.east = 120', ...}
        """
        rows = given.pop("follows", None)
        entry, full, options, fields = self._entry("numbers", id, given)
        unit = fields.pop("unit", entry["unit"])
        labels = map(str, result.index) if isinstance(result, pd.DataFrame) else (None,)
        spoken = [self._spoken(id, entry, fields, label) for label in labels]
        if unit == WORD:
            options |= {"silent": _name(result) in entry.get("silent", ())}
            options.setdefault("resting", "everybody")
            result = self._word(id, entry, result, spoken[0])
        elif isinstance(result, pd.DataFrame | pd.Series) and "estimate" in (
            result.columns if result.ndim == 2 else result.index
        ):
            result = result.rename(columns=ESTIMATE) if result.ndim == 2 else result.rename(ESTIMATE)
            result = result.filter(["value", "low", "high", "se", "df", "n", "units", "period", "reason"])
        options |= {name: entry.get(name, False) for name in ("unanswered", "bounds")}
        options["follows"] = [
            f"{self.name}.{self._filled(id, each, fields, None)}" for each in entry.get("follows", ())
        ]
        said = [self._definition(id, entry, each) for each in spoken]
        definition = said if isinstance(result, pd.DataFrame) else said[0]
        options = self._allowed("numbers", options, fields)
        options["of"] = _frame(options.get("of") if rows is None else rows)
        publish(full, result, unit=unit, definition=definition, **options)

    def count(self, id: str, count: int, of: int, **given: Any) -> None:
        """Publish how many of some things something holds for, as a clause that a person would say.

        The entry is a word, whose ``words`` are ``none``, ``all``, ``some`` and, where they read otherwise,
        ``one``, of two ``neither`` and ``both``, and of a single thing ``not`` and ``only``. ``{count}`` and
        ``{of}`` stand in them for both numbers in words, ``{all}`` for all of them before what they are,
        which Dutch says as "alle vier de", and ``{Count}``, ``{Of}`` and ``{All}`` for the same at the head
        of a sentence. ``follows`` is the table of estimates that is counted over, as for ``tell``: who sees
        all of its rows but one has that one from the count.

        >>> chapter.count("risen", 3, of=4)
        {'text/plain': 'example.risen = Three of the four places rose', ...}
        """
        if of == 0:
            raise NotEstimableError("absent", f"{id}: there is nothing to count among.")
        words = self.words.get("numbers", {}).get(id, {}).get("words", {})
        kind = amount(count, of)
        numbers = {"count": counted(count), "of": counted(of), "all": every(of)}
        numbers |= {name.capitalize(): (capital(en), capital(nl)) for name, (en, nl) in numbers.items()}
        kind = "some" if kind == "one" and "one" not in words else kind
        few = {1: {"none": "not", "all": "only"}, 2: {"none": "neither", "all": "both"}}.get(of, {})
        kind = few[kind] if few.get(kind) in words else kind
        self.tell(id, kind, **numbers, **given)

    def clear(self, id: str, tests: pd.DataFrame, **given: Any) -> None:
        """Publish, as ``count`` does, of how many tests the result is clear: those that answers carry.

        ``tests`` has ``p_holm``, which is missing for a test that they do not carry. It follows from them.

        >>> import pandas as pd
        >>> chapter.clear("risen", pd.DataFrame({"p_holm": [0.001, 0.3, 0.02, None]}))
        {'text/plain': 'example.risen = Two of the three places rose', ...}
        """
        known = tests.dropna(subset="p_holm")
        if known.empty and len(tests):
            raise NotEstimableError("few", f"{id}: too few answers for any of {len(tests)} tests.")
        self.count(id, int(known["p_holm"].lt(0.05).sum()), of=len(known), **{"follows": known} | given)

    def quote(self, figures: pd.DataFrame, ids: Iterable[str]) -> None:
        """Publish published figures under their own ids, in the words of their rows.

        ``figures`` is the table of published figures with the index ``id``; a figure with a step of
        rounding gets the bounds that this leaves open.

        >>> from doorgroeien import load
        >>> chapter.quote(load("figures").set_index("id"), ["fraud.cases.2007"])
        {'text/plain': 'example.fraud.cases.2007 = 32,520', ...}
        """
        for id in ids:
            row = figures.loc[id]
            publish(
                f"{self.name}.{id}",
                bounds(figures.loc[[id]]).iloc[0] if row["rounding"] else row["value"],
                unit=row["unit"],
                definition=(row["indicator"], row["indicator_nl"]),
                population=(row["population"], row["population_nl"]),
                sources=row["source"],
                evidence="letter" if row["source"] == LETTER else "published figures",
                period=row["period"],
                decimals=int(row["value"] % 1 > 0),
            )

    def quote_table(self, id: str, figures: pd.DataFrame, **given: Any) -> None:
        """Publish published figures as a table under an id of the section ``tables``, with their sources.

        To the columns of the table of figures come ``shown``, the value as it is printed, and ``seen``, how
        it was seen.

        >>> from doorgroeien import load
        >>> chapter.quote_table("seen", load("figures").set_index("id").filter(like="reclaim", axis="index"))
        {'text/plain': 'example.seen: Figures and how they were seen...}
        """
        shown = [write_digits(value, int(value % 1 > 0), LANGUAGES[0]) for value in figures["value"]]
        table = figures.assign(shown=shown, seen=figures["quality"].str.replace("_", " ")).reset_index()
        self.table(id, table, sources=sorted(set(figures["source"])), **given)

    def table(
        self,
        id: str,
        frame: pd.DataFrame,
        columns: dict[str, Any] | None = None,
        follows: Sequence[pd.DataFrame] | None = None,
        **given: Any,
    ) -> None:
        """Publish a table under an id of the section ``tables``.

        ``columns`` stand where the file says ``...``. The file heads a column by its words, and its unit and
        decimals; one that is about no answer says so after these, as a group on which a result rests:
        ``["Ways that agree, %", "percent", 0, "ways"]``. ``follows`` has for each row the estimates that it
        tells something of without showing them, which it goes with.

        >>> import pandas as pd
        >>> frame = pd.DataFrame({"place": ["east", "west"], "cases": [120, 340]})
        >>> chapter.table("places", frame)
        {'text/plain': 'example.places: Registered cases by part of the country...}
        """
        entry, full, options, fields = self._entry("tables", id, given)
        shown: dict[str, Any] = {}
        for name, head in entry["columns"].items():
            shown |= (columns or {}) if name == ANY_COLUMN else {name: _head(head)}
        caption = self._texts(id, entry["caption"], fields)
        unanswered = [name for name, head in entry["columns"].items() if _on_nothing(head)]
        publish_table(
            full,
            frame,
            columns=shown,
            caption=caption,
            unanswered=unanswered,
            of=follows,
            **self._allowed("tables", options, fields),
        )

    def figure(
        self,
        id: str,
        figure: "Figure",
        data: pd.DataFrame,
        names: Iterable[str] = (),
        narrow: "Figure | None" = None,
        follows: pd.DataFrame | None = None,
        **given: Any,
    ) -> None:
        """Publish a figure under an id of the section ``figures``, drawn in English and in Dutch.

        The words in it have their Dutch in the section ``dutch`` of the file, among its ``words``, in the
        tables of the instrument, the letter and the documents, or among those that all pictures share; see
        :mod:`doorgroeien.results.dutch`. ``names`` in it are the same in every language. For phones it is
        laid out anew, unless ``narrow`` is a figure of the same data, drawn for them. ``follows`` has the
        estimates that it tells something of, or draws, beside its data, which it goes with.

        >>> import pandas as pd
        >>> from doorgroeien.results.pictures import new_figure
        >>> frame = pd.DataFrame({"place": ["east", "west"], "cases": [120, 340]})
        >>> figure, axes = new_figure()
        >>> _ = axes.plot(frame["cases"], frame["place"], "o")
        >>> chapter.figure("places", figure, frame, told="east 120, west 340")
        {'text/plain': 'example.places: Most cases are registered in the west.', ...}
        """
        entry, full, options, fields = self._entry("figures", id, given)
        words = self._picture_words() | {name: name for name in names}
        fields = {name: _both(_spelled(value), words) for name, value in fields.items()}
        if (rules := self.common.get("rules")) is not None:  # words tell no more than the data
            shown = data if isinstance(data, pd.DataFrame) else data.to_frame()
            resting = self._allowed("figures", {**options}, fields).get("resting")
            coarse = Coarse(shown, rules, follows, rests_on(shown, resting)["units"].fillna(np.inf).min())
            fields = {name: coarse.said(value) for name, value in fields.items()}
        self._all_dutch(id, entry, fields, words)
        caption, alt = (self._texts(id, entry[part], fields) for part in ("caption", "alt"))
        if options.get("language") is None:
            options["dutch"] = words
        try:
            publish_figure(
                full,
                figure,
                data=data,
                caption=caption,
                alt=alt,
                narrow=narrow,
                of=follows,
                **self._allowed("figures", options, fields),
            )
        except UntranslatedError as error:
            raise WordsError(f"{self.file}, {id}: {error}. Add it under [dutch].") from None

    def pairs(self, name: str) -> dict[str, tuple[str, str]]:
        """Return the pairs of words (English, Dutch) in the section ``words`` under a name.

        >>> chapter.pairs("places")
        {'east': ('the east', 'het oosten')}
        """
        if name not in self.sections:
            raise WordsError(f"{self.file} has no [words.{name}]. Add it, with its pairs of words.")
        return {word: (english, dutch) for word, (english, dutch) in self.sections[name].items()}

    def _all_dutch(
        self, id: str, entry: dict[str, Any], fields: dict[str, Any], words: dict[str, str]
    ) -> None:
        """Raise :class:`WordsError` where a Dutch text would be filled with English words."""
        dutch = [entry[part][1] for part in ("caption", "alt") if not isinstance(entry[part], str)]
        taken = {match[1] for text in dutch for match in FIELD.finditer(text)}
        for name in sorted(taken & set(fields)):
            if isinstance(fields[name], str) and LETTERS.search(fields[name]):
                parts = fields[name].split("; ")
                missing = [part for part in parts if translated(part, words) is None]
                problem = f"no Dutch for {{{name}}}: " + "; ".join(map(repr, missing or parts))
                raise WordsError(f"{self.file}, {id}: {problem}. Add it under [dutch], or give a pair.")

    def _picture_words(self) -> dict[str, str]:
        """Return the Dutch of all words that a picture may hold; the chapter's own come before others."""
        sections = self.sections.values()
        pairs = {english: dutch for section in sections for english, dutch in section.values()}
        return {**named_in_tables(), **VERDICTS, **self.shared, **pairs, **self.words.get("dutch", {})}

    def _entry(
        self, section: str, id: str, given: dict[str, Any]
    ) -> tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]:
        entry = self.words.get(section, {}).get(id)
        if entry is None:
            raise WordsError(f'{self.file} has no [{section}."{id}"]. Add it, with its words.')
        options = self.common | {name: entry[name] for name in COMMON if name in entry}
        options |= {name: given[name] for name in COMMON if name in given}
        fields = self.fields | {name: value for name, value in given.items() if name not in COMMON}
        population = options.get("population")
        if isinstance(population, str):
            if population not in self.words.get("populations", {}):
                raise WordsError(f"{self.file}, {id}: [populations] does not hold {population!r}.")
            population = self.words["populations"][population]
            options["population"] = self._texts(id, population, fields)
        said = [
            id,
            population,
            *(entry.get(part) for part in (*LANGUAGES, "caption", "alt", "words", "follows")),
        ]
        known = COUNTS | SECTIONS[section][1] | {"unit"} | {match[1] for match in FIELD.finditer(str(said))}
        if unknown := sorted(set(given) - known):
            raise WordsError(
                f"{self.file}, {id}: nothing takes {', '.join(unknown)}, which the notebook gives."
            )
        return entry, f"{self.name}.{self._filled(id, id, fields, None)}", options, fields

    def _allowed(self, section: str, options: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        found = {
            name: value
            for name, value in options.items()
            if name in SECTIONS[section][1] | {"edition", "rules", "dutch"}
        }
        if "resting" in found:
            if section == "numbers" and isinstance(found["resting"], pd.DataFrame | pd.Series):
                found["of"] = found["resting"]
            found["resting"] = self._resting(found["resting"], fields)
        return found

    def _resting(self, said: Any, fields: dict[str, Any]) -> Resting | None:
        """Return on what a result rests, as the notebook or the file says it."""
        if self.survey is None:
            return None
        if not isinstance(said, str):
            return least(said)
        return ON.get(said) or self.survey.resting(self._filled("resting", said, fields, None))

    def _spoken(
        self, id: str, entry: dict[str, Any], fields: dict[str, Any], row: str | None
    ) -> dict[str, Any]:
        """Return the fields, with words in place of the codes that the entry or the notebook names."""
        given = {name: words for name, words in fields.items() if isinstance(words, Mapping)}
        codes = fields | {ROW: row}
        for name, words in (entry.get("named", {}) | given).items():
            pairs = self.pairs(words) if isinstance(words, str) else words
            if codes.get(name) not in pairs:
                problem = f"named.{name} has no words for {codes.get(name)!r}, but for {', '.join(pairs)}"
                raise WordsError(f'{self.file}, [numbers."{id}"]: {problem}.')
            fields = fields | {name: tuple(pairs[codes[name]])}
        return fields

    def _definition(self, id: str, entry: dict[str, Any], fields: dict[str, Any]) -> Pair:
        """Return what a number is; raise :class:`WordsError` where its Dutch would hold an English word."""
        for name in sorted({match[1] for match in FIELD.finditer(entry["nl"])} & set(fields)):
            if isinstance(fields[name], str) and LETTERS.search(fields[name]):
                problem = f"no Dutch for {{{name}}}, which is {fields[name]!r}"
                remedy = f"Add named.{name}, or give a pair."
                raise WordsError(f'{self.file}, [numbers."{id}"]: {problem}. {remedy}')
        return self._pair(id, [entry[language] for language in LANGUAGES], fields)

    def _word(self, id: str, entry: dict[str, Any], result: Any, fields: dict[str, Any]) -> Pair:
        if isinstance(result, tuple):
            return result
        name = _name(result)
        words = entry.get("words", {})
        words = self.sections.get(words, {}) if isinstance(words, str) else words
        if name not in words:
            known = ", ".join(words) or "none"
            raise WordsError(f'{self.file}, [numbers."{id}"]: no word {name!r} among its words ({known}).')
        return self._pair(id, words[name], fields)

    def _texts(self, id: str, texts: str | list[str], fields: dict[str, Any]) -> str | Pair:
        if isinstance(texts, str):
            return self._filled(id, texts, fields, LANGUAGES[0])
        return self._pair(id, texts, fields)

    def _pair(self, id: str, texts: list[str], fields: dict[str, Any]) -> Pair:
        english, dutch = (
            self._filled(id, text, fields, language) for text, language in zip(texts, LANGUAGES, strict=True)
        )
        return english, dutch

    def _filled(self, id: str, text: str, fields: dict[str, Any], language: Language | None) -> str:
        def fill(match: re.Match[str]) -> str:
            if match[1] not in fields:
                problem = f"stands in the words, and the notebook gives no {match[1]}"
                raise WordsError(f"{self.file}, {id}: {match[0]} {problem}.")
            value = fields[match[1]]
            if isinstance(value, tuple):
                if language is None:
                    raise WordsError(
                        f"{self.file}, {id}: {match[0]} is a pair of words, which no id can hold."
                    )
                value = value[LANGUAGES.index(language)]
            return format(value, match[2] or "")

        return FIELD.sub(fill, text)


def _name(result: Any) -> Any:
    """Return which of the words of an entry a result asks for; a pair of words is itself."""
    return {True: "yes", False: "no"}[bool(result)] if isinstance(result, bool | np.bool_) else result


def _frame(rows: pd.DataFrame | pd.Series | None) -> pd.DataFrame | None:
    """Return a row of estimates as a table of one."""
    return rows.to_frame().T if isinstance(rows, pd.Series) else rows


def _both(value: Any, words: dict[str, str]) -> Any:
    """Return what a picture shows in words as a pair, where its Dutch is known."""
    dutch = translated(value, words) if isinstance(value, str) else None
    return value if dutch is None else (value, dutch)


def _spelled(value: Any) -> Any:
    """Return what a picture shows with its classes of inhabitants in words."""
    return sizes_in_words(value) if isinstance(value, str) else value


def words_file(name: str) -> str:
    """Return the path of the words of a chapter, relative to the book."""
    return f"notebooks/{name}.toml"


def words_read() -> frozenset[str]:
    """Return the files of words that were read since this process began."""
    return frozenset(_READ)


def unpublished(root: Path, name: str, ids: set[str]) -> list[str]:
    """Return what is wrong with the words of a chapter that published ``ids``: entries without one.

    An id may be that of its entry and one more part, for each row of a table of numbers.
    """
    if not (root / words_file(name)).is_file():
        return []
    words, found = _read(root, words_file(name)), []
    for section in SECTIONS:
        for id in words.get(section, {}):
            parts = FIELD.split(id)[::3]
            pattern = re.compile(re.escape(name) + r"\." + r".+".join(map(re.escape, parts)) + r"(\..+)?")
            if not any(pattern.fullmatch(known) for known in ids):
                entry = f'{words_file(name)}: [{section}."{id}"]'
                found.append(f"{entry} is never published. Remove it, or publish it.")
    return found


def title_of(root: Path, id: str, section: str, **fields: str) -> dict[Language, str]:
    """Return by language what a table or figure is, of whatever answers: the first sentence of its caption.

    ``section`` is ``tables`` or ``figures``; ``fields`` are known whatever the answers are. Of a long
    sentence, or one that has other words of the notebook, the clauses before count; there is no title where
    none is left, or no words are known for ``id``.

    >>> from doorgroeien.results.chapter import title_of
    >>> title_of(book_root(), "policy-cycle.size", "figures")["en"]
    'Where does the cycle stand?'
    """
    chapter, _, rest = id.partition(".")
    files = [words_file(chapter), *map(words_file, SEVERAL)]
    for words in (_read(root, file) for file in files if (root / file).is_file()):
        for known, entry in words.get(section, {}).items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^.]+)", re.escape(known))
            if match := re.fullmatch(pattern, rest):
                said = entry["caption"]
                texts = [said] if isinstance(said, str) else said
                titles = zip(
                    LANGUAGES, (_title(text, fields | match.groupdict()) for text in texts), strict=False
                )
                return {language: title for language, title in titles if title}
    return {}


def _title(caption: str, fields: Mapping[str, str]) -> str:
    """Return the first sentence of a caption, or its first clauses; only ``fields`` are filled in."""
    sentence = re.split(r"(?<=[.?!])\s", FIELD.sub(lambda match: fields.get(match[1], "{}"), caption))[0]
    clause, *others = re.split(r"[:;]\s", sentence)
    if others and len(clause.split()) > 2:  # "Finding 3: ..." is no title by itself
        sentence = clause
    if "{}" in sentence:
        sentence = sentence.partition("{}")[0].rpartition(",")[0]
    return sentence if not sentence or sentence[-1] in ".?!" else f"{sentence}."


def folded(root: Path, name: str) -> dict[str, list[str]]:
    """Return the headings of the sections that the page of a chapter folds, by why it does (``READING``)."""
    if not (root / words_file(name)).is_file():
        return {}
    reading: dict[str, list[str]] = _read(root, words_file(name)).get("reading", {})
    return reading


def _head(head: str | list[Any]) -> Head:
    """Return heading, unit and decimals; TOML says nothing by an empty word."""
    if isinstance(head, str):
        return head
    label, unit, decimals = (*head, None, None)[:3]
    return label, unit or None, None if decimals == "" else decimals


def _on_nothing(head: str | list[Any]) -> bool:
    """Tell whether the heading of a column says that it is about no answer."""
    return isinstance(head, list) and len(head) == 4 and ON.get(head[3]) is NOTHING


def _read(root: Path, file: str) -> dict[str, Any]:
    try:
        words = tomllib.loads((root / file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WordsError(f"{file} does not exist. It holds the words of the chapter.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WordsError(f"{file}: {error}") from None
    everywhere = words if file == words_file(PICTURES) else _read(book_root(), words_file(PICTURES))
    shared = {*SHARED, *everywhere.get("words", {})}
    problems = [f"{file}, {problem}" for problem in _problems(words, shared)]
    if problems:
        raise WordsError("\n".join(problems))
    _READ.add(file)
    return words


def _problems(words: dict[str, Any], shared: Iterable[str]) -> Iterator[str]:
    """Give what is wrong with the words of a chapter, each with its key."""
    population = words.get("defaults", {}).get("population")
    if population is not None and population not in words.get("populations", {}):
        yield f"[defaults]: population is {population!r}, which [populations] does not hold"
    others = ("defaults", "populations", "words", "dutch", "reading")
    for section in sorted(set(words) - {*SECTIONS, *others}):
        yield f"[{section}]: no such section; expected {', '.join((*SECTIONS, *others))}"
    for english, dutch in words.get("dutch", {}).items():
        if not (isinstance(dutch, str) and dutch.strip()):
            yield f"[dutch] {english}: expected its Dutch, and found {dutch!r}"
    yield from _reading_problems(words.get("reading", {}))
    for name, pair in words.get("populations", {}).items():
        yield from _pair_problems(f"[populations] {name}", pair)
    for name, entry in words.get("words", {}).items():
        for word, pair in entry.items():
            yield from _pair_problems(f"[words.{name}] {word}", pair)
    for section, (needed, allowed) in SECTIONS.items():
        for id, entry in words.get(section, {}).items():
            place = f'[{section}."{id}"]'
            yield from (f"{place}: {name} is missing" for name in sorted(needed - set(entry)))
            yield from (f"{place}: {name} is not known" for name in sorted(set(entry) - needed - allowed))
            for language in LANGUAGES:
                if section == "numbers" and not str(entry.get(language, "-")).strip():
                    yield f"{place}: {language} is empty"
            for part in ("caption", "alt"):
                if isinstance(entry.get(part), list):
                    yield from _pair_problems(f"{place} {part}", entry[part])
            spoken = {name: entry[name] for name in ("words",) if name in entry}
            spoken |= {f"named.{field}": named for field, named in entry.get("named", {}).items()}
            for name, named in spoken.items():
                if isinstance(named, dict):
                    for word, pair in named.items():
                        yield from _pair_problems(f"{place} {name}.{word}", pair)
                elif named not in {*shared, *words.get("words", {})}:
                    yield f"{place}: {name} is {named!r}, which [words] does not hold"
            for name in entry.get("silent", ()):
                if not (isinstance(entry.get("words"), dict) and name in entry["words"]):
                    yield f"{place}: silent is {name!r}, which is none of its words"
            for name in entry.get("follows", ()):
                if not any(re.fullmatch(known, name) for known in _ids(words)):
                    yield f"{place}: follows {name!r}, which the file does not hold"
            for name, head in entry.get("columns", {}).items():
                if isinstance(head, list) and len(head) > 3 and not _on_nothing(head):
                    yield f"{place} columns.{name}: {head[3]!r} is no group of which nothing is told"
            population = entry.get("population")
            if isinstance(population, str) and population not in words.get("populations", {}):
                yield f"{place}: population is {population!r}, which [populations] does not hold"


def _ids(words: dict[str, Any]) -> Iterator[str]:
    """Give patterns of the ids that a file has words for; those of a table of numbers end in its rows."""
    for section in SECTIONS:
        for id in words.get(section, {}):
            yield re.sub(r"\\{\w+\\}", "[^.]+", re.escape(id)) + r"(\.[^.]+)?"


def _reading_problems(reading: dict[str, Any]) -> Iterator[str]:
    for name, headings in reading.items():
        if name not in READING:
            yield f"[reading]: {name} is not known; expected {' or '.join(READING)}"
        elif not (isinstance(headings, list) and all(isinstance(heading, str) for heading in headings)):
            yield f"[reading] {name}: expected a list of headings, and found {headings!r}"


def _pair_problems(place: str, pair: object) -> Iterator[str]:
    whole = (
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(text, str) and text.strip() for text in pair)
    )
    if not whole:
        yield f"{place}: expected a pair of texts, English and Dutch, and found {pair!r}"
