"""Records: their types, the JSON Schema made of these, and what notebooks have stored."""

import json
from copy import deepcopy
from typing import get_type_hints

import nbformat
import pytest
from jsonschema import Draft202012Validator

from doorgroeien.results.records import (
    Bilingual,
    Column,
    Data,
    PlacedFigure,
    PlacedNumber,
    PlacedTable,
    Rests,
    Results,
    Wording,
    json_schema,
)
from doorgroeien.results.register import MIME, Register
from doorgroeien.sphinxext.around.downloads import all_results

TYPES = (Bilingual, Column, Data, PlacedFigure, PlacedNumber, PlacedTable, Rests, Wording)
EDITION = {"en": "some answers", "nl": "antwoorden"}
COMMON = {"population": EDITION, "evidence": "survey answers", "sources": [], "edition": EDITION}
PLACE = {"page": "notebooks/a", "cell": 1}
NUMBER = {
    **{
        "kind": "number",
        "id": "a.x",
        "value": 5,
        "unit": "percent",
        "decimals": None,
        "low": 4.5,
        "high": None,
    },
    **{"interval": "confidence", "se": 0.5, "n": 60, "period": "2007", "definition": EDITION},
}
DATA = {"columns": ["year", "cases"], "rows": [["2007", 3.5], ["2008", None]]}
SHOWN = {"name": "cases", "label": "Cases", "unit": "cases", "decimals": None, "link": None}
RESULTS = {
    **{"$schema": "results.schema.json", "title": "A book", "licence": "CC-BY-4.0"},
    "numbers": [NUMBER | COMMON | PLACE],
    "figures": [
        {"kind": "figure", "id": "a.f", "caption": {"en": "A line"}, "alt": EDITION, "data": DATA}
        | COMMON
        | PLACE
    ],
    "tables": [
        {"kind": "table", "id": "a.t", "caption": EDITION, "columns": [SHOWN], "search": False, "data": DATA}
        | COMMON
        | PLACE
    ],
}


@pytest.fixture(scope="module")
def schema():
    return Draft202012Validator(json_schema())


@pytest.fixture(scope="module")
def notebooks(root):
    return {path: path.read_text(encoding="utf-8") for path in sorted(root.glob("notebooks/*.ipynb"))}


def wrong(schema, results):
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(results)]


def test_every_stored_record_fits_the_schema(root, schema, notebooks):
    register = Register()
    for path, text in notebooks.items():
        register.read(path.relative_to(root).with_suffix("").as_posix(), json.loads(text))
    results = all_results(register, "Doorgroeien")
    assert min(len(results[kind]) for kind in ("numbers", "figures", "tables")) > 9
    assert wrong(schema, results) == []


def test_reading_a_stored_record_changes_no_byte_of_it(root, notebooks):
    for path, text in notebooks.items():
        register, notebook = Register(), json.loads(text)
        register.read(path.relative_to(root).with_suffix("").as_posix(), notebook)
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                bundle = output.get("data", {}).get(MIME, {"records": []})
                bundle["records"] = [
                    {name: part for name, part in register.records[record["id"]].items() if name not in PLACE}
                    for record in bundle["records"]
                ]
        assert nbformat.writes(nbformat.from_dict(notebook)) + "\n" == text, path.name


def test_types_and_schema_have_the_same_fields_and_require_the_same(schema):
    defined = schema.schema["$defs"] | {"Results": schema.schema}
    assert set(defined) == {kind.__name__ for kind in (*TYPES, Results)}
    for kind in (*TYPES, Results):
        own = defined[kind.__name__]
        assert set(own["properties"]) == set(get_type_hints(kind)), kind.__name__
        assert set(own["required"]) == kind.__required_keys__, kind.__name__
        assert own["additionalProperties"] is False


def test_the_schema_is_one_and_says_of_every_field_what_it_means(schema):
    Draft202012Validator.check_schema(schema.schema)
    for own in (schema.schema, *schema.schema["$defs"].values()):
        assert own["description"]
        assert all(len(field["description"]) > 4 for field in own["properties"].values())


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("numbers", {"unti": "cases"}, "'unti' was unexpected"),
        ("numbers", {"unit": ...}, "'unit' is a required property"),
        ("numbers", {"value": "5"}, "'5' is not valid"),
        ("numbers", {"evidence": "rumour"}, "'rumour' is not one of"),
        ("numbers", {"interval": "wide"}, "'wide' is not valid"),
        ("numbers", {"withheld": False}, "True was expected"),
        ("numbers", {"id": "A.x"}, "'A.x' does not match"),
        ("numbers", {"definition": {"en": "English only"}}, "'nl' is a required property"),
        ("numbers", {"cell": 0}, "0 is less than"),
        ("numbers", {"kind": "figure"}, "'number' was expected"),
        ("figures", {"alt": ...}, "'alt' is a required property"),
        ("figures", {"data": DATA | {"rows": []}}, "should be non-empty"),
        ("figures", {"language": "de"}, "'de' is not one of"),
        ("tables", {"columns": [SHOWN | {"width": 3}]}, "'width' was unexpected"),
        ("tables", {"search": None}, "None is not of type 'boolean'"),
    ],
)
def test_a_record_unlike_its_type_is_found(schema, kind, change, message):
    assert wrong(schema, RESULTS) == []
    results = deepcopy(RESULTS)
    (record,) = results[kind]
    record |= change
    results[kind] = [{name: part for name, part in record.items() if part is not ...}]
    (found,) = wrong(schema, results)
    assert message in found
