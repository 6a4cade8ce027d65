"""A stratified sample of municipalities: whom to ask, drawn from the frame, with its weights."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from doorgroeien.data.tables import descriptor, load_all
from doorgroeien.intake.fielding.lists import read_list
from doorgroeien.intake.fielding.questionnaire import words
from doorgroeien.intake.fielding.writing import FieldingError, as_csv, write_new
from doorgroeien.survey.answers import SIZE_CLASSES, size_class_of

__all__ = ["ALLOCATIONS", "STRATA", "Sample", "allocated", "drawn", "frame_of", "write_sample"]

ALLOCATIONS = ("proportional", "equal")
STRATA = {"size": ["size_class"], "size-province": ["size_class", "province"]}
FRAME = ["cbs_code", "municipality", "province", "inhabitants"]
FEWEST = 2  # of a stratum, for a variance inside it


@dataclass(frozen=True)
class Sample:
    """A drawn sample.

    ``municipalities`` is the frame, a row for each municipality, and beside its columns the ``stratum``, a
    ``random_number``, the ``order`` in which its stratum is drawn, and ``sampled`` (0 or 1). ``strata`` has
    for each stratum its ``municipalities``, how many are ``drawn``, and their ``inclusion_probability`` and
    ``weight``, its inverse.
    """

    municipalities: pd.DataFrame
    strata: pd.DataFrame
    by: str
    allocation: str
    seed: int


def allocated(sizes: np.ndarray, number: int, allocation: str = "proportional") -> np.ndarray:
    """Return how many units are drawn of each stratum, ``number`` in all, given how many it has.

    ``proportional`` allocates to strata in proportion to their size, ``equal`` the same to each. A stratum
    gives two at least, or all where it has fewer, and never more than it has; the others share what remains.
    Fractions are rounded by largest remainders, ties to the earlier stratum.
    Raises :class:`FieldingError` where ``number`` cannot be allocated so.

    >>> [int(drawn) for drawn in allocated(np.array([50, 30, 3, 1]), 20)]
    [11, 6, 2, 1]
    """
    sizes = np.asarray(sizes)
    least = np.minimum(sizes, FEWEST)
    if not least.sum() <= number <= sizes.sum():
        expected = f"between {least.sum()} ({FEWEST} of each of {len(sizes)} strata) and {sizes.sum()}"
        raise FieldingError(
            f"{number} municipalities: expected {expected}. Ask for another number, or fewer strata."
        )
    shares = sizes.astype(float) if allocation == "proportional" else np.ones(len(sizes))
    low, high = 0.0, float(sizes.max())
    for _ in range(200):  # the factor at which the bounded shares add up, by bisection
        factor = (low + high) / 2
        low, high = (factor, high) if np.clip(factor * shares, least, sizes).sum() < number else (low, factor)
    exact = np.clip(high * shares, least, sizes)
    whole = np.floor(exact + 1e-9).astype(int)
    rest = np.where(whole < sizes, exact - whole, -1.0)
    whole[np.argsort(-rest, kind="stable")[: number - whole.sum()]] += 1
    return whole


def drawn(frame: pd.DataFrame, number: int, by: str, allocation: str, seed: int) -> Sample:
    """Return a stratified sample of ``number`` municipalities of the ``frame``.

    Simple random sampling without replacement within strata: each municipality gets a random number, and of
    each stratum those with the lowest are drawn (Särndal, Swensson and Wretman 1992, section 3.3). It is the
    design that the estimators of this book assume; a systematic sample has no unbiased variance. With the
    same seed, what is drawn of a stratum is contained in what a larger number draws of it.
    """
    rows = frame.sort_values("cbs_code", kind="stable", ignore_index=True)
    rows["size_class"] = pd.Categorical(rows["size_class"], list(SIZE_CLASSES))
    rows["random_number"] = np.random.default_rng(seed).random(len(rows)).round(12)
    groups = rows.groupby(STRATA[by], observed=True, sort=True)
    rows["stratum"] = rows[STRATA[by]].astype("str").agg(" ".join, axis=1)
    rows["order"] = groups["random_number"].rank(method="first").astype(int)
    sizes = rows.groupby(STRATA[by], observed=True, sort=True)["stratum"].agg(["first", "size"])
    strata = pd.DataFrame({"stratum": sizes["first"].to_numpy(), "municipalities": sizes["size"].to_numpy()})
    strata["drawn"] = allocated(strata["municipalities"].to_numpy(), number, allocation)
    strata["inclusion_probability"] = strata["drawn"] / strata["municipalities"]
    strata["weight"] = strata["municipalities"] / strata["drawn"]
    taken = rows["stratum"].map(strata.set_index("stratum")["drawn"])
    rows["sampled"] = (rows["order"] <= taken).astype(int)
    return Sample(rows, strata, by, allocation, seed)


def frame_of(root: Path, path: Path | None = None) -> pd.DataFrame:
    """Return the frame of the book, the municipalities of 2007, or the one in the file ``path``.

    It has ``cbs_code``, ``municipality``, ``province``, ``inhabitants`` and ``size_class``, which in a file
    follows from its inhabitants. Raises ``DataError`` with all that is wrong with the file.
    """
    if path is None:
        rows = load_all(root, only=("municipalities_2007",))["municipalities_2007"]
        return rows.rename(columns={"inhabitants_estimate": "inhabitants"})[[*FRAME, "size_class"]]
    resources = {item["name"]: item["schema"]["fields"] for item in descriptor(root)["resources"]}
    fields = [*resources["municipalities_2007"], *resources["municipalities"]]
    specs = [next(spec for spec in fields if spec["name"] == name) for name in FRAME]
    rows = read_list(path, {"name": "frame", "schema": {"fields": specs}})
    return rows.assign(size_class=size_class_of(rows["inhabitants"].to_numpy(dtype="float64")))


def write_sample(
    out: Path,
    root: Path,
    number: int,
    by: str,
    allocation: str,
    seed: int,
    wave: int,
    own: Path | None = None,
) -> list[Path]:
    """Draw a sample and write it into the folder ``out``; return the paths.

    ``own`` is a file with the frame, instead of that of the book.

    ``sample.csv`` is the list of whom to ask, ``strata.csv`` the design, ``municipalities.csv`` the table of
    that name of a package, with all municipalities, and ``README.md`` says how the sample was drawn.
    Raises :class:`FieldingError`, and writes nothing, where the number cannot be drawn or a file is there.
    """
    sample = drawn(frame_of(root, own), number, by, allocation, seed)
    contents = {
        "sample.csv": as_csv(_asked(sample)),
        "strata.csv": as_csv(_rounded(sample.strata)),
        "municipalities.csv": as_csv(_package(sample, wave)),
        "README.md": _told(sample, wave, own).encode(),
    }
    return write_new(out, contents)


def _asked(sample):
    """Return the municipalities to ask, stratum by stratum in the order in which they were drawn."""
    design = sample.strata.set_index("stratum")
    rows = sample.municipalities[sample.municipalities["sampled"] == 1].sort_values(
        [*STRATA[sample.by], "order"]
    )
    columns = ["cbs_code", "municipality", "province", "size_class", "stratum", "order", "random_number"]
    rows = rows[columns].join(design[["inclusion_probability", "weight"]], on="stratum")
    return _rounded(rows.astype({"size_class": "str"}))


def _rounded(table):
    return table.round({"inclusion_probability": 6, "weight": 6})


def _package(sample, wave):
    rows = sample.municipalities
    return pd.DataFrame(
        {
            "wave": wave,
            "municipality": rows["cbs_code"],
            "size_class": rows["size_class"].astype("str"),
            "inhabitants": rows["inhabitants"],
            "successor": rows["cbs_code"],
            "stratum": rows["stratum"],
            "sampled": rows["sampled"],
        }
    )


def _told(sample, wave, own):
    """Return the text that says how the sample was drawn, English and Dutch."""
    fields = {
        "wave": wave,
        "seed": sample.seed,
        "frame": len(sample.municipalities),
        "drawn": int(sample.strata["drawn"].sum()),
        "strata": len(sample.strata),
        "fewest": FEWEST,
    }
    parts = []
    for language in ("en", "nl"):
        told = {key: pair[language] for key, pair in words()["sample"].items()}
        by, how = told[f"by_{sample.by.replace('-', '_')}"], told[f"allocation_{sample.allocation}"]
        head = [
            f"| {told['stratum']} | {told['in_frame']} | {told['asked']} | {told['weight']} |",
            "|---|--:|--:|--:|",
        ]
        rows = [
            f"| {row.stratum} | {row.municipalities} | {row.drawn} | {_decimal(row.weight, language)} |"
            for row in sample.strata.itertuples()
        ]
        origin = told["own"].format(file=own.name) if own else told["book"]
        text = told["text"].format(by=by, how=how, origin=origin, **fields)
        caveats = [] if own else [told["estimate"], told["boundaries"]]
        parts.append("\n".join([text, *caveats, "", *head, *rows]))
    return "\n\n".join(parts) + "\n"


def _decimal(value, language):
    text = f"{value:.4f}"
    return text.replace(".", ",") if language == "nl" else text
