"""Partners in enforcement: how often there is contact with each, and how good the cooperation is."""

from functools import cached_property

import pandas as pd

from doorgroeien.estimation.arrays import certain
from doorgroeien.estimation.design import Design
from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.survey.dimension import Dimension

__all__ = ["BANDS", "FAIR", "GOOD", "MONTHLY", "NEVER", "OFTEN", "Partners"]

FAIR, GOOD, MONTHLY = 50, 75, 75  # scores of the scales quality and contact
NEVER = "never"
BANDS = ("below fair", "fair", "good or better")
OFTEN = ("once a year or less", "a few times a year", "every month", "every week or more")
# The item of which a measure lacks the answer; the others are about some only, by what they answered.
OF = {"quality": "quality", "band": "quality"}
OF |= dict.fromkeys(("contact", "rate", "never", "monthly", "working", "joint"), "contact")
CELLS = [NEVER, *(f"{often} / {band}" for often in OFTEN for band in BANDS)]


class Partners:
    """The partners that a dimension asks about, with measures of contact and quality for each.

    A partner is a subscale with an item on the scale ``quality`` and one on ``contact``, the first of each;
    who never has contact cannot judge it. Each measure is a column ``<kind>_<partner>``, missing outside the
    wave of the dimension and where it is not known:

    - ``quality``, ``contact``: the two scores, 0 to 100;
    - ``band``, ``rate``: the same in three, 0 to 2: quality below fair, fair, or good and better; contact
      rarer than a few times a year, a few times a year, or at least monthly;
    - ``never``, ``monthly``: whether there is no contact, and contact at least monthly;
    - ``working``: whether there is a working contact, at least monthly and at least good;
    - ``frequent``, ``rarer``: quality where contact is at least monthly, and where it is rarer;
    - ``joint``: both answers at once, in categories ``never`` and ``<OFTEN> / <BANDS>``.

    >>> from doorgroeien.intake.loading import load_survey
    >>> from doorgroeien.survey.dimension import Dimension
    >>> from doorgroeien.survey.partners import Partners
    >>> partners = Partners(Dimension(load_survey(), "4", before=2005, wave=2007))
    >>> partners.names[:3]
    ['work', 'civil', 'police']
    """

    def __init__(self, dimension: Dimension):
        """Find the partners among the items of the dimension.

        Raises ``NotEstimableError`` where of no partner both were asked.
        """
        self.dimension = dimension
        rows = dimension.items[dimension.items["scale"].isin(["quality", "contact"])].reset_index()
        pairs = rows.pivot_table(
            index="subscale", columns="scale", values="item", aggfunc="first", sort=False
        )
        self.items = pairs.reindex(columns=["quality", "contact"]).dropna()
        if self.items.empty:
            raise NotEstimableError("absent", "no partner has an item on quality and one on contact.")
        self.names = list(self.items.index)

    @cached_property
    def design(self) -> Design:
        """Return the design of respondents with all measures.

        >>> partners.design.mean("monthly_police")["variable"].to_list()
        ['monthly_police']
        """
        return self.measured(self.dimension.design)

    def measured(self, design: Design) -> Design:
        """Return a design of the survey with all measures added, such as that of municipalities.

        >>> "band_police" in partners.measured(partners.dimension.municipalities).table.data
        True
        """
        data, found = design.table.data, {}
        for name, row in self.items.iterrows():
            scores = (certain(data[row[kind]].astype(float)) for kind in ("quality", "contact"))
            now = (score.where(data["wave"] == self.dimension.wave) for score in scores)
            found |= {f"{kind}_{name}": column for kind, column in _measures(*now).items()}
        made = design.assign(**found)
        if made.items is not None:
            items = {
                f"{kind}_{name}": row[of] for name, row in self.items.iterrows() for kind, of in OF.items()
            }
            made.items = made.items.like(items)
        return made

    def estimate(self, kinds, method="mean", by=()) -> pd.DataFrame:
        """Return estimates of measures for every partner, with the keys ``kind`` and ``partner``.

        ``method`` is ``mean`` or ``proportion``.

        >>> partners.estimate(["monthly"], "proportion")["partner"].to_list() == partners.names
        True
        """
        names = {f"{kind}_{name}": (kind, name) for kind in kinds for name in self.names}
        found = getattr(self.design, method)(list(names), by=list(by) or None)
        keys = found["variable"].map(names)
        return found.assign(kind=keys.str[0], partner=keys.str[1])


def _measures(quality, contact):
    """Return the measures of one partner from both scores, by kind."""
    known, judged = contact.notna(), quality.notna()
    often, good = contact >= MONTHLY, quality >= GOOD
    band = 1.0 * (quality >= FAIR) + good
    cell = (3 * contact / 25 - 2 + band).where(judged).mask(contact == 0, 0).fillna(-1)
    return {
        "quality": quality,
        "contact": contact,
        "band": band.where(judged),
        "rate": (1.0 * (contact >= FAIR) + often).where(known),
        "never": (1.0 * (contact == 0)).where(known),
        "monthly": (1.0 * often).where(known),
        "working": (1.0 * (often & good)).where(known & (judged | ~often)),
        "frequent": quality.where(often),
        "rarer": quality.where(~often),
        "joint": pd.Series(pd.Categorical.from_codes(cell.astype(int), CELLS), index=quality.index),
    }
