"""The monitor table as statistical offices exchange tables: SDMX, a data structure definition and its data.

The structure is an SDMX-ML 2.1 message, the data an SDMX-CSV 2.0 and an SDMX-JSON 1.0 message, all three as
the library sdmx1 reads them. An observation has two dimensions, the number and the edition of the answers;
all else that is known of it is an attribute. What is withheld or cannot be estimated has no value, and a
status that says so.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sdmx
from sdmx.message import StructureMessage
from sdmx.model import common, v21

from doorgroeien.publishing.monitor import FIELDS, STATUS
from doorgroeien.publishing.words import phrase
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.inert import inert

__all__ = ["NO_ANSWERS", "as_sdmx", "code_of"]

AGENCY, VERSION, NAME = "DOORGROEIEN", "1.0.0", "MONITOR"
NO_ANSWERS = "NONE"  # the edition of what rests on no survey answers
FLAG = dict(zip(STATUS, ("A", "Q", "O"), strict=True))  # of SDMX's code list CL_OBS_STATUS
STATES = {"A": "Normal value", "Q": "Missing value; suppressed", "O": "Missing value"}
MEASURE = "OBS_VALUE"
NOT_ATTRIBUTES = {"id", "value", "definition_en", "definition_nl", "edition_en", "edition_nl"}
ATTRIBUTES = {
    {"unit": "unit_measure", "status": "obs_status"}.get(name, name).upper(): name
    for name in FIELDS
    if name not in NOT_ATTRIBUTES
}


def code_of(name: str) -> str:
    """Return the name of a number or an edition as a code of SDMX: letters, digits, ``-`` and ``_``.

    >>> from doorgroeien.publishing.monitor_sdmx import code_of
    >>> code_of("findings.9.5"), code_of("Edition of 2027 (pilot)")
    ('findings_9_5', 'Edition_of_2027_pilot')
    """
    return re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_")


def as_sdmx(table: pd.DataFrame, prepared: datetime | None = None) -> dict[str, bytes]:
    """Return a monitor table (:mod:`doorgroeien.publishing.monitor`) as three files by name.

    ``structure.xml`` is the data structure definition with its code lists and dataflow, ``data.csv`` and
    ``data.json`` are the data. ``prepared`` is the time in their headers, by default now.
    """
    prepared = prepared or datetime.now(UTC).replace(microsecond=0)
    agency = common.Agency(id=AGENCY)
    about: dict[str, Any] = {"version": VERSION, "maintainer": agency, "is_final": True}
    about["is_external_reference"] = False
    lists, names = _code_lists(table, about), _concepts(about)
    structure = _structure(lists, names, about)
    flow = v21.DataflowDefinition(id=NAME, name=_words("title"), structure=structure, **about)
    header = sdmx.message.Header(id=NAME, prepared=prepared, sender=agency, test=False)
    message = StructureMessage(header=header)
    for artefact in (*lists.values(), names, structure, flow):
        message.add(artefact)
    data = v21.DataSet(structured_by=structure, described_by=flow, action=common.ActionType.information)
    known = _attributes(table)
    data.add_obs(_observations(table, known, structure))
    rows: Any = sdmx.to_csv(data, rtype=pd.DataFrame, attributes="o")
    return {
        "structure.xml": sdmx.to_xml(message, pretty_print=True),
        "data.csv": rows.map(inert).to_csv(index=False, lineterminator="\n").encode("utf-8"),
        "data.json": _json_message(table, known, lists, prepared),
    }


def _words(name):
    return {lang: phrase(f"sdmx.{name}", lang) for lang in LANGUAGES}


def _edition(row) -> str:
    return NO_ANSWERS if pd.isna(row["edition_en"]) else code_of(row["edition_en"])


def _code_lists(table, about) -> dict[str, common.Codelist]:
    """Return the code lists of numbers, editions and status, by the component that they are of."""
    results = {
        row["id"]: {lang: row[f"definition_{lang}"] for lang in LANGUAGES} for _, row in table.iterrows()
    }
    named = {NO_ANSWERS: _words("no-answers")}
    named |= {
        _edition(row): {lang: row[f"edition_{lang}"] for lang in LANGUAGES}
        for _, row in table.dropna(subset="edition_en").drop_duplicates("edition_en").iterrows()
    }
    found: dict[str, Any] = {
        "RESULT": ({"en": "Numbers"}, {code_of(name): words for name, words in results.items()}),
        "EDITION": ({"en": "Editions of survey answers"}, named),
        "OBS_STATUS": ({"en": "Status"}, {code: {"en": words} for code, words in STATES.items()}),
    }
    return {
        component: common.Codelist(
            id=f"CL_{component}",
            name=name,
            items={code: common.Code(id=code, name=words) for code, words in codes.items()},
            **about,
        )
        for component, (name, codes) in found.items()
    }


def _concepts(about) -> common.ConceptScheme:
    meanings = {
        "RESULT": FIELDS["id"][1],
        "EDITION": "Edition of the survey answers",
        MEASURE: FIELDS["value"][1],
    }
    meanings |= {component: FIELDS[name][1] for component, name in ATTRIBUTES.items()}
    scheme = common.ConceptScheme(id="CS_MONITOR", name={"en": "Columns"}, **about)
    for name, words in meanings.items():
        scheme.append(common.Concept(id=name, name={"en": words}))
    return scheme


def _structure(lists, names, about) -> v21.DataStructureDefinition:
    def form(component, kind="string"):
        if component in lists:
            return common.Representation(enumerated=lists[component])
        facet = {"number": "double", "integer": "integer"}.get(kind, "string")
        return common.Representation(non_enumerated=[common.Facet(value_type=common.FacetValueType[facet])])

    made = v21.DataStructureDefinition(id=NAME, name=_words("title"), **about)
    for order, name in enumerate(("RESULT", "EDITION"), 1):
        part = {"id": name, "concept_identity": names[name], "local_representation": form(name)}
        made.dimensions.append(v21.Dimension(order=order, **part))
    part = {
        "id": MEASURE,
        "concept_identity": names[MEASURE],
        "local_representation": form(MEASURE, "number"),
    }
    made.measures.append(v21.PrimaryMeasure(**part))
    for name, column in ATTRIBUTES.items():
        part = {"id": name, "concept_identity": names[name]}
        part["local_representation"] = form(name, FIELDS[column][0])
        status = common.UsageStatus["mandatory" if name == "OBS_STATUS" else "conditional"]
        relation = v21.PrimaryMeasureRelationship()
        made.attributes.append(common.DataAttribute(related_to=relation, usage_status=status, **part))
    return made


def _attributes(table) -> pd.DataFrame:
    """Return the attributes of each row as texts, blank ones missing, by component."""
    known = table[[*ATTRIBUTES.values()]].set_axis([*ATTRIBUTES], axis="columns")
    known = known.assign(OBS_STATUS=known["OBS_STATUS"].map(FLAG)).astype(object)
    return known.where(known.isna(), known.map(str))


def _observations(table, known, structure) -> list[v21.Observation]:
    found = []
    for (_, row), (_, texts) in zip(table.iterrows(), known.iterrows(), strict=True):
        key = structure.make_key(common.Key, {"RESULT": code_of(row["id"]), "EDITION": _edition(row)})
        attached = {
            name: common.AttributeValue(value=text, value_for=structure.attributes.get(name))
            for name, text in texts.dropna().items()
        }
        value = None if pd.isna(row["value"]) else row["value"]
        measure = structure.measures.get(MEASURE)
        found.append(
            v21.Observation(dimension=key, value=value, value_for=measure, attached_attribute=attached)
        )
    return found


def _json_message(table, known, lists, prepared) -> bytes:
    """Return the data as SDMX-JSON, in which observations name values by their places in lists."""
    known = known.dropna(axis="columns", how="all")
    found = {name: pd.factorize(known[name]) for name in known}
    places = {name: [*lists[name].items].index for name in ("RESULT", "EDITION")}
    observations = {}
    for at, (_, row) in enumerate(table.iterrows()):
        key = f"{places['RESULT'](code_of(row['id']))}:{places['EDITION'](_edition(row))}"
        attached = [int(codes[at]) if codes[at] >= 0 else None for codes, _ in found.values()]
        observations[key] = [None if pd.isna(row["value"]) else row["value"], *attached]
    dimensions = [
        {
            "id": name,
            "name": name,
            "keyPosition": position,
            "values": [
                {"id": code, "name": str(item.name.localized_default("en"))}
                for code, item in lists[name].items.items()
            ],
        }
        for position, name in enumerate(places)
    ]
    attributes = [
        {"id": name, "name": FIELDS[ATTRIBUTES[name]][1], "values": [{"name": value} for value in values]}
        for name, (_, values) in found.items()
    ]
    message = {
        "header": {"id": NAME, "prepared": prepared.isoformat(), "sender": {"id": AGENCY}, "test": False},
        "dataSets": [{"action": "Information", "observations": observations}],
        "structure": {
            "name": _words("title")["en"],
            "dimensions": {"dataSet": [], "series": [], "observation": dimensions},
            "attributes": {"dataSet": [], "series": [], "observation": attributes},
        },
    }
    return (json.dumps(message, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
