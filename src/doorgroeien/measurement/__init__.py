"""Measuring what no single question measures: scales and their reliability, indices, types, levels.

Here lives what makes scores of items and says how good they are. It stands on ``estimation`` alone, and
knows no questionnaire.
"""

__all__ = ["extremes", "multilevel", "multiverse", "scores", "steps", "structure", "typology"]
