"""The validation: sums that can be checked by hand, the same digits whoever computes, and draws that hold."""

import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from doorgroeien.data.tables import load_all
from doorgroeien.survey.frame import load_frame
from doorgroeien.survey.instrument import load_instrument
from doorgroeien.synthetic import validation
from doorgroeien.synthetic.population import NOT_ASKED, draw_population, draw_survey
from doorgroeien.synthetic.study import INGREDIENTS, KEY, OFTEN, STUDIES, VALUES, Draw, seed_of
from doorgroeien.synthetic.validation import SEED, digests, run, shown, summary, write

WAVES = {2005: "quick_scan", 2007: "full"}
STAMP = {"code": "0" * 16, "data": "1" * 16}


@pytest.fixture(scope="module")
def population(root):
    instrument = load_instrument(root)
    return draw_population(instrument, load_frame(root), WAVES, "letter", 1), instrument


def drawn(rows, columns):
    """Return estimates of one municipality-level estimand each, by draw."""
    table = pd.DataFrame(rows, columns=["estimand", "draw", *columns])
    return table.assign(wave="2007", domain="all", per="municipality").reindex(
        columns=[*KEY, "draw", "estimate", "se", "ci_low", "ci_high", "sens_low", "sens_high", "truth"]
    )


def found(estimates, verdicts=((0, 1, "supported", 1, 0.01, 0.9),)):
    columns = ["draw", "finding", "verdict", "truth", "p_holds", "p_opposite"]
    return summary([("letter", estimates, pd.DataFrame(verdicts, columns=columns))], SEED, STAMP)


def test_draws_are_added_up():
    columns = ["estimate", "se", "ci_low", "ci_high", "sens_low", "sens_high", "truth"]
    rows = [
        ("score.1", 0, 50.0, 1.0, 48.0, 52.0, 45.0, 55.0, 51.0),
        ("score.1", 1, 50.0, 2.0, 46.0, 54.0, 43.0, 57.0, 42.0),
    ]
    row = found(drawn(rows, columns))["coverage"].iloc[0]
    counts = row[["n", "covered", "n_allowed", "covered_allowed"]]
    assert counts.to_list() == [2, 1, 2, 1]
    sums = row[["sum_truth", "sum_error", "sum_error2", "sum_se", "sum_se2"]]
    assert sums.to_list() == [93, 7, 65, 3, 5]


def test_bounds_have_no_error_and_nothing_that_allows_for_selection():
    rows = [("bounds.people.1", draw, 20.0, 80.0, 50.0) for draw in (0, 1)]
    row = found(drawn(rows, ["ci_low", "ci_high", "truth"]))["coverage"].iloc[0]
    assert row["covered"] == 2 and row["n_allowed"] == row["covered_allowed"] == 0
    assert row[["sum_error", "sum_error2", "sum_se", "sum_se2"]].isna().all()


def test_a_coefficient_is_held_against_the_mean_over_draws():
    """Neither interval holds the coefficient of its own population; both hold that of the model."""
    rows = [("slope.merged", 0, 5.0, 1.0, 3.0, 7.0, 2.0), ("slope.merged", 1, 5.0, 1.0, 3.0, 7.0, 8.0)]
    row = found(drawn(rows, ["estimate", "se", "ci_low", "ci_high", "truth"]))["coverage"].iloc[0]
    assert row["covered"] == 2 and row["sum_error"] == 0


def test_false_verdicts_are_counted_and_findings_that_cannot_be_tested_are_not():
    verdicts = [
        (0, 1, "supported", 0.0, 0.01, 0.9),
        (1, 1, "contradicted", 0.0, 0.9, 0.04),
        (2, 1, "contradicted", -1.0, 0.9, 0.5),
        (3, 1, "not supported", 1.0, 0.6, 0.5),
        (0, 7, "cannot be tested with these data", 1.0, np.nan, np.nan),
    ]
    table = found(drawn([], ["estimate"]), verdicts)["verdicts"].set_index("finding")
    assert table.index.to_list() == [1]
    expected = {"n": 4, "supported": 1, "contradicted": 2, "not_supported": 1, "inconclusive": 0}
    expected |= {"false_supported": 1, "false_contradicted": 1, "holds": 1, "opposite": 1}
    expected |= {"limit_supported": 1, "limit_contradicted": 1}
    assert table.loc[1, list(expected)].to_dict() == expected


def test_a_draw_has_the_seed_that_numpy_spawns():
    children = np.random.SeedSequence(SEED).spawn(4)
    assert [seed_of(number, SEED) for number in range(4)] == [
        int(child.generate_state(1, np.uint64)[0]) for child in children
    ]


def test_the_digest_of_the_code_is_of_what_it_does(tmp_path, root, monkeypatch):
    monkeypatch.setattr(validation, "PACKAGE", tmp_path)
    path = tmp_path / "survey" / "one.py"
    path.parent.mkdir()

    def digest(text):
        path.write_text(text, encoding="utf-8")
        return digests(root)["code"]

    first = digest('"""Says."""\n\ndef one():\n    """Return one."""\n    return 1\n')
    assert digest('"""Says more."""\n\ndef one():\n    return (\n        1  # for that\n    )\n') == first
    assert digest('"""Says."""\n\ndef one():\n    """Return one."""\n    return 2\n') != first


@pytest.fixture
def drawing(tmp_path, monkeypatch):
    """Return a function that runs 20 draws of two studies under a code, each draw as ``estimate`` has it."""

    def run_under(code, estimate=lambda number: number / 7):
        asked, said = [], []

        def draw(study, number, seed, root):
            asked.append(number)
            values = {"estimate": estimate(number), "se": 1.0, "ci_low": 0.0, "ci_high": 9.0, "truth": 5.0}
            row = {"estimand": "score.1", "wave": "2007", "domain": "all", "per": "municipality", **values}
            verdict = {"finding": 1, "verdict": "supported", "truth": 1.0, "p_holds": 0.01, "p_opposite": 0.9}
            frame = pd.DataFrame([row]).reindex(columns=KEY + VALUES)
            return Draw(frame, pd.DataFrame([verdict]))

        monkeypatch.setattr(validation, "draw", draw)
        monkeypatch.setattr(validation, "digests", lambda root: STAMP | {"code": code})
        tables = run(tmp_path, ["letter", "flat"], 20, workers=1, folder=tmp_path, say=said.append, size=10)
        return tables, asked, said

    return run_under


def test_under_another_code_that_draws_the_same_one_draw_of_each_shard_is_drawn_again(drawing):
    before, asked, _ = drawing("a")
    assert len(asked) == 40
    after, asked, said = drawing("b", lambda number: number / 7 * (1 + 1e-13))
    assert len(asked) == 4 and all(number % OFTEN == 0 for number in asked)
    assert "so those shards hold" in said[1] and "40 of 40 draws are there already" in said[2]
    pd.testing.assert_frame_equal(after["coverage"], before["coverage"], check_exact=True)
    assert set(after["studies"]["code"]) == {"b"}
    assert drawing("b")[1] == []


def test_under_another_code_that_draws_otherwise_in_one_shard_no_draw_is_kept(drawing):
    before, asked, _ = drawing("a")
    _, again, _ = drawing("b")  # the draws by which a code is known, the same every time
    changed = max(again)
    after, asked, said = drawing("c", lambda number: number / 7 + 1e-6 * (number == changed))
    assert len(asked) == 4 + 40 and "what it drew is left aside" in said[1]
    assert not after["coverage"].equals(before["coverage"])
    # What the code before had drawn is left aside, and holds again under a code that draws like it.
    assert len(drawing("d")[1]) == 4


def test_rows_of_other_studies_stay_when_one_is_renewed(tmp_path):
    estimates = drawn(
        [("score.1", 0, 5.0, 1.0, 3.0, 7.0, 2.0)], ["estimate", "se", "ci_low", "ci_high", "truth"]
    )
    write(found(estimates), tmp_path)
    other = {name: table.assign(study="flat") for name, table in found(estimates).items()}
    write(other, tmp_path)
    twice = {name: (tmp_path / f"{name}.csv").read_text() for name in other}
    write(other, tmp_path)
    assert twice == {name: (tmp_path / f"{name}.csv").read_text() for name in other}
    studies = pd.read_csv(tmp_path / "studies.csv")
    assert studies["study"].to_list() == ["letter", "flat"]


def test_response_follows_embedding_and_person_only_where_it_is_selective(population):
    whole, instrument = population
    tendency = whole.people["tendency"]
    means = {}
    for selective in (True, False):
        tables = draw_survey(whole, instrument, 1, selective)
        towns = tables["respondents"].merge(whole.municipalities, on=["wave", "municipality"])
        means[selective] = tendency[tables["respondents"].index].mean(), towns["embedding"].mean()
    # Larger municipalities are more embedded and have more people, so embedding is not nought without either.
    assert means[True][0] > 0.05 > abs(means[False][0])
    assert means[True][1] > means[False][1] + 0.05


def test_in_a_complete_survey_all_that_is_put_is_answered(population):
    whole, instrument = population
    tables = draw_survey(whole, instrument, 1, complete=True)
    said = tables["answers"].set_index(tables["respondents"].index).drop(columns="respondent")
    assert not said.isin([-8, -9]).any(axis=None)
    asked = whole.answers.loc[said.index]
    pd.testing.assert_frame_equal(said, asked.where(asked != NOT_ASKED), check_dtype=False)


def test_the_stored_studies_are_those_of_the_code(root):
    studies = load_all(root, only=("validation_studies",))["validation_studies"].set_index("study")
    assert studies.index.to_list() == list(STUDIES)
    for name, study in STUDIES.items():
        row = studies.loc[name]
        assert (row["scenario"], row["selective"], row["complete"]) == (
            study.scenario,
            study.selective,
            study.complete,
        )
        assert row["without"] == study.without or (pd.isna(row["without"]) and study.without is None)
        assert row["seed"] == SEED
    assert set(studies["without"].dropna()) == set(INGREDIENTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", validation.SHOWN)
def test_a_draw_of_a_study_is_still_what_is_stored(root, name):
    table = load_all(root, only=("validation_studies", "validation_draws"))["validation_draws"]
    stored = table[table["study"] == name].set_index(["draw", *KEY]).drop(columns="study").astype(float)
    again = shown(name, root).set_index(["draw", *KEY]).drop(columns="study")
    assert list(again.index) == list(stored.index)
    assert len(stored) > 80
    np.testing.assert_allclose(again, stored, rtol=1e-6, atol=1e-6)


def same(one, other):
    for name in validation.TABLES:
        pd.testing.assert_frame_equal(one[name], other[name], check_exact=True)


@pytest.fixture(scope="module")
def serial(root, tmp_path_factory):
    """Return the tables of two draws of two studies, by one process without interruption."""
    folder = tmp_path_factory.mktemp("serial")
    return run(root, ["letter", "flat"], 2, workers=1, folder=folder, say=lambda line: None)


KILLED = """
import os, signal, sys
from pathlib import Path
from doorgroeien.synthetic.validation import run
def say(line):
    print(line)
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
run(Path(sys.argv[1]), ["letter", "flat"], 2, workers=1, folder=Path(sys.argv[2]), say=say, size=1)
"""


@pytest.mark.slow
def test_what_was_killed_goes_on_where_it_stopped_on_more_workers_to_the_last_digit(root, tmp_path, serial):
    killed = subprocess.run([sys.executable, "-c", KILLED, root, tmp_path], capture_output=True, cwd=root)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(list(tmp_path.rglob("estimates.parquet"))) == 1
    said = []
    again = run(root, ["letter", "flat"], 2, workers=2, folder=tmp_path, say=said.append, size=1)
    assert "1 of 4 draws are there already" in said[0] and len(said) == 4
    same(again, serial)
    assert run(root, ["letter"], 2, folder=tmp_path, say=said.append, size=1) and "2 of 2" in said[-1]


@pytest.fixture
def cluster(root, tmp_path, monkeypatch):
    """Yield two workers of a scheduler on the loopback, which ``DASK_SCHEDULER`` names."""
    processes = []

    def start(*line):
        command = [sys.executable, "-m", *line, "--host", "127.0.0.1", "--no-dashboard"]
        log = (tmp_path / f"{len(processes)}.log").open("w")
        processes.append(subprocess.Popen(command, cwd=root, stdout=log, stderr=log))

    told = tmp_path / "scheduler.json"
    start("distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(told))
    try:
        for _ in range(2):
            worker = ("distributed.cli.dask_worker", "--scheduler-file", str(told), "--nthreads", "1")
            start(*worker, "--no-nanny", "--local-directory", str(tmp_path / "scratch"))
        from distributed import Client

        with Client(scheduler_file=str(told), set_as_default=False, timeout="120s") as client:
            client.wait_for_workers(2, timeout=120)
            monkeypatch.setenv("DASK_SCHEDULER", client.scheduler.address)
        yield processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_workers_of_a_scheduler_of_which_one_is_killed_give_the_serial_result(
    root, tmp_path, serial, cluster
):
    said = []

    def say(line):
        said.append(line)
        if len(said) == 1:
            cluster[0].kill()

    again = run(root, ["letter", "flat"], 2, folder=tmp_path / "shards", say=say, size=1)
    assert len(said) == 4 and cluster[0].wait() == -signal.SIGKILL and cluster[1].poll() is None
    same(again, serial)


@pytest.mark.slow
def test_workers_with_another_version_of_the_book_are_refused(root, tmp_path, cluster, monkeypatch):
    monkeypatch.setattr(validation, "digests", lambda root: STAMP)
    with pytest.raises(validation.ValidationError, match="Give all workers the same version"):
        run(root, ["letter"], 1, folder=tmp_path / "shards", say=lambda line: None)
