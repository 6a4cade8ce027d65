"""Another questionnaire: twenty items of another survey, for four roles, on scales of its own, in SPSS.

Its answers are drawn; they measure nothing.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

__all__ = ["ITEMS", "write_another"]

SCALES = [
    ("mate", "ordinal", "In welke mate, vier punten"),
    ("janee", "binary", "Ja of nee"),
    ("wie", "nominal", "Wie het doet"),
    ("cijfer", "ordinal", "Oordeel, zes punten"),
]
CODES = {
    "mate": {1: "helemaal niet", 2: "een beetje", 3: "grotendeels", 4: "helemaal", 9: "geen idee"},
    "janee": {0: "nee", 1: "ja", 9: "geen idee"},
    "wie": {1: "aparte medewerkers", 2: "iedereen", 3: "anderen", 9: "geen idee"},
    "cijfer": {
        **{1: "zeer slecht", 2: "slecht", 3: "onvoldoende", 4: "voldoende", 5: "goed", 6: "uitstekend"},
        **{8: "niet van toepassing", 9: "geen idee"},
    },
}
# Item, part, role, scale, direction, scored, wording.
ITEMS = [
    ("v01", "1a", "municipality", "janee", 1, 1, "Is er een nota handhaving die de raad heeft vastgesteld?"),
    ("v02", "1a", "manager", "mate", 1, 1, "Kent u de uitgangspunten van het handhavingsbeleid?"),
    ("v03", "1a", "alderman", "mate", 1, 1, "Is u duidelijk wat de gemeente met handhaven wil?"),
    ("v04", "1b", "municipality", "janee", 1, 1, "Is er een coördinator handhaving?"),
    ("v05", "1b", "manager", "mate", -1, 1, "Ontbreekt het aan mensen om het beleid uit te voeren?"),
    ("v06", "1d", "municipality", "janee", 1, 1, "Zijn er streefcijfers voor handhaven?"),
    ("v07", "1d", "municipality", "janee", 1, 1, "Krijgt de raad elk jaar cijfers over handhaven?"),
    ("v08", "2a", "staff", "mate", 1, 1, "Legt u bij de aanvraag uit welke plichten iemand heeft?"),
    ("v09", "2a", "municipality", "janee", 1, 1, "Is er een folder over rechten en plichten?"),
    ("v10", "2c", "staff", "mate", 1, 1, "Kijkt u scherper naar aanvragen met meer risico?"),
    ("v11", "2d", "staff", "mate", 1, 1, "Volgt op een overtreding altijd een maatregel?"),
    ("v12", "3c", "staff", "wie", 0, 0, "Wie doet in uw gemeente het meeste aan handhaven?"),
    ("v13", "3c", "manager", "wie", 0, 0, "Wie doet op uw afdeling het meeste aan handhaven?"),
    ("v14", "3a", "alderman", "mate", 1, 1, "Staat handhaven geregeld op uw agenda?"),
    ("v15", "3b", "manager", "mate", 1, 1, "Bespreekt u handhaven met uw medewerkers?"),
    ("v16", "3c", "staff", "mate", 1, 1, "Hoort handhaven bij uw eigen werk?"),
    ("v17", "4a", "staff", "cijfer", 1, 1, "Hoe werkt u samen met de afdeling re-integratie?"),
    ("v18", "4b", "staff", "cijfer", 1, 1, "Hoe werkt u samen met de politie?"),
    ("v19", "4c", "manager", "cijfer", 1, 1, "Hoe werkt u samen met het CWI?"),
    ("v20", "4d", "manager", "cijfer", 1, 1, "Hoe werkt u samen met buurgemeenten?"),
]
MAPPING = """
[edition]
edition = "andere-vragen"
name_en = "another questionnaire - drawn answers"
name_nl = "een andere vragenlijst - getrokken antwoorden"
synthetic = 1
scenario = "flat"
seed = 1

[tables]
respondents = "export.sav"
answers = "export.sav"

[columns.respondents]
nr = "respondent"
jaar = "wave"
gemeente = "municipality"
functie = "role"

[columns.answers]
nr = "respondent"

[codes.respondents.role]
contactpersoon = "municipality"
wethouder = "alderman"
manager = "manager"
medewerker = "staff"

[codes.scales.cijfer]
99 = 9

[estimands]
"3.manager" = { item = "v13", code = 1 }
"3.staff" = { item = "v12", code = 1 }
"5.clear" = { part = "1a" }
"6.room" = { items = ["v06", "v07"] }
"""
ROLES = {
    "municipality": "contactpersoon",
    "alderman": "wethouder",
    "manager": "manager",
    "staff": "medewerker",
}


def write_another(folder: Path, source: Path, count: int = 90, more=(), alike=None) -> Path:
    """Write a package with these questions: answers of ``count`` municipalities of those in ``source``.

    ``more`` are items beside them, and ``alike`` has by item the code that everybody answers.
    """
    items = [*ITEMS, *more]
    folder.mkdir(parents=True)
    rng = np.random.default_rng(5)
    read = {"dtype": str, "keep_default_na": False}
    waves, towns, groups = (
        pd.read_csv(source / f"{name}.csv", **read) for name in ("waves", "municipalities", "groups")
    )
    now = towns[towns["wave"] == "2007"]
    chosen = set(now.groupby("size_class").sample(frac=count / len(now), random_state=1)["municipality"])
    kept = towns["municipality"].isin(chosen) | towns["successor"].isin(chosen)
    towns = towns[kept & ((towns["wave"] == "2005") | towns["municipality"].isin(chosen))]
    towns = towns[towns["successor"].isin(chosen)].assign(sampled="1")
    groups = groups.merge(towns[["wave", "municipality"]])
    groups = groups[groups["role"].isin(ROLES)]
    groups = groups.assign(invited=np.minimum(groups["population"].astype(int), 3).astype(str))
    waves.assign(form="full").to_csv(folder / "waves.csv", index=False)
    towns.to_csv(folder / "municipalities.csv", index=False)
    groups.to_csv(folder / "groups.csv", index=False)
    people = groups.loc[groups.index.repeat(groups["invited"].astype(int))]
    people = people[rng.random(len(people)) < 0.7].reset_index(drop=True)
    export = pd.DataFrame(
        {
            "nr": [f"e{number:04d}" for number in range(len(people))],
            "jaar": people["wave"].astype(float),
            "gemeente": people["municipality"],
            "functie": people["role"].map(ROLES),
        }
    )
    level = pd.Series(rng.normal(size=towns["municipality"].nunique()), towns["municipality"].unique())
    level = people["municipality"].map(level).to_numpy() + 0.6 * rng.normal(size=len(people))
    for item, _, role, scale, direction, *_ in items:
        codes = [code for code in CODES[scale] if code < 8]
        grade = (direction or 1) * level + rng.normal(size=len(people))
        cuts = np.linspace(-1.2, 1.2, len(codes) - 1) if len(codes) > 2 else [0]
        given = np.array(codes, dtype=float)[np.searchsorted(cuts, grade)]
        given[rng.random(len(people)) < 0.04] = 99 if scale == "cijfer" else 9
        given = (alike or {}).get(item, given)
        export[item.upper()] = np.where(people["role"] == role, given, np.nan)
    labels = {item.upper(): CODES[scale] for item, _, _, scale, *_ in items}
    wordings = {item.upper(): wording for item, *_, wording in items}
    pyreadstat.write_sav(export, folder / "export.sav", column_labels=wordings, variable_value_labels=labels)
    columns = ["item", "dimension", "role", "scale", "direction", "scored", "wording_nl"]
    pd.DataFrame(items, columns=columns).to_csv(folder / "items.csv", index=False)
    pd.DataFrame(SCALES, columns=["scale", "kind", "title_nl"]).to_csv(folder / "scales.csv", index=False)
    missing = {9: "dont_know", 8: "not_applicable"}
    codes = [
        (scale, code, label, missing.get(code, ""))
        for scale, labels in CODES.items()
        for code, label in labels.items()
    ]
    pd.DataFrame(codes, columns=["scale", "code", "label_nl", "missing"]).to_csv(
        folder / "codes.csv", index=False
    )
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    return folder
