"""What real evidence exists on each part of a dimension: municipal documents and published figures."""

from typing import Any

import pandas as pd

from doorgroeien.data.tables import load
from doorgroeien.results.chapter import Chapter
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.wording import capital, counted, joined

__all__ = ["ASIDE", "WORDS", "real_evidence", "subjects"]

WORDS = "real-evidence"  # the file with the words, the same for every chapter
OWN = ["Doorgroeien2026figures"]  # where nothing was found, the search was ours
ASIDE = {"sample", "ceiling"}  # how many were drawn, or may be sworn in: they say nothing about a part


def real_evidence(chapter: str, dimension: str) -> None:
    """Publish in words what real evidence exists on a dimension, ``1`` to ``4``, and on each of its parts.

    For the dimension and for each part that the letter or the report names these are published:
    ``<chapter>.documents.<code>``, what the coded municipal documents show, as lower bounds, and
    ``<chapter>.figures.<code>``, how many published figures measure it, and how many only touch on it. Both
    say so where there is nothing. Sizes of samples and ceilings of sworn investigators touch on nothing: they
    stand in the table alone.
    The table ``<chapter>.published-figures`` has the :func:`subjects` of these figures. What bears on which
    part stands in the tables ``topics`` and ``figures``.

    >>> from doorgroeien.results.real_evidence import real_evidence
    >>> real_evidence("policy-cycle", "1")
    {'text/plain': 'policy-cycle.documents.1 = None: ...}
    """
    writer = Chapter(chapter, words=WORDS)
    codes, topics, figures = (load(name) for name in ("dimensions", "topics", "figures"))
    named = codes["place"].str.startswith(("letter", "report"))
    codes = codes[named & codes["code"].str.startswith(dimension)].set_index("code")
    for code, row in codes.iterrows():
        part = {"part": code, "what": (row["phrase_en"], row["phrase_nl"])}
        _tell_documents(writer, topics[topics["dimension"] == code], part)
        _tell_figures(writer, figures[figures["dimension"] == code], part)
    table = subjects(figures[figures["dimension"].isin(codes.index)])
    table["part"] = table["dimension"].map(codes["short_en"])
    table["group"] = table["group"].where(table["group"] != "total")
    what = codes.at[dimension, "phrase_en"]
    writer.quote_table("published-figures", table, what=what)


def subjects(figures: pd.DataFrame) -> pd.DataFrame:
    """Return published figures as one row per part, indicator, population and place: the latest of each.

    Where there is a total, it stands for its categories too. To the columns of ``figures`` come ``number``,
    how many figures a row stands for, and ``years``, from when these are.
    """
    keys = ["dimension", "indicator", "population"]
    total = (figures["category"] == "total").groupby([figures[key] for key in keys]).transform("any")
    figures = figures.assign(group=figures["category"].mask(total, "total"))
    groups = figures.groupby([*keys, "group"], sort=False)
    spans = groups.agg(number=("id", "size"), years=("period", _years)).reset_index()
    latest = figures[figures["category"] == figures["group"]].sort_values("period", kind="stable")
    latest = latest.drop_duplicates([*keys, "group"], keep="last")
    return spans.merge(latest, on=[*keys, "group"]).sort_values("dimension", kind="stable", ignore_index=True)


def _tell_documents(writer: Chapter, topics: pd.DataFrame, part: dict[str, Any]) -> None:
    documents = load("documents")
    shown = {topic: int(documents[topic].eq(1).sum()) for topic in topics["topic"]}
    judged = {topic: int(documents[topic].notna().sum()) for topic in topics["topic"]}
    named = topics[topics["topic"].map(shown) > 0]
    said = [
        "; ".join(
            each.format(
                what=row[f"phrase_{language}"],
                count=shown[row["topic"]],
                open=len(documents) - judged[row["topic"]],
                of=len(documents),
            )
            for _, row in named.iterrows()
        )
        for each, language in zip(writer.pairs("shown")["each"], LANGUAGES, strict=True)
    ]
    most = max(judged.values(), default=0)
    kind = "seen" if len(named) else "unseen" if most else "unjudged" if len(topics) else "none"
    dates = documents["year"].dropna().astype(int)
    numbers = {"judged": most, "of": len(documents), "period": f"{dates.min()}/{dates.max()}"}
    writer.tell("documents.{part}", kind, said=tuple(map(capital, said)), **numbers, **part)


def _tell_figures(writer: Chapter, figures: pd.DataFrame, part: dict[str, Any]) -> None:
    found = len(figures)
    figures = figures[~figures["bearing"].isin(ASIDE)]
    measures = figures[figures["bearing"] == "measure"]
    beside = figures[figures["bearing"] != "measure"].groupby("bearing").size()
    beside = beside.sort_values(ascending=False, kind="stable")
    number, of, touch = len(measures), measures["indicator"].nunique(), int(beside.sum())
    kind = "none" if not number else "one" if number == 1 else "each" if number == of else "some"
    kind = "same" if number > of == 1 else kind
    if not number and found:
        kind = "beside" if touch else "aside"
    numbers = {"count": tuple(map(capital, counted(number))), "subjects": counted(of), "years": ("", "")}
    if len(figures):
        first, last = _span((measures if number else figures)["period"])
        span = writer.pairs("years")["one" if first == last else "more"]
        numbers["years"] = tuple(words.format(first=first, last=last) for words in span)
    numbers["more"] = ("", "")
    if touch:
        names = [writer.pairs("one" if count == 1 else "several")[name] for name, count in beside.items()]
        said = joined(names, none=("", ""))
        form = writer.pairs("touch" if number == 0 else "touch too")["one" if touch == 1 else "more"]
        numbers["more"] = tuple(
            text.format(count=count, what=what)
            for text, count, what in zip(form, counted(touch), said, strict=True)
        )
    sources = sorted(set(figures["source"])) or OWN
    writer.tell("figures.{part}", kind, sources=sources, **numbers, **part)


def _years(periods: pd.Series) -> str:
    return "–".join(dict.fromkeys(_span(periods)))


def _span(periods: pd.Series) -> tuple[str, str]:
    """Return the first and the last year of periods such as ``2007``, ``2007-06`` and ``2003/2005``."""
    years = periods.str.findall(r"\d{4}").explode()
    return str(years.min()), str(years.max())
