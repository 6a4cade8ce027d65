"""Attack built sites, and renew their rows in data/validation/attacks.csv.

    python tests/attacked.py reference=_build/html twenty=SITE:PACKAGE odd=SITE:PACKAGE role=SITE:PACKAGE

PACKAGE is the answers that a site was built on; of the reference survey they are the book's own, published
as if they were real. Packages are made by ``smaller.write_smaller``, with another edition marked as real.
``fewer`` is ``twenty`` with one municipality that did not answer: two editions of one survey are compared as
well.
"""

import json
import sys
import tempfile
from pathlib import Path

import pandas as pd
from attacker import ATTACKS, LEAST, Attacker, editions

from doorgroeien.results.disclosure import RULES

__all__ = ["DRAWN", "public", "published_as_real"]

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "data" / "validation" / "attacks.csv"
DRAWN = ("drawings", "pictures", "told")  # made coarse when answers are published as real, and not before
WHOLE, FEWER = "twenty", "fewer"  # two editions of one survey


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
    """Return what is public: the inhabitants of each municipality, by size class, and how many took part."""
    towns, heard = (
        pd.read_csv(package / f"{name}.csv").query("wave == 2007")
        for name in ("municipalities", "respondents")
    )
    frame = {size: rows["inhabitants"].tolist() for size, rows in towns.groupby("size_class")}
    took = towns[towns["municipality"].isin(heard["municipality"])].groupby("size_class").size()
    return frame, took.to_dict()


def attacker_of(site, package, folder):
    """Return the attacker of a site, or of the book's own as it would be were its answers real."""
    if package:
        return Attacker(Path(site), *public(Path(package)))
    results = json.loads((Path(site) / "results" / "results.json").read_text(encoding="utf-8"))
    return Attacker(published_as_real(results, folder), *public(ROOT / "data" / "survey"))


def main(given):
    """Attack each site, and write what was tried and recovered; tell whether nothing was."""
    table = pd.read_csv(TABLE)
    words = table.drop_duplicates("attack").set_index("attack")[["attack_en", "attack_nl"]]
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
    if {WHOLE, FEWER} <= {*attackers}:
        known = list(editions(attackers[FEWER], attackers[WHOLE]))
        rows.append(("editions", WHOLE, len(known), sum(wide < LEAST for _, wide, _ in known)))
    new = pd.DataFrame(rows, columns=["attack", "survey", "tried", "recovered"]).query("tried > 0")
    new = new.join(words, on="attack")[table.columns]
    again = table["survey"].isin(new["survey"]) & ~(table["attack"].eq("editions") & (FEWER not in attackers))
    order = {name: place for place, name in enumerate([*ATTACKS, "editions"])}
    both = pd.concat([table[~again], new])
    by = both["survey"].map({name: place for place, name in enumerate(dict.fromkeys(table["survey"]))})
    both = both.assign(a=both["attack"].map(order), b=by).sort_values(["a", "b"], kind="stable")
    both[table.columns].to_csv(TABLE, index=False, lineterminator="\n")
    return not new["recovered"].any()


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
