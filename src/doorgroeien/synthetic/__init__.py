"""The reference survey: a population model with a known truth, and answers drawn from it.

Here lives the only source of invented answers. It writes tables; no analysis imports it.
"""

__all__ = ["edge", "population", "study", "truth", "validation"]
