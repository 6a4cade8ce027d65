"""Measuring what no single question measures: scales and their reliability, indices, types, levels, bounds.

Here lives what makes scores of items and says how good they are, and bounds of what was found.
It stands on ``estimation`` alone, and knows no questionnaire.
"""

__all__ = [
    "extremes",
    "importance",
    "multilevel",
    "multiverse",
    "poststratification",
    "scores",
    "steps",
    "structure",
    "typology",
]
