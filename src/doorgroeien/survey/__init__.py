"""The survey: its instrument, the answers with their weights, the four dimensions, the ledger of findings.

Here lives what this book means by its questions, and what a next measurement could show. Whose answers they
are, and how they came in, is not known here.
"""

__all__ = [
    "answers",
    "carrying",
    "components",
    "composite",
    "dimension",
    "fieldwork",
    "frame",
    "indicators",
    "instrument",
    "ledger",
    "mirror",
    "partners",
    "persons",
    "planning",
    "selection",
    "weighting",
]
