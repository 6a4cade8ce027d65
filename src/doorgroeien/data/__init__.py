"""The data package: tables that fit the one schema, what is wrong where they do not, and where they stand.

Here lives all that reads and checks ``data/`` and what has its schema. It knows nothing of what is computed
from a table.
"""

__all__ = ["answer_fields", "checking", "faults", "paths", "rounding", "tables", "terminal"]
