"""The reference survey: a population model with a known truth, answers drawn from it, the method tried on it.

Here lives the only source of invented answers. It writes tables; no analysis imports it.
"""

__all__ = ["edge", "population", "study", "truth", "validation"]
