"""The survey: its instrument, the answers with their weights, the four dimensions, the ledger of findings.

Here lives what this book means by its questions. Whose answers they are, and how they came in, is not
known here.
"""

__all__ = [
    "answers",
    "carrying",
    "composite",
    "dimension",
    "frame",
    "instrument",
    "ledger",
    "partners",
    "persons",
    "selection",
    "weighting",
]
