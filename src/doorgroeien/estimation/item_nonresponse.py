"""Single missing answers as a last phase of sampling: what was lost, in the variance of a mean.

Everybody in a class answers an item with one probability, each independently of the others: a response
homogeneity group (Särndal, Swensson and Wretman 1992, sec. 15.6). Whoever lost an answer could have been
another. Over the population, in which those who would answer are a domain, the variance of a mean is that of
the domain, which the stages of sampling give, plus that of the phase; here is the latter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from doorgroeien.estimation.arrays import Codes, Flags, Floats, gram
from doorgroeien.estimation.columns import Domains

__all__ = ["ItemNonresponse"]


@dataclass(frozen=True, eq=False)
class ItemNonresponse:
    """Response to single items within classes.

    Attributes:
        codes: the class of each row.
        owed: for names of items, which rows (flags) owe an answer: a missing one of theirs is lost.
    """

    codes: Codes
    owed: Mapping[str, Flags]

    def like(self, names: Mapping[str, str]) -> "ItemNonresponse":
        """Return the same with further columns (keys), of which an answer is owed where it is to an item."""
        return replace(self, owed={**self.owed, **{new: self.owed[item] for new, item in names.items()}})

    def covariance(self, z: Floats, present: Flags, names: Sequence[str], domains: Domains) -> Floats:
        """Return the covariance that lost answers give the sums of ``z`` in each domain.

        Args:
            z: linearised values (rows x columns) times the root of the share of the population sampled.
            present: which answers are there (rows x columns, or x 1).
            names: of the columns, as far as they have any; in one that is no item, nothing is lost.
            domains: rows outside all of them owe nothing.

        With rates p and q of answers to two items in a class, and r of answers to both, the product of the
        values of someone who answered both counts for 1 - pq / r: for one item, 1 - p. The result is domains
        x columns x columns: who answers is in one domain, so two of them share nothing.
        """
        width, each = z.shape[1], domains.count + 1
        present = np.broadcast_to(present, z.shape)
        owing = np.zeros((width, len(z)), dtype=bool)
        for place, name in enumerate(names):
            if name in self.owed:
                owing[place] = self.owed[name]
        # Rows by class and, within it, by domain; those outside all domains owe nothing.
        order = np.argsort(self.codes * each + domains.codes, kind="stable")
        order = order[domains.inside[order]]
        here, owed, z = present[order], owing.T[order] | present[order], z[order]
        codes, own = self.codes[order], domains.codes[order]
        incomplete = (owed != here).any(axis=1)
        found = np.zeros((domains.count, width, width))
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(codes)], strict=True):
            if not incomplete[start:end].any():
                continue
            columns = np.flatnonzero(here[start:end].any(axis=0))
            lost = _lost(here[start:end, columns], owed[start:end, columns])
            values, inside = z[start:end, columns], own[start:end]
            cells = columns[:, None], columns
            for domain in range(inside[0], inside[-1] + 1):
                some = values[np.searchsorted(inside, domain) : np.searchsorted(inside, domain, "right")]
                found[domain][cells] += lost * gram(some)
        return found


def _lost(present: Flags, owed: Flags) -> Floats:
    """Return 1 - pq / r for each two columns, from who answered and who owed an answer; 0 where r is 0."""
    answered, asked = present.astype(float), owed.astype(float)
    both, pairs = answered.T @ answered, asked.T @ asked
    rate = both.diagonal() / pairs.diagonal()
    chance = rate[:, None] * rate * pairs
    return np.divide(both - chance, both, out=np.zeros_like(both), where=both > 0)
