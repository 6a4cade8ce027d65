"""Another questionnaire: the items, scales and codes that a package brings, in the place of the book's.

The four dimensions and their parts stay; which item measures which of them is what the package says.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from doorgroeien.data.answer_fields import answer_fields
from doorgroeien.data.checking import among, check_keys
from doorgroeien.data.faults import Fault, single
from doorgroeien.survey.instrument import Instrument
from doorgroeien.survey.ledger import SERVES

__all__ = ["OWN", "POSSIBLE", "answers_resource", "own_instrument", "own_resource", "serving", "spare"]

OWN = ("items", "scales", "codes")  # tables of a package with a questionnaire of its own
# What is filled in where it is left out, a text that names another column, or a value.
DEFAULTS: dict[str, dict[str, int | None]] = {
    "items": {"scored": 1, "quick_scan": 1, "subscale": None, "parallel": None, "findings": None},
    "scales": {},
    "codes": {"missing": None},
}
NUMBERS = ("code", "direction", "scored", "quick_scan")
NAME = "^[A-Za-z][A-Za-z0-9_]*$"
SCALE = "^[a-z][a-z0-9_]*$"
FURTHEST = 99  # from 0, of a code
LONGEST = 40  # characters of an item's wording that name it in pictures
# Names of columns that stand beside the items in what the chapters estimate on.
TAKEN = {
    "respondent",
    "wave",
    "role",
    "municipality",
    "unit",
    "size_class",
    "inhabitants",
    "merged",
    "sample",
}
TAKEN |= {"weight", "population", "invited", "responded", "stratum", "successor", "sampled", "counts", "all"}
ENDS = ("_answer", "_full", "_quick_scan")
POSSIBLE = {f"{finding}.{estimand}": serves for (finding, estimand), serves in SERVES.items()}
Say = Callable[..., None]


def own_resource(resource: dict) -> dict:
    """Return the schema of a table of :data:`OWN` as a package may have it: freer than that of the book."""
    table, fields = resource["name"], []
    for spec in resource["schema"]["fields"]:
        rules = dict(spec.get("constraints", {}))
        if spec["name"].endswith(("_en", "_nl")) or spec["name"] in DEFAULTS[table]:
            rules.pop("required", None)
        if (table, spec["name"]) == ("items", "item"):
            rules["pattern"], spec = NAME, spec | {"example": "v12"}
        elif spec["name"] == "scale":
            rules["pattern"], spec = SCALE, spec | {"example": "three_points"}
        elif spec["name"] == "code":
            rules |= {"minimum": -FURTHEST, "maximum": FURTHEST}
        fields.append(spec | {"constraints": rules})
    return resource | {"schema": resource["schema"] | {"fields": fields}}


def spare(resource: dict) -> list[str]:
    """Return the columns of such a table that may be left out."""
    fields = own_resource(resource)["schema"]["fields"]
    return [spec["name"] for spec in fields if not spec["constraints"].get("required")]


def own_instrument(tables, files, resources, known, book: Instrument) -> tuple[Instrument, list[Fault]]:
    """Return the instrument of a package, and what is wrong with its tables.

    ``tables`` are those of :data:`OWN` that it has, as far as they could be read; scales that it does not
    bring are the book's. ``known`` has the codes of dimensions and of subscales.
    """
    faults: list[Fault] = []
    tables = {table: _typed(frame) for table, frame in tables.items()}
    for table, frame in tables.items():
        faults += check_keys(frame, resources[table], files[table])
    items = _filled(tables["items"], "items", files, faults)
    scales = _filled(tables["scales"], "scales", files, faults) if "scales" in tables else None
    codes = _filled(tables["codes"], "codes", files, faults) if "codes" in tables else None
    scales = _joined(scales, book.scales.reset_index(), "scale")
    codes = _joined(codes, book.codes, "scale")
    faults += _wrong_scales(tables, scales, codes, files)
    faults += _wrong_items(items, scales, codes, known, files["items"])
    codes = codes.dropna(subset=["scale", "code", "label_en"]).drop_duplicates(["scale", "code"])
    scales = scales.drop_duplicates("scale")
    sound = items.dropna(subset=["item", "role", "scale", "dimension", "direction"])
    sound = sound[sound["scale"].isin(codes.loc[codes["missing"].isna(), "scale"])]
    sound = sound[sound["dimension"].isin(known["dimensions"]) & ~sound["item"].isin(TAKEN)]
    sound = sound.drop_duplicates("item")
    instrument = Instrument(
        sound.set_index("item"), scales.set_index("scale"), codes, serves={}, lost=_lost(book, sound)
    )
    return instrument, faults


def answers_resource(resource: dict, instrument: Instrument) -> dict:
    """Return the schema of the answers to the items of an instrument."""
    fields = answer_fields(instrument.items.reset_index(), instrument.codes)
    return resource | {"schema": resource["schema"] | {"fields": [resource["schema"]["fields"][0], *fields]}}


def serving(section: dict, instrument: Instrument, complain: Say) -> dict[tuple[int, str], dict]:
    """Return what ``[estimands]`` of ``mapping.toml`` says: which items serve which estimand of a finding."""
    found = {}
    for key, value in section.items():
        place = f"estimands.{key}"
        if key not in POSSIBLE:
            expected = f"one of {', '.join(POSSIBLE)}; other estimands follow from the parts of the items"
            complain(place, key, expected)
            continue
        finding, estimand = key.split(".")
        chosen = _share(place, value, estimand, instrument, complain)
        if "items" in POSSIBLE[key]:
            chosen = _mean(place, value, instrument, complain)
        if chosen:
            found[int(finding), estimand] = chosen
    return found


def _share(place, value, estimand, instrument, complain):
    if "items" in POSSIBLE[place.partition(".")[2]]:
        return None
    if not isinstance(value, dict) or set(value) != {"item", "code"}:
        complain(place, value, 'the item and the code that counts, such as { item = "q12", code = 2 }')
        return None
    if not _among(value["item"], instrument.items.index):
        complain(f"{place}.item", value["item"], "an item of the questionnaire")
        return None
    spec = instrument.items.loc[value["item"]]
    codes = instrument.answer_codes[spec["scale"]]
    role = "councillor" if estimand == "execution" else estimand
    if isinstance(value["code"], bool) or value["code"] not in codes:
        complain(f"{place}.code", value["code"], f"one of the answers {', '.join(map(str, codes))}")
    elif spec["role"] != role:
        complain(f"{place}.item", value["item"], f"an item asked of the role {role}, not {spec['role']}")
    else:
        return {"item": value["item"], "code": int(value["code"])}
    return None


def _mean(place, value, instrument, complain):
    items = instrument.items[instrument.items["scored"] == 1]
    if isinstance(value, dict) and set(value) == {"part"}:
        chosen = list(items.index[items["dimension"] == str(value["part"])])
        if not chosen:
            complain(f"{place}.part", value["part"], "a part with an item that is scored")
        return {"items": chosen} if chosen else None
    named = value.get("items") if isinstance(value, dict) and set(value) == {"items"} else None
    if not isinstance(named, list) or not named:
        complain(place, value, 'items or a part, such as { items = ["q3", "q4"] } or { part = "1d" }')
        return None
    for place_of, name in enumerate(named):
        if not _among(name, items.index) or name in named[:place_of]:
            complain(f"{place}.items", name, "items of the questionnaire that are scored, each once")
            return None
    return {"items": named}


def _among(name, names):
    return isinstance(name, str) and name in names


def _typed(frame):
    """Return a table whose columns have their types, also those that the package left out."""
    return frame.astype({name: "Int64" if name in NUMBERS else "str" for name in frame})


def _filled(frame, table, files, faults):
    """Return a table with what was left out filled in: one language by the other, short names by wordings."""
    frame = frame.copy()
    for name, value in DEFAULTS[table].items():
        frame[name] = frame[name] if value is None else frame[name].fillna(value)
    bases = [name[:-3] for name in frame if name.endswith("_en")]
    for base in bases:
        english, dutch = frame[f"{base}_en"], frame[f"{base}_nl"]
        lacks = english.isna() & dutch.isna()
        if base == "short":
            continue
        if lacks.any() and base != "title":
            rows = frame.index[lacks].to_numpy() + 2
            expected = f"a {base} in English or in Dutch"
            faults.append(Fault(files[table], rows, f"{base}_en+{base}_nl", None, expected, "Fill one."))
        frame[f"{base}_en"], frame[f"{base}_nl"] = english.fillna(dutch), dutch.fillna(english)
    if "short_en" in frame:
        own = frame["short_en"].fillna(frame["short_nl"]), frame["short_nl"].fillna(frame["short_en"])
        for language, short in zip(("en", "nl"), own, strict=True):
            frame[f"short_{language}"] = short.fillna(frame[f"wording_{language}"].map(_shortened))
    if "title_en" in frame:
        for language in ("en", "nl"):
            frame[f"title_{language}"] = frame[f"title_{language}"].fillna(frame["scale"])
    return frame


def _shortened(text):
    if not isinstance(text, str) or len(text) <= LONGEST:
        return text.rstrip(".?") if isinstance(text, str) else text
    return text[:LONGEST].rpartition(" ")[0] + " ..."


def _joined(own, book, key):
    """Return the own rows, and those of the book about what the package does not describe itself."""
    if own is None:
        return book
    return pd.concat([own, book[~book[key].isin(own[key])]], ignore_index=True)[list(book)]


def _lost(book, items):
    """Return what chapters may look up that the book's questionnaire has and this one does not."""
    lost: set[str] = set()
    for column in ("dimension", "subscale", "scale", "role", "parallel"):
        lost |= set(book.items[column].dropna()) - set(items[column].dropna())
    lost |= set(book.items["dimension"].str[0]) - set(items["dimension"].str[0])
    return frozenset(lost | (set(book.items.index) - set(items["item"])))


def _wrong_scales(tables, scales, codes, files) -> Iterator[Fault]:
    """Give what is wrong with the scales of a package and their codes."""
    if "scales" in tables:
        own = tables["scales"]
        answers = codes[codes["missing"].isna()].groupby("scale").size()
        few = own["scale"].notna() & (own["scale"].map(answers).fillna(0) < 2)
        expected = "two answers or more in the table codes"
        yield _cells(files["scales"], own, few, "scale", expected, "Add the codes of the scale.")
    if "codes" in tables:
        own = tables["codes"]
        unknown = own["scale"].notna() & ~among(own["scale"].astype("str"), scales["scale"])
        yield _cells(
            files["codes"], own, unknown, "scale", "a scale of the table scales", "Add the scale there."
        )
        for column in ("label_en", "label_nl"):
            folded = own[column].str.casefold()
            twice = folded.notna() & own.assign(label=folded).duplicated(["scale", "label"])
            expected = "another label for each code of a scale"
            yield _cells(files["codes"], own, twice, column, expected, "Tell the two apart.")


def _wrong_items(items, scales, codes, known, file) -> Iterator[Fault]:
    """Give what is wrong with the items of a package."""
    kinds = scales.dropna(subset=["scale"]).drop_duplicates("scale").set_index("scale")["kind"]
    kind = items["scale"].map(kinds)
    parts = sorted(known["dimensions"])
    checks: list[tuple[str, np.ndarray | pd.Series, str, str]] = [
        ("dimension", ~items["dimension"].isin(parts), f"one of {', '.join(parts)}", "Name the part."),
        (
            "scale",
            ~items["scale"].isin(kinds.index),
            f"one of the scales {', '.join(kinds.index)}",
            "Add it to the table scales.",
        ),
        (
            "subscale",
            ~items["subscale"].isin(known["subscales"]),
            f"blank, or one of {', '.join(known['subscales'])}",
            "Leave it blank.",
        ),
        (
            "item",
            items["item"].isin(TAKEN) | items["item"].str.endswith(ENDS).fillna(False),
            f"another name, which does not end in {' or '.join(ENDS)} and is no column of the survey",
            "Rename the item.",
        ),
        (
            "direction",
            (items["scored"] == 1) & (items["direction"] == 0) & (kind != "nominal"),
            "1 or -1, which says whether a higher code means more or less, as the item is scored",
            "Correct it, or let scored be 0.",
        ),
        (
            "scored",
            (items["scored"] == 1) & (kind == "nominal"),
            "0 for a scale whose categories have no order",
            "Correct it, or the kind of the scale.",
        ),
        (
            "scored",
            (items["scored"] == 1) & (items["dimension"].str.len() == 1),
            "0 for an item of a whole dimension; only those of a part are scored",
            "Name the part, or let scored be 0.",
        ),
    ]
    for column, wrong, expected, remedy in checks:
        yield _cells(file, items, wrong & items[column].notna(), column, expected, remedy)
    if not len(items):
        yield single(file, "rows below the header", "Fill the table.", row=2)
    if not (items["scored"] == 1).any():
        yield single(file, "an item that is scored", "Let scored be 1 for what measures a part.")


def _cells(file, frame, wrong, column, expected, remedy):
    wrong = np.asarray(pd.array(wrong, dtype="boolean").fillna(False), dtype=bool)
    values = frame.loc[wrong, column].astype("str").to_numpy(object)
    return Fault(file, frame.index[wrong].to_numpy() + 2, column, values, expected, remedy)
