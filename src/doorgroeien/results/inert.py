"""What a spreadsheet must not take for a formula: names and labels of others reach tables that it opens."""

from openpyxl import Workbook

__all__ = ["ACTS", "inert", "inert_book"]

# CSV has no types: what begins with these is computed and not shown (OWASP, CSV injection).
ACTS = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: object) -> object:
    """Return a cell of CSV, with an apostrophe before a text that would be computed.

    A carriage return becomes a line feed: the ``csv`` module does not quote it, and it would begin a row.

    >>> [inert(cell) for cell in ("=1+1", "a=b", -2.5)]
    ["'=1+1", 'a=b', -2.5]
    """
    if not isinstance(cell, str):
        return cell
    mark = "'" if cell.startswith(ACTS) else ""
    return mark + cell.replace("\r\n", "\n").replace("\r", "\n")


def inert_book(book: Workbook) -> Workbook:
    """Return a workbook whose formulas are the texts that they are made of: nothing in it is computed.

    >>> book = Workbook()
    >>> book.active.append(["=1+1"])
    >>> inert_book(book).active["A1"].data_type
    's'
    """
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.data_type = "s"
    return book
