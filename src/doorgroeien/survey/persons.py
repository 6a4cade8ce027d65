"""Shares of the people of a role, as opposed to means over municipalities, and who of them is missing."""

import pandas as pd

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.dimension import in_percent
from doorgroeien.survey.selection import sensitivity
from doorgroeien.survey.weighting import design_of, undominated

__all__ = ["person_shares", "said"]


def said(answers: pd.DataFrame, item: str, chosen: list[str], wave: int) -> pd.Series:
    """Return 1 for who gave one of the ``chosen`` answers to ``item`` in the wave, 0 for another answer.

    ``answers`` are the data of a design (see ``weighting.design_of``); who gave none is missing. Raises
    ``ValueError`` for an answer that the item does not have.
    """
    given = answers[f"{item}_answer"].where(answers["wave"] == wave)
    if unknown := set(chosen) - set(answers[f"{item}_answer"].cat.categories):
        known = ", ".join(answers[f"{item}_answer"].cat.categories)
        raise ValueError(f"{item}: no answer {', '.join(sorted(unknown))}. Choose of: {known}.")
    return given.isin(chosen).where(given.notna()).astype(float)


def person_shares(survey: Survey, wave: int, asked: dict[str, tuple[str, list[str]]]) -> pd.DataFrame:
    """Return shares of persons who gave certain answers, under several views of who did not answer.

    ``asked`` gives for each row of the result (index) the item and the answers that count; each person of the
    role that the item was put to counts once. Columns, in per cent: those of ``Design.proportion``, where
    the missing are like their response class; ``reluctant``, where they are like the third of it that hardly
    took part (Lin and Schaeffer 1995); ``answered``, the share of those invited who answered the item,
    municipalities counting by their number of such persons; ``least`` and ``most``, the bounds if all others
    of those invited would say no, or yes (Manski 1989), who in each municipality speak for all; and
    ``heard``, ``all_least`` and ``all_most``, the share of all such persons who answered the item, and the
    bounds if all others would say no, or yes, also those who were not asked; and what
    ``selection.sensitivity`` adds. The row of an item that nobody was asked is empty. Raises
    ``NotEstimableError`` where that is so of all, and where one municipality has most of the people.
    """
    rows, items = list(asked), survey.items.index
    asked = {name: pair for name, pair in asked.items() if pair[0] in items}
    if not asked:
        raise NotEstimableError("absent", f"none of the items behind {', '.join(rows)} was asked.")
    designs = {name: design_of(survey, per="person", stands_in=name) for name in ("class", "reluctant")}
    data = designs["class"].table.data
    # Under names that no column of the design has.
    flags = pd.DataFrame({f"said {name}": said(data, *pair, wave) for name, pair in asked.items()})
    design, columns = designs["class"].assign(**flags), {name: {f"said {name}": 100} for name in asked}
    for name in flags:
        undominated(design, flags[name].notna())
    shares = in_percent(design.proportion(list(flags))).set_axis(list(asked)).rename_axis("variable")
    shares = sensitivity(survey, design, wave, shares.drop(columns="variable"), columns, per="person")
    mean = designs["reluctant"].assign(**flags).mean(list(flags)).set_axis(list(asked))
    bounds = {
        name: _bounds(
            survey, wave, survey.items.at[item, "role"], flags[f"said {name}"], data["municipality"]
        )
        for name, (item, _) in asked.items()
    }
    found = shares.join(100 * mean["estimate"].rename("reluctant")).join(pd.DataFrame(bounds).T)
    return (
        found.reindex(rows)
        .rename_axis("variable")
        .assign(reason=["few" if name in asked else "absent" for name in rows])
    )


def _bounds(survey, wave, role, flag, town):
    """Return the shares of those invited, and of all, who answered, and the least and most who can say so."""
    rows = survey.groups[(survey.groups["wave"] == wave) & (survey.groups["role"] == role)]
    groups = rows.set_index("municipality")
    people = groups["population"]
    given = pd.DataFrame({"yes": flag, "all": flag.notna()}).groupby(town).sum().reindex(groups.index)
    given = given.fillna(0).astype(float)
    rate = given.div(groups["invited"].where(groups["invited"] > 0, 1), axis=0)
    yes, reached = 100 * people @ rate / people.sum()
    all_yes, heard = 100 * given.sum() / people.sum()
    found = {"answered": reached, "least": yes, "most": yes + 100 - reached}
    return found | {"heard": heard, "all_least": all_yes, "all_most": all_yes + 100 - heard}
