"""What a record is: the types of what a notebook publishes, and the JSON Schema made of them.

A record is a typed dictionary and no dataclass: it is the JSON that a notebook stores, so nothing is
converted and no byte can change, and mypy checks each key, those of one kind too once ``kind`` is known.
"""

from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import Field, TypeAdapter, with_config
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import TypedDict  # pydantic cannot read that of typing before Python 3.12

from doorgroeien.estimation.estimates import FEW_DEGREES

__all__ = [
    "Bilingual",
    "Cell",
    "Column",
    "Data",
    "Evidence",
    "Figure",
    "Interval",
    "Language",
    "Number",
    "Place",
    "Placed",
    "PlacedFigure",
    "PlacedNumber",
    "PlacedTable",
    "Record",
    "Rests",
    "Results",
    "Table",
    "Wording",
    "json_schema",
    "with_values",
]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = r"[a-z0-9-]+(\.[a-z0-9-]+)+"

Language: TypeAlias = Literal["en", "nl"]
Evidence: TypeAlias = Literal["letter", "published figures", "municipal documents", "survey answers"]
Interval: TypeAlias = Literal["rounding", "open", "confidence", "selection", "choices"]
Cell: TypeAlias = str | float | bool | None
ForResearchers: TypeAlias = Annotated[
    Literal[True], Field(description="Only where pages fold it away, for it serves researchers")
]


class Bilingual(TypedDict):
    """A text in both languages of the book."""

    en: Annotated[str, Field(description="English")]
    nl: Annotated[str, Field(description="Dutch")]


class Wording(TypedDict):
    """A text in English, and in Dutch where a Dutch page shows it."""

    en: Annotated[str, Field(description="English")]
    nl: NotRequired[Annotated[str, Field(description="Dutch")]]


class Data(TypedDict):
    """A table of data, row by row."""

    columns: Annotated[list[str], Field(description="Names of the columns")]
    rows: Annotated[
        list[list[Cell]],
        Field(description="Rows, with a cell for each column; null where a value is missing", min_length=1),
    ]


def with_values(data: Data) -> list[str]:
    """Return the names of the columns of which some row has a value.

    >>> from doorgroeien.results.records import with_values
    >>> with_values({"columns": ["role", "share"], "rows": [["staff", None], ["council", None]]})
    ['role']
    """
    cells = zip(*data["rows"], strict=True) if data["rows"] else [()] * len(data["columns"])
    return [name for name, found in zip(data["columns"], cells, strict=True) if {*found} - {None}]


class Column(TypedDict):
    """A column that a table shows."""

    name: Annotated[str, Field(description="Its name in the data")]
    label: Annotated[str, Field(description="Its heading")]
    unit: Annotated[
        str | None, Field(description="Unit of its numbers; null for text, which is shown as it is")
    ]
    decimals: Annotated[int | None, Field(description="Decimals shown; null for those usual to the unit")]
    link: Annotated[
        str | None, Field(description="Column of the data that holds the address its cells lead to")
    ]


class Rests(TypedDict):
    """What a result on survey answers rests on; null where it is about no answer, or holds for all rows."""

    municipalities: Annotated[
        int | None, Field(description="Distinct municipalities, of a figure or table of the row with fewest")
    ]
    respondents: Annotated[int | None, Field(description="Respondents, in the same way")]


class Result(TypedDict):
    """What records of every kind have."""

    id: Annotated[
        str,
        Field(
            description="Id, unique in the book; it begins with the name of its notebook", pattern=f"^{ID}$"
        ),
    ]
    population: Annotated[Bilingual, Field(description="Of whom or what")]
    evidence: Annotated[Evidence, Field(description="Kind of evidence it rests on")]
    sources: Annotated[list[str], Field(description="Citation keys of the sources, as in the bibliography")]
    edition: Annotated[
        Bilingual | None, Field(description="Edition of the survey answers; null where it rests on none")
    ]
    not_estimable: NotRequired[
        Annotated[Bilingual, Field(description="Only where these answers do not carry it: the reason")]
    ]
    rests: NotRequired[
        Annotated[Rests, Field(description="Only on survey answers: on how many of them it rests")]
    ]
    left_out: NotRequired[
        Annotated[
            dict[str, int],
            Field(
                description="Only where rows were left out: how many, on pages under one word for all rules"
            ),
        ]
    ]
    df: NotRequired[
        Annotated[
            float,
            Field(
                description=f"Only where fewer than {FEW_DEGREES}: degrees of freedom of its interval; "
                "of a figure or table those of the row with the fewest",
                ge=0,
                lt=FEW_DEGREES,
            ),
        ]
    ]


class Number(Result):
    """A published number, or a word that numbers choose."""

    kind: Annotated[Literal["number"], Field(description="Kind of result")]
    value: Annotated[
        float | Bilingual | None,
        Field(
            description="The number, unrounded, in its unit; a text for a word; null where it is withheld or "
            "cannot be estimated"
        ),
    ]
    unit: Annotated[str, Field(description="Unit; word for a word that numbers choose")]
    decimals: Annotated[int | None, Field(description="Decimals shown; null for those usual to the unit")]
    low: Annotated[float | None, Field(description="Lower end of the interval, in the unit of the value")]
    high: Annotated[float | None, Field(description="Upper end of the interval; null where it has none")]
    interval: Annotated[
        Interval | None,
        Field(
            description="Kind of interval: rounding (of the source), open (rounding and what the "
            "sources leave open), confidence (95%), selection (the same, if those who did not answer "
            "differ by half a standard deviation from those who did) or choices (95% of what several ways "
            "to compute it give, with the sampling error or without)"
        ),
    ]
    se: Annotated[float | None, Field(description="Standard error, in the unit of the value")]
    n: Annotated[
        float | None,
        Field(
            description="Number of observations it rests on; of a comparison that of the side with fewest",
            ge=0,
        ),
    ]
    period: Annotated[str | None, Field(description="Year or period")]
    definition: Annotated[Bilingual, Field(description="What it is")]
    withheld: NotRequired[
        Annotated[Literal[True], Field(description="Only where it would tell too much of who answered")]
    ]
    rule: NotRequired[
        Annotated[str, Field(description="Only where it is withheld: on pages one word for all rules")]
    ]
    silent: NotRequired[
        Annotated[
            Literal[True],
            Field(description="Only of a word that says that there is nothing to tell: no page says it"),
        ]
    ]


class Figure(Result):
    """A published figure, without its picture."""

    kind: Annotated[Literal["figure"], Field(description="Kind of result")]
    caption: Annotated[Wording, Field(description="What to see in it")]
    alt: Annotated[Wording, Field(description="What the picture shows, for who cannot see it")]
    data: Annotated[Data, Field(description="The data that it shows")]
    language: NotRequired[
        Annotated[Language, Field(description="Language of the words in the picture, where not English")]
    ]
    researchers: NotRequired[ForResearchers]


class Table(Result):
    """A published table."""

    kind: Annotated[Literal["table"], Field(description="Kind of result")]
    caption: Annotated[Wording, Field(description="What to see in it")]
    columns: Annotated[list[Column], Field(description="The columns that are shown; the first heads its row")]
    search: Annotated[bool, Field(description="Whether its page has a search box for it")]
    data: Annotated[Data, Field(description="The whole table, also what is not shown")]
    language: NotRequired[Annotated[Language, Field(description="Language of its words, where not English")]]
    researchers: NotRequired[ForResearchers]


class Place(TypedDict):
    """Where the book publishes a result."""

    page: Annotated[str, Field(description="Page that publishes it, by its path without an ending")]
    cell: Annotated[int, Field(description="Code cell on that page, from 1", ge=1)]


class PlacedNumber(Number, Place):
    """A published number, or a word that numbers choose, and where the book publishes it."""


class PlacedFigure(Figure, Place):
    """A published figure, without its picture, and where the book publishes it."""


class PlacedTable(Table, Place):
    """A published table, and where the book publishes it."""


Record: TypeAlias = Number | Figure | Table
Placed: TypeAlias = PlacedNumber | PlacedFigure | PlacedTable
Described = TypedDict("Described", {"$schema": Annotated[str, Field(description="Address of this schema")]})


@with_config(extra="forbid")
class Results(Described):
    """All published results of the book, in the order of its pages."""

    title: Annotated[str, Field(description="Title of the book")]
    licence: Annotated[str, Field(description="Licence of the results, by its SPDX identifier")]
    numbers: Annotated[list[PlacedNumber], Field(description="The numbers, and the words that they choose")]
    figures: Annotated[list[PlacedFigure], Field(description="The figures")]
    tables: Annotated[list[PlacedTable], Field(description="The tables")]


class _Untitled(GenerateJsonSchema):
    """Gives no field a title made of its name: it has a description."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return that it should not."""
        return False


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``results.json``, with one of each kind of record among its ``$defs``."""
    return {"$schema": DIALECT, **TypeAdapter(Results).json_schema(schema_generator=_Untitled)}
