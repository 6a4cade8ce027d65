"""The reference survey: drawn again byte for byte, with a truth that makes the findings hold, or not."""

import hashlib
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from doorgroeien import load
from doorgroeien.cli import main
from doorgroeien.data.tables import load_all
from doorgroeien.survey.frame import load_frame
from doorgroeien.survey.instrument import load_instrument
from doorgroeien.survey.ledger import limits
from doorgroeien.synthetic.population import SCENARIOS, draw_population, draw_survey, write_reference
from doorgroeien.synthetic.truth import truth

SEEDS = (2007, 1)
WAVES = {2005: "quick_scan", 2007: "full"}


@pytest.fixture(scope="module")
def instrument(root):
    return load_instrument(root)


@pytest.fixture(scope="module")
def frame(root):
    return load_frame(root)


@pytest.fixture(scope="module")
def populations(instrument, frame):
    return {scenario: draw_population(instrument, frame, WAVES, scenario, 2007) for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def municipalities(root):
    return load("municipalities", root)


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.csv")}


def test_the_command_draws_the_shipped_files_again_byte_for_byte(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    out = tmp_path / "new" / "folder"
    done = CliRunner().invoke(
        main, ["reference", "--scenario", "letter", "--seed", "2007", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert digests(out) == digests(root / "data" / "survey")


@pytest.mark.slow
def test_another_seed_gives_other_answers_and_the_same_seed_the_same(root, tmp_path):
    folders = []
    for number, seed in enumerate((1, 1, 2)):
        folders.append(tmp_path / str(number))
        write_reference(folders[-1], root, "flat", seed)
    first, again, other = map(digests, folders)
    assert first == again
    same = {name for name in first if first[name] == other[name]}
    assert same == {"waves.csv"}


def test_scenarios_differ_in_the_findings_only(populations):
    letter, flat = populations["letter"], populations["flat"]
    pd.testing.assert_frame_equal(letter.municipalities, flat.municipalities)
    pd.testing.assert_frame_equal(letter.people, flat.people)
    assert (letter.answers["d1d_goals"].dropna() <= flat.answers["d1d_goals"].dropna()).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("scenario", "verdict"), [("letter", 1), ("flat", 0), ("reverse", -1)])
def test_each_finding_is_true_false_or_reversed_in_the_population(instrument, frame, scenario, verdict, seed):
    population = draw_population(instrument, frame, WAVES, scenario, seed)
    table = truth(population, instrument).set_index("estimand")["value"]
    verdicts = {finding: table[f"finding.{finding}"] for finding in limits().index}
    assert verdicts == dict.fromkeys(range(1, 10), verdict)
    for finding, low, high in limits().itertuples():
        contrasts = table[table.index.str.startswith(f"finding.{finding}.")]
        margin = 0.05 * (high - low)
        if verdict == 1:
            assert contrasts.min() > high + margin, contrasts
        elif verdict == -1:
            assert contrasts.max() < low - margin, contrasts
        else:
            assert contrasts.min() > low + margin and contrasts.max() < high - margin, contrasts


def test_finding_7_is_a_bias_of_reports_and_not_of_practice(populations, instrument):
    levels = {}
    for scenario, population in populations.items():
        now = population.people["wave"] == 2007
        reported = instrument.score(population.answers[now])["d2d_recovery"].mean()
        practice = instrument.score(population.practice[now])["d2d_recovery"].mean()
        levels[scenario] = (reported, practice)
    assert levels["flat"][0] == levels["flat"][1]
    assert levels["letter"][0] > levels["letter"][1] + 10
    assert levels["reverse"][0] < levels["reverse"][1] - 10


def test_the_truth_of_a_dimension_is_that_of_its_parts_also_where_a_part_does_not_apply(
    populations, instrument
):
    table = truth(populations["letter"], instrument)
    known = table.set_index(["estimand", "wave", "domain", "per"])["value"]
    for form, wave in (("quick", "2005"), ("quick", "2007"), ("quick", "2005-2007"), ("score", "2007")):
        for domain in ("all", "<20k", ">=100k"):
            at = {
                name: known[f"{form}.{name}", wave, domain, "municipality"]
                for name in instrument.parts["full"]
            }
            four = [np.mean([at[part] for part in at if part.startswith(name)]) for name in "1234"]
            found = [known[f"{form}.{name}", wave, domain, "municipality"] for name in (*"1234", "total")]
            np.testing.assert_allclose(found, [*four, np.mean(four)], atol=2e-4)


def test_the_truth_is_the_mean_of_the_population(root, populations, instrument):
    table = load("truth", root).set_index(["estimand", "wave", "domain", "per"])["value"]
    population = populations["letter"]
    people = population.people.join(instrument.score(population.answers)[["d3c_everyone"]])
    staff = people[(people["wave"] == 2007) & (people["role"] == "staff")]
    per_person = staff["d3c_everyone"].mean()
    per_municipality = staff.groupby("municipality")["d3c_everyone"].mean().mean()
    assert table["d3c_everyone.mean", "2007", "all", "person"] == pytest.approx(per_person, abs=1e-4)
    assert table["d3c_everyone.mean", "2007", "all", "municipality"] == pytest.approx(
        per_municipality, abs=1e-4
    )
    shares = [
        table[f"d1a_place_alderman.share.{code}", "2005", "<20k", "municipality"] for code in (1, 2, 3, 4)
    ]
    assert sum(shares) == pytest.approx(100, abs=1e-3)
    change = table["quick.1a", "2005-2007", "all", "municipality"]
    now, before = (table["quick.1a", wave, "all", "municipality"] for wave in ("2007", "2005"))
    assert change == pytest.approx(now - before, abs=2e-4)


def test_sizes_follow_the_real_evidence(root, municipalities, frame):
    figures = load("figures", root).set_index("id")["value"]
    now = municipalities[municipalities["wave"] == 2007]
    assert len(now) == figures["municipalities.2007"] == 443
    real = frame.at(2007)["size_class"].value_counts().to_dict()
    assert now["size_class"].value_counts().to_dict() == real
    mean = now["inhabitants"].mean()
    assert abs(mean - figures["municipalities.mean.2008"]) < 1000
    assert abs((now["inhabitants"] < mean).sum() - figures["municipalities.belowmean.2008"]) <= 5


def test_mergers_follow_the_real_ones_and_keep_the_people(root, municipalities, frame):
    figures = load("figures", root).set_index("id")["value"]
    before, now = (municipalities[municipalities["wave"] == wave] for wave in (2005, 2007))
    assert len(before) == figures["municipalities.2005"] == len(frame.at(2005)) == 467
    gone = before[~before["municipality"].isin(now["municipality"])]
    real = load("mergers", root)
    real = real[real["year"].isin([2006, 2007])]
    made = gone["successor"].value_counts()
    assert sorted(made) == sorted(real["successor_code"].value_counts())
    sizes = now.set_index("municipality")["size_class"]
    assert sorted(sizes[made.index]) == sorted(frame.at(2007)["size_class"][real["successor_code"].unique()])
    # Statistics Netherlands counts one renaming as an abolished and a new municipality.
    for kind, count in {"abolished": len(gone), "new": len(made)}.items():
        assert count == sum(figures[f"municipalities.{kind}.{year}"] for year in (2006, 2007)) - 1
    assert set(before["successor"]) == set(now["municipality"])
    went_on = before[~before["municipality"].isin(gone["municipality"])]
    assert (went_on["municipality"] == went_on["successor"]).all()
    earlier = before.groupby("successor")["inhabitants"].sum()
    ratio = now.set_index("municipality")["inhabitants"] / earlier
    assert ratio.between(0.95, 1.05).all()


def test_identifiers_cannot_be_taken_for_real_ones(root):
    tables = load_all(root)
    municipalities, respondents, documents = map(tables.get, ("municipalities", "respondents", "documents"))
    names = pd.concat([municipalities["municipality"], municipalities["successor"]]).unique()
    assert all(re.fullmatch(r"syn-\d{3}", name) for name in names)
    # A municipality of CBS is four digits, with or without GM.
    for name in [*names, *respondents["respondent"]]:
        assert not re.search(r"(?<!\d)\d{4}(?!\d)", name), name
    assert not set(names) & set(documents["municipality"])
    now = municipalities[municipalities["wave"] == 2007]
    number = now["municipality"].str[4:].astype(int)
    assert abs(np.corrcoef(number, now["inhabitants"])[0, 1]) < 0.15, "the number says nothing about the size"


@pytest.mark.slow
def test_response_depends_on_size_and_on_embedding(populations, instrument):
    population = populations["letter"]
    responses = []
    for seed in range(20):
        tables = draw_survey(population, instrument, seed)
        respondents = tables["respondents"]
        frame = population.municipalities[population.municipalities["wave"] == 2007]
        took_part = frame["municipality"].isin(respondents.loc[respondents["wave"] == 2007, "municipality"])
        responses.append(frame.assign(took_part=took_part))
    responses = pd.concat(responses)
    assert 0.75 < responses["took_part"].mean() < 0.92
    by_size = responses.groupby("size_class")["took_part"].mean()
    assert by_size["<20k"] < by_size["20k-50k"] < by_size["50k-100k"]
    within = responses[responses["size_class"] == "20k-50k"]
    thirds = within.groupby(pd.qcut(within["embedding"], 3))["took_part"].mean()
    assert thirds.is_monotonic_increasing and thirds.iloc[-1] - thirds.iloc[0] > 0.08


def test_the_sample_of_2005_takes_every_large_municipality_and_2007_invites_all(municipalities):
    sampled = municipalities.groupby(["wave", "size_class"])["sampled"].agg(["size", "sum"])
    assert (sampled.loc[2007, "size"] == sampled.loc[2007, "sum"]).all()
    assert sampled.loc[2005, "sum"].to_dict() == {"<20k": 80, "20k-50k": 80, "50k-100k": 30, ">=100k": 25}


def test_answers_go_missing_in_every_way_and_more_where_embedding_is_low(root, populations, instrument):
    answers = load("answers", root)
    codes = answers.drop(columns="respondent")
    for code in (-7, -8, -9):
        assert 0.002 < (codes == code).sum().sum() / codes.notna().sum().sum() < 0.10, code
    never = answers["d4b_siod_contact"] == 1
    assert set(answers.loc[never, "d4b_siod_quality"].dropna()) <= {-7, -8, -9}
    tables = draw_survey(populations["letter"], instrument, 5)
    respondents = tables["respondents"].merge(
        populations["letter"].municipalities[["wave", "municipality", "embedding"]]
    )
    dont_know = (tables["answers"].drop(columns="respondent") == -8).sum(axis=1).to_numpy()
    low = (respondents["embedding"] < 0).to_numpy()
    assert dont_know[low].mean() > 1.2 * dont_know[~low].mean()


def test_an_unknown_scenario_is_refused(instrument, frame, tmp_path):
    with pytest.raises(KeyError):
        draw_population(instrument, frame, WAVES, "pessimist", 1)
    done = CliRunner().invoke(main, ["reference", "--scenario", "pessimist", "--out", str(tmp_path)])
    assert done.exit_code == 2 and "letter" in done.output and not list(tmp_path.iterdir())


def test_the_files_are_small(root):
    sizes = {path.name: path.stat().st_size for path in (root / "data" / "survey").glob("*.csv")}
    assert sum(sizes.values()) < 2_000_000, sizes
