"""Readers of files of others: CSV of any dialect, Excel, SPSS and Parquet, all as blocks of text columns."""

__all__ = ["blocks", "delimited", "opening", "statistical", "workbook"]
