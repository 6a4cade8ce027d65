"""The way in for survey answers: the door where packages are checked, its readers, and the empty package.

Here lives all that turns files of others into the tables of ``survey``, or into a report of what is wrong.
Nothing is estimated here.
"""

__all__ = [
    "check",
    "fielding",
    "files",
    "filling",
    "loading",
    "mapping",
    "notation",
    "own_items",
    "readers",
    "spelling",
    "suspicions",
    "template",
    "translation",
    "unasked",
]
