"""Design-based estimation for samples from finite populations, as R's ``survey`` does it.

Here live designs, estimates with their covariance, tests and models, and the numerics below them. Nothing
here knows of this book, its questionnaire or its data: the wing could be released alone.
"""

__all__ = [
    "arrays",
    "calibration",
    "columns",
    "comparison",
    "correlation",
    "design",
    "effects",
    "estimable",
    "estimates",
    "intervals",
    "item_nonresponse",
    "newton",
    "ordinal",
    "pooling",
    "quantiles",
    "ranking",
    "ratios",
    "regression",
    "replicates",
    "samples",
    "significance",
    "stages",
]
