"""What variables have in common: correlations where some are missing, and how many components they hold."""

import numpy as np
import pandas as pd

from doorgroeien.measurement.multiverse import normal

__all__ = ["correlations", "effective_size", "parallel_analysis"]


def effective_size(weight) -> float:
    """Return how many equally weighted cases say as much as cases of this ``weight`` (Kish 1965)."""
    weight = np.asarray(weight, dtype=float)
    return float(weight.sum() ** 2 / (weight**2).sum())


def correlations(values: pd.DataFrame, weight: pd.Series) -> pd.DataFrame:
    """Return the correlations of the columns of ``values`` (cases x variables), missing values allowed.

    They are those of a normal distribution by maximum likelihood (``multiverse.normal``), which takes values
    to be missing at random; ``weight`` is a number per case. Raises ``ValueError`` as it does.
    """
    covariance = normal(values.to_numpy(dtype=float), weight[values.index].to_numpy(dtype=float))[1]
    spread = np.sqrt(np.diag(covariance))
    return pd.DataFrame(covariance / np.outer(spread, spread), values.columns, values.columns)


def parallel_analysis(correlation, size: float, draws=200, level=0.95, seed=0) -> tuple[np.ndarray, int]:
    """Return the eigenvalues of a correlation matrix, largest first, and how many of them are no chance.

    An eigenvalue counts if it and all before it are larger than a share ``level`` of those in its place that
    ``draws`` samples of ``size`` cases, rounded, of independent normal variables have (Horn 1965).
    """
    matrix, random = np.asarray(correlation, dtype=float), np.random.default_rng(seed)
    own = np.linalg.eigvalsh(matrix)[::-1]
    shape = round(size), len(matrix)
    chance = [
        np.linalg.eigvalsh(np.corrcoef(random.standard_normal(shape), rowvar=False))[::-1]
        for _ in range(draws)
    ]
    beyond = own > np.quantile(chance, level, axis=0)
    return own, int(np.argmin(np.append(beyond, False)))
