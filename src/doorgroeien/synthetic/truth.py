"""The truth of the reference survey: every estimand, computed from the whole synthetic population.

A finding has one or more estimands, and a verdict by the rule of the ledger (``ledger.claims``): true (1)
when every one lies above its upper limit in the table ``estimands``, the other way (-1) when at least one
lies below its lower limit, neither (0) otherwise.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from doorgroeien.survey.instrument import Instrument
from doorgroeien.survey.ledger import EXECUTION, SOCIAL, SPECIFIC, claims, limits

__all__ = ["municipal_scores", "truth"]

COLUMNS = ["estimand", "wave", "domain", "per", "value", "unit", "definition"]


def truth(population, instrument: Instrument) -> pd.DataFrame:
    """Return the truth of a ``Population``, one row per estimand, wave and domain.

    ``value`` counts everybody to whom an item applies, whether or not sampled; don't know and refused do
    not exist here. ``per`` says whether each municipality or each person counts once.
    """
    domains = _domains(population.municipalities)
    pieces, cells = _items(population, instrument, domains)
    pieces += _scores(population, instrument, cells, domains)
    table = _stacked(pieces)
    table = pd.concat([table, _changes(table)], ignore_index=True)
    table = pd.concat([table, _findings(table, population, instrument)], ignore_index=True)
    return table.assign(value=table["value"].round(4) + 0.0)


def _domains(frame):
    """Return waves, and the size classes within each, as pairs with the rows of ``frame`` that they hold.

    They are a list of keys and one of flags (domains x rows), all waves before all classes.
    """
    keys, inside = [], []
    for columns in (frame.assign(size_class="all"), frame):
        for key, rows in sorted(columns.groupby(["wave", "size_class"]).indices.items()):
            keys.append((str(key[0]), key[1]))
            inside.append(np.bincount(rows, minlength=len(frame)))
    return keys, np.array(inside, dtype=float)


def _items(population, instrument, domains):
    """Return shares of codes and mean scores of items, and the means of municipalities (rows) by item."""
    place, rows = population.people["place"].to_numpy(), population.people.groupby("role").indices
    pieces, cells = [], {}
    for item, spec in instrument.rows.items():
        codes, who = instrument.answer_codes[spec["scale"]], rows[spec["role"]]
        grade = instrument.grades(item, population.answers[item])[who]
        known = grade >= 0
        cell = place[who[known]] * len(codes) + grade[known]
        counts = np.bincount(cell, minlength=domains[1].shape[1] * len(codes)).reshape(-1, len(codes))
        names = {f"{item}.share.{code}": f"share with code {code}" for code in codes}
        worth = 100.0 * np.eye(len(codes))
        if spec["scored"]:
            names[f"{item}.mean"] = "mean score"
            worth = np.column_stack([worth, instrument.worth(item)])
        n = counts.sum(axis=1)
        means = counts @ worth / np.where(n, n, np.nan)[:, None]
        if spec["scored"]:
            cells[item] = means[:, -1]
        units = ["percent"] * len(codes) + ["score"] * spec["scored"]
        pieces.append(_piece(names, "municipality", units, domains, means))
        if spec["role"] not in ("municipality", "alderman"):  # of these there is one in each municipality
            with np.errstate(invalid="ignore"):
                each = domains[1] @ counts @ worth / (domains[1] @ n)[:, None]
            pieces.append(_piece(names, "person", units, domains, each=each))
    return pieces, pd.DataFrame(cells)


def _piece(names, per, units, domains, values=None, each=None):
    """Return a part of the truth: what ``names`` describe, in each domain that has some.

    ``values`` are of municipalities (rows x names), of which it takes the means over what is not missing,
    unless ``each`` has the values of the domains (domains x names).
    """
    if each is None:
        each = _means(values, domains)
    keys = [key for key, row in zip(domains[0], each, strict=True) if not np.isnan(row).all()]
    return list(names.items()), per, units, keys, each[~np.isnan(each).all(axis=1)]


def _means(values, domains):
    """Return the means of municipalities (rows x columns) over what is not missing, in each domain."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return domains[1] @ np.where(known, values, 0.0) / (domains[1] @ known)


def _stacked(pieces):
    """Return pieces as one table, by domain and then by name."""
    rows = [
        (name, *key, per, unit, definition)
        for names, per, units, keys, _ in pieces
        for key in keys
        for (name, definition), unit in zip(names, units, strict=True)
    ]
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "value"])
    table["value"] = np.concatenate([values.ravel() for *_, values in pieces])
    return table[COLUMNS]


def _scores(population, instrument, cells, domains):
    """Return the scores of parts, dimensions and the whole, on all items and on the quick scan.

    ``cells`` are the means of municipalities, by item. The score of a dimension is the mean of those of its
    parts, as it is of the estimators, and not the mean of the scores of municipalities: the two differ where
    a whole part does not apply to some.
    """
    frame, pieces = population.municipalities, []
    full = (frame["wave"].map(population.waves) == "full").to_numpy()
    for prefix, form in (("score", "full"), ("quick", "quick_scan")):
        scores = municipal_scores(cells, instrument, form)
        if form == "full":
            scores[~full] = np.nan
        parts = [name for name in scores if len(name) == 2]
        means = _means(scores[parts].to_numpy(), domains)
        each = _wholes(dict(zip(parts, means.T, strict=True)))
        on = "on all items" if form == "full" else "on quick-scan items"
        names = {f"{prefix}.{part}": f"score of {part} {on}" for part in each}
        pieces.append(_piece(names, "municipality", ["score"] * len(names), domains, each=each.to_numpy()))
        pieces += _correlations(prefix, on, scores.dropna(how="all"), frame["wave"])
    return pieces


def _correlations(prefix, on, scores, wave):
    """Give the correlations between the scores of dimensions in each wave."""
    tables = {str(year): part.corr() for year, part in scores[list("1234")].groupby(wave)}
    for one, other in combinations("1234", 2):
        text = f"correlation between the scores of {one} and {other} {on}"
        values = np.array([[table.at[one, other]] for table in tables.values()])
        keys = [(year, "all") for year in tables]
        name = f"correlation.{prefix}.{one}.{other}"
        yield [(name, text)], "municipality", ["correlation"], keys, values


def municipal_scores(cells: pd.DataFrame, instrument: Instrument, form: str) -> pd.DataFrame:
    """Return the score of each part, dimension and the whole (``total``) for each municipality.

    ``cells`` has one row per municipality and one column per scored item: the mean over its people, 0-100.
    A part is the mean of its items, a dimension of its parts, the whole of its dimensions; what does not
    apply is left out.
    """
    parts, values = instrument.parts[form], cells.to_numpy()
    scores = _wholes(
        {part: _mean(values[:, cells.columns.get_indexer(items)]) for part, items in parts.items()}
    )
    return scores.set_axis(cells.index)


def _wholes(scores):
    """Return the scores of parts with those of dimensions and the whole; each is a mean of what there is."""
    scores = dict(scores)
    for dimension in sorted({part[0] for part in scores}):
        scores[dimension] = _mean([scores[part] for part in scores if part[0] == dimension], axis=0)
    total = _mean([score for name, score in scores.items() if len(name) == 1], axis=0)
    return pd.DataFrame(scores | {"total": total})


def _mean(values, axis=1):
    """Return means over what is not missing; missing where all is."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0.0).sum(axis=axis) / known.sum(axis=axis)


def _changes(table):
    """Return later minus earlier for what two waves have; each wave at its own boundaries."""
    keys = ["estimand", "domain", "per", "unit", "definition"]
    wide = table.pivot_table(index=keys, columns="wave", values="value", sort=False)
    changes = []
    for earlier, later in combinations(sorted(wide.columns), 2):
        change = (wide[later] - wide[earlier]).dropna().rename("value").reset_index()
        changes.append(change.assign(wave=f"{earlier}-{later}"))
    changes = pd.concat(changes, ignore_index=True)
    changes["definition"] = "change in the " + changes["definition"]
    changes["unit"] = changes["unit"].where(changes["unit"] == "correlation", "points")
    return changes[COLUMNS]


def _findings(table, population, instrument):
    """Return the contrasts and the verdict of each finding."""
    known = table.set_index(["estimand", "wave", "domain", "per"])["value"]

    def value(estimand, wave="2007", per="municipality"):
        return known[estimand, wave, "all", per]

    change = "2005-2007"
    rows = []

    def add(finding, name, wave, value, unit, definition, per="municipality"):
        rows.append((f"finding.{finding}.{name}", wave, "all", per, value, unit, definition))

    for part in ("1a", "1b", "1c", "1d"):
        add(
            1,
            part,
            change,
            value(f"quick.{part}", change),
            "points",
            f"change in the quick-scan score of {part}",
        )
    for role in ("alderman", "councillor"):
        name = f"d1a_place_{role}.share.{SOCIAL}"
        text = f"change in the share of {role}s who see enforcement as part of the social task"
        add(2, role, change, value(name, change), "points", text)
    for role in ("manager", "staff"):
        name = f"d3c_owner_{role}.share.{SPECIFIC}"
        add(
            3,
            role,
            "2007",
            value(name),
            "percent",
            f"share by {role} who leave enforcement to specific functions",
        )
    prevention, repression = (
        sum(value(f"score.{part}") for part in parts) / 2 for parts in (("2a", "2b"), ("2c", "2d"))
    )
    add(
        4,
        "emphasis",
        "2007",
        prevention - repression,
        "points",
        "score of 2a and 2b minus score of 2c and 2d",
    )
    for finding, name, text in (
        (5, "clear", "score of vision and policy"),
        (6, "room", "100 minus score of goals"),
    ):
        items = instrument.items[(instrument.items["scored"] == 1) & _speaks_to(instrument, finding)].index
        score = np.mean([value(f"{item}.mean") for item in items])
        add(finding, name, "2007", score if finding == 5 else 100 - score, "score", text)
    practice = instrument.score(population.practice[population.people["wave"] == 2007])
    for name in ("recovery", "reduction"):
        bias = value(f"d2d_{name}.mean") - practice[f"d2d_{name}"].mean()
        add(7, name, "2007", bias, "points", f"score reported on {name} minus score in practice")
        text = f"score of {name} in practice: what a signal from outside would show"
        rows.append(
            (f"practice.{name}", "2007", "all", "municipality", practice[f"d2d_{name}"].mean(), "score", text)
        )
    text = "share of councillors for whom enforcement is mainly execution"
    add(8, "execution", "2007", value(f"d3a_role.share.{EXECUTION}", per="person"), "percent", text, "person")
    for part in ("4a", "4c"):
        text = f"score of 4b minus score of {part}"
        add(9, part, "2007", value("score.4b") - value(f"score.{part}"), "points", text)
    return pd.DataFrame(rows + _verdicts(rows), columns=COLUMNS)


def _speaks_to(instrument, finding):
    return instrument.items["findings"].fillna("").str.split(";").map(lambda listed: str(finding) in listed)


def _verdicts(rows):
    verdicts = []
    for finding, limit in limits().iterrows():
        mine = [row for row in rows if row[0].startswith(f"finding.{finding}.")]
        values = np.array([row[4] for row in mine])
        said = claims(values, limit, tested=lambda distance: distance > 0)
        verdict = 1 if said["holds"] else -1 if said["opposite"] else 0
        text = f"finding {finding} holds (1), the other way (-1) or neither (0)"
        verdicts.append((f"finding.{finding}", mine[0][1], "all", mine[0][3], verdict, "verdict", text))
    return verdicts
