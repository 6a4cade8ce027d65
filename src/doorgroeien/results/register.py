"""The results register: what a notebook publishes, and how the book reads it back.

``publish`` and its two companions put a record into the output of a notebook cell, readable as text
and, beside it, as JSON under :data:`MIME`. The executed notebook is the only store.
"""

import base64
import csv
import io
import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from IPython.display import display

from doorgroeien.data.tables import citation_keys
from doorgroeien.results.formats import LANGUAGES, UNITS, write, write_in

__all__ = [
    "EVIDENCE",
    "LEAST",
    "MIME",
    "Register",
    "data_csv",
    "enough",
    "publish",
    "publish_figure",
    "publish_table",
    "records",
]

MIME = "application/vnd.doorgroeien.results+json"
DOTS_PER_INCH = 160  # of a PNG
ID = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
LEAST = 5  # respondents or municipalities that a published result on survey answers rests on
LEFT_OUT = {
    "en": " Rows that rest on fewer than five are left out.",
    "nl": " Rijen die op minder dan vijf berusten, zijn weggelaten.",
}
EVIDENCE = {
    "letter": {"en": "the letter", "nl": "de brief"},
    "published figures": {"en": "published figures", "nl": "gepubliceerde cijfers"},
    "municipal documents": {"en": "municipal documents", "nl": "gemeentelijke documenten"},
    "survey answers": {"en": "survey answers", "nl": "enquêteantwoorden"},
}
INTERVALS = {
    "rounding": {"en": "given the rounding of the source", "nl": "gegeven de afronding van de bron"},
    "open": {
        "en": "given rounding and what the sources leave open",
        "nl": "gegeven de afronding en wat de bronnen openlaten",
    },
    "confidence": {"en": "95% confidence interval", "nl": "95%-betrouwbaarheidsinterval"},
}


def enough(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that may be published of a table on survey answers.

    Left out is what rests on fewer than :data:`LEAST` respondents or municipalities, by the column ``n``.

    >>> import pandas as pd
    >>> from doorgroeien import enough
    >>> enough(pd.DataFrame({"mean": [51.0, 72.5], "n": [4, 5]}))
       mean  n
    1  72.5  5
    """
    return frame[~_few(frame)] if "n" in frame else frame


def _few(frame):
    return pd.to_numeric(frame["n"]).fillna(LEAST).to_numpy(dtype=float) < LEAST


def publish(
    id,
    result,
    *,
    unit,
    definition,
    population,
    sources,
    evidence="published figures",
    period=None,
    interval="rounding",
    decimals=None,
    edition=None,
):
    """Publish one number, or one for each row of a table.

    ``result`` is a number; a Series with ``value`` and, as far as known, ``low``, ``high``, ``se``,
    ``n`` and ``period``; or a DataFrame of such rows, whose index completes the id
    (``"chapter.cases"`` with index ``2007`` becomes ``chapter.cases.2007``). With the unit ``word``
    it is a pair of words (English, Dutch) that the numbers choose, such as ``("fell", "daalde")``.
    ``definition`` and ``population`` are pairs (English, Dutch); ``sources`` a citation key or a list;
    ``period`` a year or period, taken from the row where it has one; ``interval`` says what
    ``low`` and ``high`` are (``rounding`` of the source; ``open``, rounding and what the sources leave
    open; ``confidence``); ``edition`` names the survey answers, a pair:
    ``**survey.provenance`` gives evidence, sources and edition. On survey answers a number whose ``n`` is
    below :data:`LEAST` is withheld: words take its place.
    Raises ``ValueError`` naming everything that is wrong, and then publishes nothing.

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
    common = {
        "unit": unit,
        "decimals": decimals,
        "definition": _pair(definition),
        "population": _pair(population),
        **_provenance(evidence, sources, edition),
    }
    if isinstance(result, pd.DataFrame):
        rows = {f"{id}.{suffix}": row for suffix, row in result.iterrows()}
    else:
        rows = {id: result}
    records = []
    for full_id, row in rows.items():
        row = _word(row) if unit == "word" else _row(row)
        own_period = row.pop("period", None)
        record = {"kind": "number", "id": full_id, **row, **common}
        if edition is not None and row["n"] is not None and row["n"] < LEAST:
            record |= dict.fromkeys(("value", "low", "high", "se", "n")) | {"withheld": True}
        record["period"] = _text(period if own_period is None else own_period)
        record["interval"] = interval if record["low"] is not None else None
        records.append(record)
    _raise_if_wrong(records)
    text = "\n".join(f"{record['id']} = {write(record)}" for record in records)
    display({"text/plain": text, MIME: {"records": records}}, raw=True)


def publish_figure(
    id,
    figure,
    *,
    data,
    caption,
    alt,
    population,
    sources,
    evidence="published figures",
    edition=None,
    language="en",
    png=False,
):
    """Publish a matplotlib figure with its caption, its alternative text and the data it shows.

    ``data`` is the DataFrame that was plotted (it becomes the CSV and the table beside the figure);
    ``caption`` and ``alt`` are English text or pairs (English, Dutch): the caption says what to see,
    the alternative text what the picture shows to someone who cannot see it.
    ``language`` is that of the words in the picture: one in Dutch is shown in Dutch on every page, and needs
    pairs. The figure is drawn as SVG, with ``png`` also as PNG to put into a note, and closed. On survey
    answers it must be drawn of rows that are :func:`enough`, for a picture cannot be checked afterwards.

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

    if edition is not None and "n" in data and _few(data).any():
        raise ValueError(f"{id}: rows rest on fewer than {LEAST}; draw and publish enough(data)")
    record = {
        "kind": "figure",
        "id": id,
        "caption": _pair(caption, partial=True),
        "alt": _pair(alt, partial=True),
        "data": _data(data),
        "population": _pair(population),
        **_provenance(evidence, sources, edition),
        **_own_language(language),
        **({"png": True} if png else {}),
    }
    _raise_if_wrong([record])
    drawing = io.StringIO()
    # No date and no creator: the same figure is the same file.
    figure.savefig(drawing, format="svg", metadata={"Date": None, "Creator": None})
    bundle = {"text/plain": f"{id}: {record['caption']['en']}", "image/svg+xml": drawing.getvalue()}
    if png:
        raster = io.BytesIO()
        figure.savefig(raster, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
        bundle["image/png"] = base64.b64encode(raster.getvalue()).decode("ascii")
    plt.close(figure)
    display(bundle | {MIME: {"records": [record]}}, raw=True)


def publish_table(
    id,
    frame,
    *,
    columns,
    caption,
    population,
    sources,
    evidence="published figures",
    links=None,
    search=False,
    edition=None,
    language="en",
):
    """Publish a table: what is shown is formatted, what can be downloaded is the whole ``frame``.

    ``columns`` maps the names of the columns to show onto a heading, or onto a pair of heading and
    unit, or a triple with the decimals; ``links`` maps a column to the column that holds its address;
    ``search`` puts a search box above the table; ``language`` is that of its words, as for a figure.
    The first column heads its row. On survey answers only rows that are :func:`enough` are published, and the
    caption says when some are left out.

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
    caption = _pair(caption, partial=True)
    if edition is not None:
        whole, frame = frame, enough(frame)
        if len(frame) < len(whole):
            caption = {language: text + LEFT_OUT[language] for language, text in caption.items()}
    shown = []
    for name, spec in columns.items():
        label, unit, decimals = (*((spec,) if isinstance(spec, str) else spec), None, None)[:3]
        link = (links or {}).get(name)
        shown.append({"name": name, "label": label, "unit": unit, "decimals": decimals, "link": link})
    record = {
        "kind": "table",
        "id": id,
        "caption": caption,
        "columns": shown,
        "search": search,
        "data": _data(frame),
        "population": _pair(population),
        **_provenance(evidence, sources, edition),
        **_own_language(language),
    }
    _raise_if_wrong([record])
    cells = pd.DataFrame(table_cells(record, language), columns=[column["label"] for column in shown])
    bundle = {
        "text/plain": f"{id}: {record['caption']['en']}\n{cells.to_string(index=False)}",
        "text/html": cells.to_html(index=False, border=0),
        MIME: {"records": [record]},
    }
    display(bundle, raw=True)


def table_cells(record: dict, language: str = "en") -> list[list[str]]:
    """Return the shown cells of a published table as text, row by row; a missing cell is a dash."""
    place = {name: position for position, name in enumerate(record["data"]["columns"])}
    return [
        [_cell(row[place[column["name"]]], column, language) for column in record["columns"]]
        for row in record["data"]["rows"]
    ]


def data_csv(record: dict) -> str:
    """Return the data of a published figure or table as CSV text; survey answers add their edition."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    edition = record["edition"] and record["edition"][record.get("language", "en")]
    writer.writerow(record["data"]["columns"] + (["edition"] if edition else []))
    for row in record["data"]["rows"]:
        cells = ["" if cell is None else cell for cell in row]
        writer.writerow(cells + ([edition] if edition else []))
    return text.getvalue()


def records(outputs: list) -> list[dict]:
    """Return the records in the outputs of a cell, as nbformat has them."""
    return [
        record for output in outputs for record in output.get("data", {}).get(MIME, {}).get("records", [])
    ]


@dataclass
class Register:
    """All records of the book, in the order of its pages, each with its page and cell."""

    records: dict[str, dict] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def read(self, page: str, notebook: dict):
        """Add the records in the outputs of an executed notebook (its JSON), ``page`` being its name."""
        prefix = page.rsplit("/", 1)[-1] + "."
        code_cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for number, cell in enumerate(code_cells, start=1):
            for record in records(cell["outputs"]):
                where = {"page": page, "cell": number}
                name, first = record["id"], self.records.get(record["id"])
                if not name.startswith(prefix):
                    problem = f"cell {number}: id {name!r} must begin with {prefix!r}"
                    self.problems.append((page, problem))
                if first:
                    place = f"{first['page']}, cell {first['cell']}"
                    problem = f"cell {number}: id {name!r} is published twice, first in {place}"
                    self.problems.append((page, problem))
                self.records.setdefault(record["id"], record | where)

    def of_kind(self, kind: str) -> list[dict]:
        """Return the records of one kind: ``number``, ``figure`` or ``table``."""
        return [record for record in self.records.values() if record["kind"] == kind]


def _pair(text, partial=False):
    """Return English and Dutch text as a dictionary; ``partial`` allows English alone."""
    if isinstance(text, str):
        if not partial:
            raise ValueError(f"{text!r}: expected a pair of texts, English and Dutch")
        return {"en": text}
    return dict(zip(LANGUAGES, text, strict=True))


def _provenance(evidence, sources, edition):
    sources = [sources] if isinstance(sources, str) else list(sources)
    edition = None if edition is None else _pair(edition)
    return {"evidence": evidence, "sources": sources, "edition": edition}


def _own_language(language):
    """Return what a record says of its language: nothing where that is the language of the book."""
    return {} if language == LANGUAGES[0] else {"language": language}


def _plain(value):
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


def _row(result):
    result = dict(result) if isinstance(result, (dict, pd.Series)) else {"value": result}
    unknown = set(result) - {"value", "low", "high", "se", "n", "period"}
    if unknown:
        raise ValueError(f"a result has no {', '.join(sorted(map(str, unknown)))}")
    row = {name: _plain(result.get(name)) for name in ("value", "low", "high", "se", "n")}
    return row | {"period": result.get("period")}


def _word(result):
    return {"value": _pair(result), "low": None, "high": None, "se": None, "n": None}


def _text(period):
    return None if period is None or pd.isna(period) else str(period)


def _data(frame):
    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    return {
        "columns": [str(name) for name in frame.columns],
        "rows": [[_plain(cell) for cell in row] for row in frame.astype(object).to_numpy().tolist()],
    }


def _cell(value, column, language):
    if value is None:
        return "–"
    if column["unit"] is None or isinstance(value, str):
        return str(value)
    return write_in(value, column["unit"], language, column["decimals"])


def _raise_if_wrong(records):
    """Raise one ``ValueError`` that lists everything wrong with the records."""
    known = citation_keys()
    wrong = []
    for record in records:
        wrong += [f"{record['id']}: {problem}" for problem in _wrong(record, known)]
    if wrong:
        raise ValueError("not published:\n" + "\n".join(f"  {line}" for line in wrong))


def _wrong(record, citation_keys):
    if not ID.fullmatch(record["id"]):
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
    if record["kind"] == "number":
        if record["unit"] not in UNITS:
            yield f"unit {record['unit']!r} is not one of {', '.join(UNITS)}"
        elif record["unit"] != "word" and record["value"] is None and not record.get("withheld"):
            yield "the value is missing or not finite"
        if record["interval"] is not None and record["interval"] not in INTERVALS:
            yield f"interval {record['interval']!r} is not one of {', '.join(INTERVALS)}"
        if record["low"] is not None and not (
            record["low"] <= record["value"] and (record["high"] is None or record["value"] <= record["high"])
        ):
            yield f"the value {record['value']} lies outside {record['low']} .. {record['high']}"
    else:
        if not record["data"]["rows"]:
            yield "the data are empty"
        if record.get("language", "en") not in LANGUAGES:
            yield f"language {record['language']!r} is not one of {', '.join(LANGUAGES)}"
        for name in ("caption", "alt") if record["kind"] == "figure" else ("caption",):
            if record.get("language", "en") not in record[name]:
                yield f"expected the {name} as a pair, English and Dutch"
            for language, text in record[name].items():
                if len(text.split()) < 4:
                    yield f"{name} ({language}) {text!r} says too little"
        if record["kind"] == "figure" and record["alt"] == record["caption"]:
            yield "the alternative text repeats the caption; say what the picture shows"
        for column in record.get("columns", []):
            if column["unit"] is not None and column["unit"] not in UNITS:
                yield f"unit {column['unit']!r} of column {column['name']!r} is not one of {', '.join(UNITS)}"
            for name in filter(None, (column["name"], column["link"])):
                if name not in record["data"]["columns"]:
                    yield f"column {name!r} is not in the data"
