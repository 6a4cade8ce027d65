"""The truth of the reference survey: every estimand, computed from the whole synthetic population.

A finding has one or more estimands, and a verdict by the rule of the ledger (``ledger.claims``): true (1)
when every one lies above its upper limit in the table ``estimands``, the other way (-1) when at least one
lies below its lower limit, neither (0) otherwise.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from doorgroeien.estimation.arrays import sums
from doorgroeien.survey.instrument import Instrument
from doorgroeien.survey.ledger import EXECUTION, SOCIAL, SPECIFIC, claims, limits

__all__ = ["truth"]

COLUMNS = ["estimand", "wave", "domain", "per", "value", "unit", "definition"]


def truth(population, instrument: Instrument) -> pd.DataFrame:
    """Return the truth of a ``Population``, one row per estimand, wave and domain.

    ``value`` counts everybody to whom an item applies, whether or not sampled; don't know and refused do
    not exist here. ``per`` says whether each municipality or each person counts once.
    """
    rows = _items(population, instrument) + _scores(population, instrument)
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = pd.concat([table, _changes(table)], ignore_index=True)
    table = pd.concat([table, _findings(table, population, instrument)], ignore_index=True)
    return table.assign(value=table["value"].round(4) + 0.0)


def _items(population, instrument):
    """Return share of each code and mean score of each item."""
    place, domains = population.people["place"].to_numpy(), list(_domains(population.municipalities))
    scores = instrument.score(population.answers)
    rows = []
    for item, spec in instrument.items.iterrows():
        codes = instrument.answer_codes[spec["scale"]]
        answers = population.answers[item].to_numpy(dtype=float, na_value=np.nan)
        given = np.flatnonzero(np.isin(answers, codes))
        names, values = [f"share.{code}" for code in codes], 100.0 * (answers[given, None] == codes)
        if spec["scored"]:
            names, values = [*names, "mean"], np.column_stack([values, scores[item].to_numpy()[given]])
        places, each = np.unique(place[given], return_inverse=True)
        means = {"municipality": (_means(each, values, len(places)), places)}
        if spec["role"] not in ("municipality", "alderman"):  # of these there is one in each municipality
            means["person"] = values, place[given]
        for per, (cells, where) in means.items():
            for (wave, domain), row in _in_domains(cells, where, domains):
                for name, value in zip(names, row, strict=True):
                    unit = "score" if name == "mean" else "percent"
                    what = "mean score" if name == "mean" else f"share with code {name[6:]}"
                    rows.append((f"{item}.{name}", str(wave), domain, per, value, unit, what))
    return rows


def _domains(frame):
    """Return the domains, waves and the size classes within each, and the code of either for each row."""
    for columns in (frame.assign(size_class="all"), frame):
        codes, keys = pd.factorize(pd.MultiIndex.from_frame(columns[["wave", "size_class"]]), sort=True)
        yield list(keys), codes


def _in_domains(values, places, domains):
    """Give the means of ``values`` (rows x columns) in each domain that has some, by its key."""
    for keys, codes in domains:
        at = codes[places]
        means = _means(at, values, len(keys))
        yield from ((keys[code], means[code]) for code in np.unique(at))


def _means(groups, values, count):
    """Return the means of ``values`` (rows x columns) in each group, over what is not missing."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return sums(groups, np.where(known, values, 0.0), count) / sums(groups, known.astype(float), count)


def _scores(population, instrument):
    """Return the scores of parts, dimensions and the whole, on all items and on the quick scan."""
    scored = instrument.score(population.answers)
    frame = population.municipalities
    domains = list(_domains(frame))
    cells = scored.groupby(population.people["place"]).mean()
    rows = []
    for prefix, form in (("score", "full"), ("quick", "quick_scan")):
        scores = municipal_scores(cells, instrument, form)
        if form == "full":
            scores = scores[frame["wave"].map(population.waves) == "full"]
        on = "on all items" if form == "full" else "on quick-scan items"
        for (wave, domain), row in _in_domains(scores.to_numpy(), scores.index.to_numpy(), domains):
            for part, value in zip(scores.columns, row, strict=True):
                what = f"mean score of {part} {on}"
                rows.append((f"{prefix}.{part}", str(wave), domain, "municipality", value, "score", what))
        for one, other in (("1", "2"), ("1", "3"), ("1", "4"), ("2", "3"), ("2", "4"), ("3", "4")):
            for wave, part in scores.groupby(frame["wave"]):
                value = part[one].corr(part[other])
                what = f"correlation between the scores of {one} and {other} {on}"
                name = f"correlation.{prefix}.{one}.{other}"
                rows.append((name, str(wave), "all", "municipality", value, "correlation", what))
    return rows


def municipal_scores(cells: pd.DataFrame, instrument: Instrument, form: str) -> pd.DataFrame:
    """Return the score of each part, dimension and the whole (``total``) for each municipality.

    ``cells`` has one row per municipality and one column per scored item: the mean over its people, 0-100.
    A part is the mean of its items, a dimension of its parts, the whole of its dimensions; what does not
    apply is left out.
    """
    items = instrument.items.loc[instrument.asked(form)]
    items = items[items["scored"] == 1]
    scores = {part: cells[rows.index].mean(axis=1) for part, rows in items.groupby("dimension")}
    for dimension in sorted({part[0] for part in scores}):
        parts = [scores[part] for part in scores if part[0] == dimension]
        scores[dimension] = pd.concat(parts, axis=1).mean(axis=1)
    dimensions = [scores[name] for name in scores if len(name) == 1]
    return pd.DataFrame(scores | {"total": pd.concat(dimensions, axis=1).mean(axis=1)})


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
        values = pd.Series([row[4] for row in mine])
        said = claims(values, limit, tested=lambda distance: distance > 0)
        verdict = 1 if said["holds"] else -1 if said["opposite"] else 0
        text = f"finding {finding} holds (1), the other way (-1) or neither (0)"
        verdicts.append((f"finding.{finding}", mine[0][1], "all", mine[0][3], verdict, "verdict", text))
    return verdicts
