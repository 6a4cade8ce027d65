"""Scenarios of the reference survey between those of the letter and its reverse, and exactly at the limits.

What the model expects of an estimand, over all draws of people in municipalities of the sizes drawn, follows
without drawing: the latent value of an answer is normal given size. ``edge`` has each estimand at its limit
``holds_above`` in that sense, ``edge-reverse`` at ``opposite_below``; a single draw lies around it.
"""

from collections.abc import Callable
from functools import cache, cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from scipy.optimize import brentq
from scipy.special import ndtr

from doorgroeien.data.tables import load_all
from doorgroeien.survey.frame import Frame
from doorgroeien.survey.instrument import Instrument
from doorgroeien.survey.ledger import EXECUTION, GAPS, SOCIAL, SPECIFIC
from doorgroeien.synthetic import population as model
from doorgroeien.synthetic.population import BEFORE, EDGES, LATENT_ORDER, NOW, Scenario, strength_of

__all__ = ["expected", "scenario_of"]

ABSCISSAE, MASSES = np.polynomial.hermite_e.hermegauss(24)  # of the normal distribution
MASSES /= MASSES.sum()
NOISE = np.sqrt(1 - model.SHARE_PART**2 - model.SHARE_PERSON**2)  # of an item, given municipality and person
# So many points stand for all sizes, or for all that items of a municipality share, in means of smooth
# functions, to the last digit.
SIZES, SHARED = 32, 128
NEAR = 1e-9  # points from its limit at which an estimand counts as being there


def scenario_of(
    name: str, instrument: Instrument, frame: Frame, waves: dict[int, str], seed: int
) -> Scenario:
    """Return the scenario of a name: of ``SCENARIOS`` or ``EDGES``, or a number from -1 to 1 between them.

    The limits are met for the sizes of municipalities and the difficulties of items that the seed draws.
    Raises ``ValueError`` for another name.

    >>> from doorgroeien.data.paths import book_root
    >>> from doorgroeien.survey.frame import load_frame
    >>> from doorgroeien.survey.instrument import load_instrument
    >>> from doorgroeien.synthetic.edge import scenario_of
    >>> waves = {2005: "quick_scan", 2007: "full"}
    >>> scenario_of("-0.5", load_instrument(), load_frame(book_root()), waves, 1).rest
    -0.5
    """
    strength = strength_of(name)
    if name not in EDGES:
        return Scenario(strength)
    table = load_all(only=("estimands",))["estimands"].set_index(["finding", "estimand"])
    return _at_limits(table[EDGES[name]].to_dict(), strength, expected(instrument, frame, waves, seed))


def expected(
    instrument: Instrument, frame: Frame, waves: dict[int, str], seed: int
) -> dict[tuple[int, str], Callable[[Scenario], float]]:
    """Return what the model expects of each estimand, by finding and estimand, as functions of a scenario.

    In the units of the table ``estimands`` of the data package.
    """
    return _Expected(instrument, frame, waves, seed).estimands()


def _at_limits(limits, rest, functions):
    """Return the scenario with each expected estimand at its limit; of all else ``rest`` holds."""
    found: dict[tuple[int, str], float] = {}

    def beyond(strength, key):
        return functions[key](Scenario(rest, found | {key: strength})) - limits[key]

    # One may move another (a bias the emphasis, a level a change), so again for those that were moved.
    while off := [key for key in functions if abs(beyond(found.get(key, rest), key)) > NEAR]:
        for key in off:
            found[key] = brentq(beyond, -1, 1, args=(key,), xtol=1e-14)
    return Scenario(rest, found)


class _Expected:
    """The expected estimands on the municipalities and difficulties of a seed."""

    def __init__(self, instrument, frame, waves, seed):
        towns = model.draw_municipalities(seed, frame, dict(sorted(waves.items())))
        groups = model.groups_of(seed, towns)
        now = groups.query("role == 'councillor'")["population"].to_numpy()
        self.councillors = now[(towns["wave"] == NOW).to_numpy()]
        self.size = {wave: part["size"].to_numpy() for wave, part in towns.groupby("wave")}
        self.items, self.codes = instrument.items, instrument.answer_codes
        self.full, self.quick = instrument.parts["full"], instrument.parts["quick_scan"]
        self.speaking = {finding: self._speaking(finding) for finding in (5, 6)}
        self.rows = instrument.rows
        self.difficulty = {item: model.difficulty(seed, item) for item in self.items.index}
        self.sizes_of = cache(self._sizes_of)
        # They are asked for the same again and again, while one estimand after the other is moved.
        self.score_at, self.contacts_at = cache(self._score_at), cache(self._contacts_at)

    def estimands(self) -> dict[tuple[int, str], Callable[[Scenario], float]]:
        """Return the functions of a scenario, by finding and estimand."""
        found: dict[tuple[int, str], Any] = {}
        for part in ("1a", "1b", "1c", "1d"):
            found[1, part] = lambda scenario, part=part: self._change(part, scenario)
        for role in ("alderman", "councillor"):
            found[2, role] = lambda scenario, item=f"d1a_place_{role}": (
                self._share(item, SOCIAL, scenario) - self._share(item, SOCIAL, scenario, BEFORE)
            )
        for role in ("manager", "staff"):
            found[3, role] = lambda scenario, item=f"d3c_owner_{role}": self._share(item, SPECIFIC, scenario)
        found[4, "emphasis"] = lambda scenario: sum(
            sign * self._part(part, scenario) for part, sign in GAPS[4, "emphasis"].items()
        )
        found[5, "clear"] = lambda scenario: self._mean(self.speaking[5], scenario)
        found[6, "room"] = lambda scenario: 100 - self._mean(self.speaking[6], scenario)
        for name in ("recovery", "reduction"):
            found[7, name] = lambda scenario, item=f"d2d_{name}": (
                self._score(item, scenario) - self._score(item, scenario, reported=False)
            )
        found[8, "execution"] = lambda scenario: self._share(
            "d3a_role", EXECUTION, scenario, weights=self.councillors
        )
        for part in ("4a", "4c"):
            found[9, part] = lambda scenario, part=part: (
                self._contacts("4b", scenario) - self._contacts(part, scenario)
            )
        return found

    def _speaking(self, finding):
        scored = self.items[self.items["scored"] == 1]
        said = scored["findings"].fillna("").str.split(";")
        return list(scored.index[said.map(lambda listed: str(finding) in listed)])

    def _part(self, part, scenario):
        return self._mean(self.full[part], scenario)

    def _change(self, part, scenario):
        return self._mean(self.quick[part], scenario) - self._mean(self.quick[part], scenario, BEFORE)

    def _mean(self, items, scenario, wave=NOW):
        return np.mean([self._score(item, scenario, wave) for item in items])

    def _score(self, item, scenario, wave=NOW, reported=True):
        """Return the expected mean score."""
        return self.score_at(item, wave, self._centre(item, scenario, wave, reported))

    def _score_at(self, item, wave, centre):
        """Return the expected mean score: each cut that the latent value passes is worth as much."""
        cuts = model.cuts_of_scale(len(self.codes[self.rows[item]["scale"]]))
        points, masses, spread = self.sizes_of(self.rows[item]["dimension"], wave)
        return 100 * (ndtr((centre + points - cuts[:, None]) / spread) @ masses).mean()

    def _share(self, item, code, scenario, wave=NOW, weights=None):
        """Return the expected share of a code of a nominal item, per cent."""
        row = self.rows[item]
        middle, spread = self._by_size(row["dimension"], wave)
        ends = np.concatenate([[-np.inf], model.cuts_of_shares(row, wave, scenario), [np.inf]])
        grade = LATENT_ORDER[row["scale"]].index(code)
        low, high = (ndtr((end - middle) / spread) for end in ends[grade : grade + 2])
        return 100 * np.average(high - low, weights=weights)

    def _centre(self, item, scenario, wave=NOW, reported=True):
        row = self.rows[item]
        centre = self.difficulty[item] + model.level(row, scenario)
        if wave < NOW:
            centre -= model.change(row, scenario)
        return centre + model.bias(row, scenario) if reported else centre

    def _by_size(self, part, wave):
        """Return the mean of the latent value given size, and the standard deviation around it."""
        loading = model.LOADING if len(part) == 2 else 1
        slope = model.SHARE_PART * loading * model.SIZE_EFFECT[part[0]]
        return slope * self.size[wave], np.sqrt(1 - slope**2)

    def _sizes_of(self, part, wave):
        """Return the same with the means as points and masses, ``_standing_for`` those of all sizes."""
        middle, spread = self._by_size(part, wave)
        return *_standing_for(middle, np.full(len(middle), 1 / len(middle)), SIZES), spread

    @cached_property
    def shared(self):
        """Return points and masses of what items of one part of dimension 4 share in a municipality."""
        middle, spread = self._by_size("4a", NOW)
        values = middle[:, None] + np.sqrt(spread**2 - NOISE**2) * ABSCISSAE
        return _standing_for(values.ravel(), np.tile(MASSES / len(middle), len(middle)), SHARED)

    def _contacts(self, part, scenario):
        """Return the expected score of a part of dimension 4: its quality counts where there is contact."""
        return self.contacts_at(part, tuple(self._centre(item, scenario) for item in self.full[part]))

    def _contacts_at(self, part, centres):
        """Return the same by the centres of its items.

        Given what the items of a municipality share, which is integrated out, they are independent.
        """
        centre = dict(zip(self.full[part], centres, strict=True))
        contacts = [name for name in centre if name.endswith("_contact")]
        shared, masses = self.shared

        def passing(item):
            cuts = model.cuts_of_scale(len(self.codes[self.rows[item]["scale"]]))
            return ndtr((centre[item] + shared - cuts[:, None]) / NOISE)

        met, both = [], []
        for contact in contacts:
            passed = passing(contact)
            quality = passing(contact.replace("_contact", "_quality")).mean(axis=0)
            met.append(passed[0])
            both.append(passed.mean(axis=0) + passed[0] * quality)  # nought without contact
        total = 0
        for pattern in product((0, 1), repeat=len(contacts)):
            chances = [p if yes else 1 - p for yes, p in zip(pattern, met, strict=True)]
            for place in np.flatnonzero(pattern):
                others = np.prod([chance for at, chance in enumerate(chances) if at != place], axis=0)
                total = total + both[place] * others / (len(contacts) + sum(pattern))
        return 100 * (total @ masses)


def _standing_for(values, masses, count):
    """Return so many points, and their masses, with which smooth functions have the mean they have of values.

    They are the points of Chebyshev: a function that a polynomial of lower degree follows has that mean.
    """
    low, high = values.min(), values.max()
    points = chebyshev.chebpts1(count)
    moments = masses @ chebyshev.chebvander((2 * values - low - high) / (high - low), count - 1)
    moments[1:] *= 2
    masses = chebyshev.chebvander(points, count - 1) @ moments / count
    return (low + high + points * (high - low)) / 2, masses
