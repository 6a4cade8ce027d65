"""The municipalities themselves: their number year by year, where each one went, and what is an estimate."""

import pytest
from conftest import ROOT

from doorgroeien.data.tables import load_all

COUNTED = {2003: 489, 2004: 483, 2005: 467, 2006: 458, 2007: 443}
CLASSES = {"<20k": (0, 20_000), "20k-50k": (20_000, 50_000), "50k-100k": (50_000, 100_000)}
CLASSES |= {">=100k": (100_000, float("inf"))}
# New codes with new names, which no merger brought.
RENAMED = {"0258": "1740", "0178": "1742"}


@pytest.fixture(scope="module")
def tables():
    return load_all(ROOT)


@pytest.fixture(scope="module")
def now(tables):
    return tables["municipalities_2007"].set_index("cbs_code")


@pytest.fixture(scope="module")
def then(tables):
    return tables["municipalities_2003"].set_index("cbs_code")


def test_mergers_lead_from_the_municipalities_of_2003_to_those_of_2007(tables, now, then):
    known = {RENAMED.get(code, code) for code in then.index}
    assert len(known) == len(then) == COUNTED[2003]
    for year, merged in tables["mergers"].groupby("year"):
        assert set(merged["former_code"]) <= known, year
        assert (merged["former_code"].groupby(merged["successor_code"]).count() > 1).all(), year
        known = known - set(merged["former_code"]) | set(merged["successor_code"])
        assert len(known) == COUNTED[year]
    assert known == set(now.index)


def test_their_numbers_are_those_that_statistics_netherlands_published(tables, now):
    figures = tables["figures"].set_index("id")["value"]
    assert {year: figures[f"municipalities.{year}"] for year in (2005, 2006, 2007)}.items() <= COUNTED.items()
    merged = tables["mergers"].groupby("year")
    # In 2007 one renaming is counted there as an end and a beginning.
    for year, more in ((2005, 0), (2006, 0), (2007, 1)):
        group = merged.get_group(year)
        assert figures[f"municipalities.abolished.{year}"] == len(group) + more
        assert figures[f"municipalities.new.{year}"] == group["successor_code"].nunique() + more
    small = 100 * (now["size_class"] == "<20k").mean()
    large = 100 * (now["size_class"] == ">=100k").mean()
    assert round(small) == figures["municipalities.small.share.2008"]
    assert round(large) == figures["municipalities.large.share.2008"]


def test_each_municipality_of_2003_goes_where_its_merger_or_its_name_says(tables, then):
    went = tables["mergers"].set_index("former_code")["successor_code"].to_dict() | RENAMED
    assert then["code_2007"].tolist() == [went.get(code, code) for code in then.index]


def test_names_are_those_of_their_codes(tables, now, then):
    mergers = tables["mergers"]
    assert mergers["successor"].tolist() == now.loc[mergers["successor_code"], "municipality"].tolist()
    assert (
        mergers["former_municipality"].tolist() == then.loc[mergers["former_code"], "municipality"].tolist()
    )
    for name in ("investigation_grants", "figures_of_municipalities"):
        table = tables[name]
        assert table["municipality"].tolist() == now.loc[table["cbs_code"], "municipality"].tolist(), name
    same = now.index.intersection(then.index)
    assert now.loc[same, "municipality"].tolist() == then.loc[same, "municipality"].tolist()


def test_documents_name_the_municipality_and_province_of_their_code(tables, now):
    documents = tables["documents"].dropna(subset=["cbs_code"])
    known = documents[documents["cbs_code"].isin(now.index)]
    assert len(known) > 0.9 * len(documents)
    for name in ("municipality", "province"):
        assert known[name].tolist() == now.loc[known["cbs_code"], name].tolist()
    later = set(documents["cbs_code"]) - set(known["cbs_code"])
    assert later == {"1884", "1894", "1900", "1903", "1904"}, "municipalities of 2009 to 2011"


def test_the_youth_grant_adds_up_to_what_the_regulation_prints_within_twelve_euro(now):
    assert 0 <= 1_154_400_000 - now["cjg_2008_2011_eur"].sum() <= 12


def test_size_classes_follow_from_the_estimate(now):
    for row in now.itertuples():
        low, high = CLASSES[row.size_class]
        assert low <= row.inhabitants_estimate < high, row.municipality


def test_the_estimate_is_near_the_count_of_the_country_and_rounded_to_hundreds(tables, now):
    mean = tables["figures"].set_index("id").at["municipalities.mean.2008", "value"]
    assert now["inhabitants_estimate"].mean() == pytest.approx(mean, rel=0.02)
    assert (now["inhabitants_estimate"] % 100 == 0).all()


def test_centres_lie_in_the_country_and_in_their_province(now):
    """Each lies nearer to the middle of its own province than to that of most others."""
    middles = now.groupby("province")[["x_rd_km", "y_rd_km"]].mean()
    for row in now.itertuples():
        far = ((middles - [row.x_rd_km, row.y_rd_km]) ** 2).sum(axis=1)
        assert far.rank()[row.province] <= 4, row.municipality
    assert now["x_rd_km"].between(13, 279).all() and now["y_rd_km"].between(306, 616).all()
    assert now.groupby("province").size().sum() == len(now) and now["province"].nunique() == 12
    assert now["area_km2"].sum() == pytest.approx(35_000, rel=0.02), "land and inland water within the line"


def test_figures_of_hosts_and_members_name_as_many_municipalities_as_they_count(tables):
    told = tables["figures_of_municipalities"].groupby("figure").size()
    figures = tables["figures"].set_index("id")
    for name in ("platforms.hosts.2007", "coop.src.flevoland.2007"):
        assert told[name] == figures.at[name, "value"]
        assert len(figures.at[name, "population"].split(", ")) == told[name]
    single = tables["figures_of_municipalities"]
    own = single[single["relation"] == "own"]
    assert own["figure"].is_unique
    places = figures.loc[own["figure"], "category"].str.split(",").str[0]
    assert places.tolist() == own["municipality"].tolist()


def test_no_decision_about_a_single_municipality_is_left_out(tables, now):
    """The figures whose category is a municipality, and no province of its name, are in the table."""
    figures, told = tables["figures"], tables["figures_of_municipalities"]
    provinces = ".province."
    places = figures["category"].str.split(",").str[0]
    of_a_place = places.isin(now["municipality"]) & ~figures["id"].str.contains(provinces, regex=False)
    joint = figures["category"].str.endswith("joint")
    left = set(figures.loc[of_a_place & ~joint, "id"]) - set(told["figure"])
    assert left == set(), left


def test_one_law_makes_a_new_municipality(tables):
    assert (tables["mergers"].groupby("successor_code")["merger_law"].nunique() == 1).all()
