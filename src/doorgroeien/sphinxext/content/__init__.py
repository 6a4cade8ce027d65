"""What a page says: numbers, figures and tables from the register, citations, languages, what tables hold."""

__all__ = [
    "answers",
    "badges",
    "bibliography",
    "citations",
    "codebook",
    "digits",
    "figure_data",
    "findings",
    "folds",
    "language",
    "mathml",
    "municipalities",
    "notebooks",
    "numbers",
    "published",
    "references",
    "sentences",
    "slides",
    "sources",
    "withheld",
]
