"""What a page says: numbers, figures and tables from the register, citations, languages, the codebook."""

__all__ = [
    "badges",
    "bibliography",
    "citations",
    "codebook",
    "findings",
    "digits",
    "language",
    "mathml",
    "notebooks",
    "numbers",
    "published",
    "references",
    "sources",
]
