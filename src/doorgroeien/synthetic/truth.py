"""The truth of the reference survey: every estimand, computed from the whole synthetic population.

A finding has one or more estimands, and a verdict by the rule of the ledger (``ledger.claims``): true (1)
when every one lies above its upper limit in the table ``estimands``, the other way (-1) when at least one
lies below its lower limit, neither (0) otherwise.
"""

from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import pandas as pd

from doorgroeien.estimation.arrays import known_mean
from doorgroeien.survey.instrument import Instrument
from doorgroeien.survey.ledger import EXECUTION, SOCIAL, SPECIFIC, claims, limits

__all__ = ["municipal_scores", "true_values", "truth"]

COLUMNS = ["estimand", "wave", "domain", "per", "value", "unit", "definition"]


def truth(population, instrument: Instrument) -> pd.DataFrame:
    """Return the truth of a ``Population``, one row per estimand, wave and domain.

    ``value`` counts everybody to whom an item applies, whether or not sampled; don't know and refused do
    not exist here. ``per`` says whether each municipality or each person counts once.
    """
    levels, changes, findings = map(_table, _pieces(population, instrument))
    codes = [pd.factorize(changes[name])[0] for name in ("per", "domain", "estimand", "wave")]
    return pd.concat([levels, changes.take(np.lexsort(codes)), findings], ignore_index=True)


def true_values(population, instrument: Instrument) -> dict[tuple[str, str, str, str], float]:
    """Return the values of the ``truth`` by estimand, wave, domain and per."""
    return {
        key: value
        for piece in chain(*_pieces(population, instrument))
        for (key, *_), value in zip(piece.rows(), piece.rounded.tolist(), strict=True)
    }


@dataclass(frozen=True)
class _Piece:
    """A part of the truth: what ``names`` describe, in some waves and domains.

    ``names`` has the name of each estimand with its definition; ``units`` has as many; ``keys`` are pairs of
    a wave and a domain, and ``values`` are keys x names.
    """

    names: list[tuple[str, str]]
    per: str
    units: list[str]
    keys: list[tuple[str, str]]
    values: np.ndarray

    def rows(self):
        """Give the key of each value with its unit and definition, by domain and then by name."""
        named = list(zip(self.names, self.units, strict=True))
        return (
            ((name, wave, domain, self.per), unit, text)
            for wave, domain in self.keys
            for (name, text), unit in named
        )

    @property
    def rounded(self):
        """Return the values in the order of the rows, as the table has them."""
        return self.values.ravel().round(4) + 0.0


def _pieces(population, instrument):
    """Return the parts of the truth: of levels, of changes and of findings."""
    domains = _domains(population.municipalities)
    levels, cells = _items(population, instrument, domains)
    levels += _scores(population, instrument, cells, domains)
    changes = list(_changes(levels))
    return levels, changes, list(_findings([*levels, *changes], population, instrument))


def _table(pieces):
    """Return pieces as a table, in which nothing is missing."""
    rows = [(*key, unit, text) for piece in pieces for key, unit, text in piece.rows()]
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "value"])
    table["value"] = np.concatenate([piece.rounded for piece in pieces])
    return table.dropna(subset="value")[COLUMNS]


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
    place, rows = population.people["place"].to_numpy(), instrument.rows
    by_role = {}
    for item, row in rows.items():
        by_role.setdefault(row["role"], []).append(item)
    towns, named, by_town, by_person, cells = domains[1].shape[1], {}, {}, {}, {}
    role, group = population.groups["role"].to_numpy(), population.people["group"].to_numpy()
    for name, items in by_role.items():
        who = np.flatnonzero((role == name)[group])
        for item, grade in instrument.all_grades(population.answers[items].take(who)).items():
            codes, scored = instrument.answer_codes[rows[item]["scale"]], rows[item]["scored"]
            known = grade >= 0
            cell = place[who[known]] * len(codes) + grade[known]
            counts = np.bincount(cell, minlength=towns * len(codes)).reshape(-1, len(codes)).astype(float)
            names = [(f"{item}.share.{code}", f"share with code {code}") for code in codes]
            worth = 100.0 * np.eye(len(codes))
            if scored:
                names.append((f"{item}.mean", "mean score"))
                worth = np.column_stack([worth, instrument.worth(item)])
            n = counts.sum(axis=1)
            means = counts @ worth / np.where(n, n, np.nan)[:, None]
            if scored:
                cells[item] = means[:, -1]
            named[item], by_town[item] = (names, ["percent"] * len(codes) + ["score"] * scored), means
            if name not in ("municipality", "alderman"):  # of these there is one in each municipality
                with np.errstate(invalid="ignore"):
                    by_person[item] = domains[1] @ counts @ worth / (domains[1] @ n)[:, None]
    ends = np.cumsum([means.shape[1] for means in by_town.values()])
    levels = np.split(_means(np.hstack([*by_town.values()]), domains), ends[:-1], axis=1)
    of_towns, pieces = dict(zip(by_town, levels, strict=True)), []
    for item in rows:
        for per, found in (("municipality", of_towns), ("person", by_person)):
            if item in found:
                pieces.append(_piece(named[item][0], per, named[item][1], domains, found[item]))
    return pieces, cells


def _piece(names, per, units, domains, each):
    """Return a part of the truth in each domain that has some; ``each`` has the values (domains x names)."""
    there = ~np.isnan(each).all(axis=1)
    keys = [key for key, some in zip(domains[0], there, strict=True) if some]
    return _Piece(names, per, units, keys, each[there])


def _means(values, domains):
    """Return the means of municipalities (rows x columns) over what is not missing, in each domain."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return domains[1] @ np.where(known, values, 0.0) / (domains[1] @ known)


def _scores(population, instrument, cells, domains):
    """Give the scores of parts, dimensions and the whole, on all items and on the quick scan.

    ``cells`` are the means of municipalities, by item. The score of a dimension is the mean of those of its
    parts, as it is of the estimators, and not the mean of the scores of municipalities: the two differ where
    a whole part does not apply to some.
    """
    frame, cells = population.municipalities, pd.DataFrame(cells)
    full = (frame["wave"].map(population.waves) == "full").to_numpy()
    for prefix, form in (("score", "full"), ("quick", "quick_scan")):
        scores = municipal_scores(cells, instrument, form)
        if form == "full":
            scores[~full] = np.nan
        parts = [name for name in scores if len(name) == 2]
        means = _means(scores[parts].to_numpy(), domains)
        each = _wholes(dict(zip(parts, means.T, strict=True)))
        on = "on all items" if form == "full" else "on quick-scan items"
        names = [(f"{prefix}.{part}", f"score of {part} {on}") for part in each]
        yield _piece(
            names, "municipality", ["score"] * len(names), domains, np.column_stack([*each.values()])
        )
        yield from _correlations(prefix, on, scores.dropna(how="all"), frame["wave"])


def _correlations(prefix, on, scores, wave):
    """Give the correlations between the scores of dimensions in each wave."""
    tables = {str(year): part.corr() for year, part in scores[list("1234")].groupby(wave)}
    for one, other in combinations("1234", 2):
        text = f"correlation between the scores of {one} and {other} {on}"
        values = np.array([[table.at[one, other]] for table in tables.values()])
        keys = [(year, "all") for year in tables]
        name = f"correlation.{prefix}.{one}.{other}"
        yield _Piece([(name, text)], "municipality", ["correlation"], keys, values)


def municipal_scores(cells: pd.DataFrame, instrument: Instrument, form: str) -> pd.DataFrame:
    """Return the score of each part, dimension and the whole (``total``) for each municipality.

    ``cells`` has one row per municipality and one column per scored item: the mean over its people, 0-100.
    A part is the mean of its items, a dimension of its parts, the whole of its dimensions; what does not
    apply is left out.
    """
    parts, values = instrument.parts[form], cells.to_numpy()
    scores = {
        part: known_mean(values[:, cells.columns.get_indexer(items)], axis=1) for part, items in parts.items()
    }
    return pd.DataFrame(_wholes(scores), index=cells.index)


def _wholes(scores):
    """Return the scores of parts with those of dimensions and the whole; each is a mean of what there is."""
    scores = dict(scores)
    for dimension in sorted({part[0] for part in scores}):
        parts = [score for part, score in scores.items() if part[0] == dimension]
        scores[dimension] = known_mean(np.array(parts), axis=0)
    whole = [score for name, score in scores.items() if len(name) == 1]
    return scores | {"total": known_mean(np.array(whole), axis=0)}


def _changes(pieces):
    """Give later minus earlier for what two waves have; each wave at its own boundaries."""
    waves = sorted({wave for piece in pieces for wave, _ in piece.keys})
    for earlier, later in combinations(waves, 2):
        for piece in pieces:
            at = {key: row for row, key in enumerate(piece.keys)}
            domains = [
                domain
                for domain in dict.fromkeys(domain for _, domain in piece.keys)
                if {(earlier, domain), (later, domain)} <= at.keys()
            ]
            new, old = ([at[wave, domain] for domain in domains] for wave in (later, earlier))
            names = [(name, f"change in the {text}") for name, text in piece.names]
            units = [unit if unit == "correlation" else "points" for unit in piece.units]
            keys = [(f"{earlier}-{later}", domain) for domain in domains]
            if domains:
                yield _Piece(names, piece.per, units, keys, piece.values[new] - piece.values[old])


def _findings(pieces, population, instrument):
    """Give the contrasts and the verdict of each finding."""
    known = {
        (name, wave, piece.per): number
        for piece in pieces
        for (wave, domain), numbers in zip(piece.keys, piece.values, strict=True)
        if domain == "all"
        for (name, _), number in zip(piece.names, numbers, strict=True)
    }

    def value(estimand, wave="2007", per="municipality"):
        return known[estimand, wave, per]

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
    for name, wave, domain, per, number, unit, text in rows + _verdicts(rows):
        yield _Piece([(name, text)], per, [unit], [(wave, domain)], np.array([[float(number)]]))


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
