"""Attack built sites, and renew their rows in data/validation/attacks.csv.

    python tests/attacked.py reference=_build/html twenty=SITE:PACKAGE odd=SITE:PACKAGE role=SITE:PACKAGE

PACKAGE is the answers that a site was built on; of the reference survey they are the book's own, published
as if they were real. Packages are made by ``smaller.write_smaller``, with another edition marked as real.
``fewer`` is ``twenty`` with one municipality that did not answer: two editions of one survey are compared as
well.
"""

import json
import os
import sys
import tempfile
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path

import pandas as pd
from attacker import ATTACKS, LEAST, Attacker, editions

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.intake.suspicions import COMPARED
from doorgroeien.publishing.mirror.peers import giving_away, published
from doorgroeien.publishing.numbering import numbering_of
from doorgroeien.results.disclosure import RULES
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.mirror import QUARTERS, Mirrors

__all__ = ["DRAWN", "ROUNDED", "TOGETHER", "mirrored", "public", "published_as_real", "secret"]

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "data" / "validation" / "attacks.csv"
# Of what is drawn and said: made coarse when answers are published as real, and not before.
DRAWN = ("drawings", "pictures", "told", "copies")
ROUNDED = ("sums", "tests", "digits", *DRAWN)  # what rounding is against
WHOLE, FEWER = "twenty", "fewer"  # two editions of one survey
# What two or more numbers may tell: tried again with what all mirror reports say of others.
TOGETHER = ("few", "insiders", "linked", "differencing", "questions", "contrasts", "quantiles")
WORDS = {  # of each attack, for the table
    "few": (
        "a result on fewer than five",
        "een uitkomst op minder dan vijf",
    ),
    "insiders": (
        "two who took part subtract their own answers",
        "twee deelnemers trekken hun eigen antwoord af",
    ),
    "sums": (
        "a share of a size class to which one set of answers comes",
        "een aandeel van een grootteklasse waar maar één stel antwoorden op uitkomt",
    ),
    "linked": (
        "bounds of a row that is left out, by linear programmes",
        "grenzen van een weggelaten rij, met lineaire programma’s",
    ),
    "differencing": (
        "what size classes leave of the mean of all",
        "wat grootteklassen overlaten van het gemiddelde van allen",
    ),
    "questions": (
        "a question that is left out, from its part and the other questions",
        "een weggelaten vraag, uit haar onderdeel en de andere vragen",
    ),
    "contrasts": (
        "a mean that is left out, from another and a difference or coefficient",
        "een weggelaten gemiddelde, uit een ander en een verschil of coëfficiënt",
    ),
    "bounds": (
        "what two bounds tell of who answered",
        "wat een onder- en een bovengrens verraden over wie antwoordde",
    ),
    "verdicts": (
        "a verdict on a finding of which an estimand is withheld",
        "een oordeel over een bevinding waarvan een schatting is achtergehouden",
    ),
    "copies": (
        "an estimate in finer digits elsewhere",
        "een schatting die elders fijner staat",
    ),
    "tests": (
        "an estimate, from its p-value, error and interval",
        "een schatting, uit haar p-waarde, fout en interval",
    ),
    "ratios": (
        "a share that is left out, from two others",
        "een weggelaten aandeel, uit twee andere",
    ),
    "quantiles": (
        "quantiles with few beyond them",
        "kwantielen waar er weinig voorbij liggen",
    ),
    "digits": (
        "more digits than a number can bear",
        "meer cijfers dan een getal verdraagt",
    ),
    "files": (
        "a number or picture in any file of the site that the results do not have",
        "een getal of beeld in een bestand van de site dat de uitkomsten niet hebben",
    ),
    "drawings": (
        "coordinates finer than a tenth of a point",
        "coördinaten fijner dan een tiende punt",
    ),
    "pictures": (
        "a dot drawn finer than its number is published",
        "een stip die fijner is getekend dan haar getal is gepubliceerd",
    ),
    "told": (
        "digits in captions and descriptions that the data do not have",
        "cijfers in bijschriften en beschrijvingen die de gegevens niet hebben",
    ),
    "rules": (
        "the rule by which something is withheld, or the reason",
        "de regel waarom iets is achtergehouden, of de reden",
    ),
    "mirrors": (
        "the same, with all mirror reports beside the book",
        "hetzelfde, met alle spiegelrapporten naast het boek",
    ),
    "editions": (
        "what one municipality more answered, from two editions",
        "wat een gemeente erbij antwoordde, uit twee edities",
    ),
}


def published_as_real(results, folder):
    """Write the results of the reference edition as those of real answers are published: rounded."""
    found = json.loads(json.dumps(results))
    for record in (one for kind in ("numbers", "figures", "tables") for one in found[kind] if one["edition"]):
        if record["kind"] == "number":
            RULES.record(record)
            continue
        data = record["data"]
        units = {column["name"]: column["unit"] for column in record.get("columns", [])}
        towns = record["rests"]["municipalities"] or float("inf")
        frame = pd.DataFrame(data["rows"], columns=data["columns"])
        rounded = RULES.applied(frame, units, towns).astype(object)
        data["rows"] = rounded.where(rounded.notna(), None).to_numpy().tolist()
    (folder / "results").mkdir()
    (folder / "results" / "results.json").write_text(json.dumps(found), encoding="utf-8")
    return folder


def public(package):
    """Return what is public: the inhabitants of each municipality, by size class, and how many took part.

    The latter is ``None`` where the package has no table of respondents.
    """
    towns = pd.read_csv(package / "municipalities.csv").query("wave == 2007")
    frame = {size: rows["inhabitants"].tolist() for size, rows in towns.groupby("size_class")}
    if not (package / "respondents.csv").is_file():
        return frame, None
    heard = pd.read_csv(package / "respondents.csv").query("wave == 2007")
    took = towns[towns["municipality"].isin(heard["municipality"])].groupby("size_class").size()
    return frame, took.to_dict()


def secret(survey):
    """Return the means that a rule of disclosure protects, by code and size class or all."""
    whole = Dimension(survey, "", *COMPARED)
    found = {}
    for by, estimated in product(([], ["size_class"]), (whole.levels, whole.item_levels)):
        with suppress(NotEstimableError):
            rows = estimated(by=by).assign(size_class=lambda rows: rows.get("size_class", "all"))
            rule = RULES.judged(rows[["estimate", "units", "n"]], {"estimate": "score"})
            rows = rows[rule.notna()]
            found |= rows.set_index(["variable", "size_class"])["estimate"].to_dict()
    return found


def mirrored(survey, records, numbering):
    """Return what all mirror reports together say of others, as tables; ``records`` are those of the book."""
    mirrors = Mirrors(survey, *COMPARED, gate=partial(giving_away, records=records, numbering=numbering))
    levels, quarters, items, changes = ({} for _ in range(4))
    for town in mirrors.towns:
        for score, row in mirrors.scores(town).dropna(subset="peers").iterrows():
            units, said = row["peers_n"], [row["peers"], row["peers_low"], row["peers_high"]]
            levels[score, row["peers_are"]] = [*said, units]
            for share, end in zip(QUARTERS, ("lower", "upper"), strict=True):
                if pd.notna(row[end]):
                    quarters[score, row["peers_are"], share] = [row[end], units]
        for item, row in mirrors.items(town).dropna(subset="peers").iterrows():
            items[item, row["peers_are"]] = [row["peers"]]
        with suppress(NotEstimableError):
            for score, row in mirrors.changes(town).dropna(subset="peers").iterrows():
                changes[score, "all"] = [row["peers"], row["peers_low"], row["peers_high"]]
    head = ["variable", "size_class", "estimate", "ci_low", "ci_high", "units"]
    heads = {"levels": head, "items": head[:3], "changes": ["contrast", *head[1:5]]}
    heads["quarters"] = ["variable", "size_class", "quantile", "value", "units"]
    tables = {"levels": levels, "items": items, "changes": changes, "quarters": quarters}
    return [
        {
            "kind": "table",
            "id": f"mirror.{name}",
            "edition": {},
            "data": {"columns": heads[name], "rows": [[*key, *row] for key, row in rows.items()]},
            "lost": [*secret(survey)] if name == "levels" else [],
        }
        for name, rows in tables.items()
    ]


def attacked_together(site, package):
    """Attack a site and all mirror reports on its answers; return what was tried and recovered."""
    os.environ["SURVEY"] = str(package)
    survey = load_survey(package)
    told = mirrored(survey, published(site.parent), numbering_of(ROOT))
    attacker = Attacker(site, *public(package), mirrors=told, secret=secret(survey))
    found = [line for name in TOGETHER for line in ATTACKS[name](attacker)]
    print("mirrors", sum(len(record["data"]["rows"]) for record in told), *found[:5], flush=True)
    return sum(attacker.tried[name] for name in TOGETHER), len(found)


def attacker_of(site, package, folder):
    """Return the attacker of a site, or of the book's own as it would be were its answers real."""
    if package:
        os.environ["SURVEY"] = package
        return Attacker(Path(site), *public(Path(package)), secret=secret(load_survey(Path(package))))
    os.environ.pop("SURVEY", None)
    results = json.loads((Path(site) / "results" / "results.json").read_text(encoding="utf-8"))
    known = public(ROOT / "data" / "survey")
    return Attacker(published_as_real(results, folder), *known, secret=secret(load_survey()))


def main(given):
    """Attack each site, and write what was tried and recovered; tell whether nothing was."""
    table = pd.read_csv(TABLE)
    sites = {
        survey: place.partition(":")[::2] for survey, _, place in (each.partition("=") for each in given)
    }
    attackers, rows = {}, []
    for survey, (site, package) in sites.items():
        attackers[survey] = attacker = attacker_of(site, package, Path(tempfile.mkdtemp()))
        for name, attack in ATTACKS.items() if survey != FEWER else ():
            if not package and name in DRAWN:
                continue
            found = list(attack(attacker))
            rows.append((name, survey, attacker.tried[name], len(found)))
            print(survey, name, attacker.tried[name], len(found), *found[:5], flush=True)
        if package and survey != FEWER:
            rows.append(("mirrors", survey, *attacked_together(Path(site), Path(package))))
    if {WHOLE, FEWER} <= {*attackers}:
        known = list(editions(attackers[FEWER], attackers[WHOLE]))
        rows.append(("editions", WHOLE, len(known), sum(wide < LEAST for _, wide, _ in known)))
    new = pd.DataFrame(rows, columns=["attack", "survey", "tried", "recovered"]).query("tried > 0")
    words = pd.DataFrame.from_dict(WORDS, orient="index", columns=["attack_en", "attack_nl"])
    new = new.join(words, on="attack")[table.columns]
    again = table["survey"].isin(new["survey"]) & ~(table["attack"].eq("editions") & (FEWER not in attackers))
    order = {name: place for place, name in enumerate(WORDS)}
    both = pd.concat([table[~again], new])
    by = both["survey"].map({name: place for place, name in enumerate(dict.fromkeys(table["survey"]))})
    both = both.assign(a=both["attack"].map(order), b=by).sort_values(["a", "b"], kind="stable")
    both[table.columns].to_csv(TABLE, index=False, lineterminator="\n")
    return not new["recovered"].any()


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
