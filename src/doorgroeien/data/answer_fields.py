"""The columns of the answers, which follow from the items: an item is one row of one table."""

import pandas as pd

__all__ = ["answer_fields"]


def answer_fields(items: pd.DataFrame, codes: pd.DataFrame) -> list[dict]:
    """Return the fields of the table ``answers`` in the schema: one for each item, in the order of items.

    A field has the item's short name and wording, and allows the codes of its scale.
    """
    allowed = codes.groupby("scale")["code"].agg(lambda column: [int(code) for code in column])
    return [
        {
            "name": item.item,
            "type": "integer",
            "title": item.short_en,
            "description": item.wording_en,
            "constraints": {"enum": allowed.get(item.scale, [])},
        }
        for item in items.itertuples()
    ]
