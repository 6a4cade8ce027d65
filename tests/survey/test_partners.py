"""Contact with partners and its quality: each measure against the answers themselves."""

import numpy as np
import pytest
from smaller import write_smaller

from doorgroeien.estimation.estimable import NotEstimableError
from doorgroeien.intake.loading import load_survey
from doorgroeien.survey.dimension import Dimension
from doorgroeien.survey.partners import BANDS, NEVER, OFTEN, Partners

CONTACT = ["never", *OFTEN]
QUALITY = {"poor": 0, "moderate": 0, "fair": 1, "good": 2, "very good": 2}


@pytest.fixture(scope="module")
def partners(root):
    return Partners(Dimension(load_survey(root=root), "4", 2005, 2007))


@pytest.fixture(scope="module")
def data(partners):
    return partners.design.table.data


def test_each_subscale_with_both_items_is_a_partner(partners):
    assert partners.names == list(partners.dimension.items["subscale"].unique())
    assert partners.items.loc["police"].to_dict() == {
        "quality": "d4b_police_quality",
        "contact": "d4b_police_contact",
    }


def test_a_measure_says_what_the_answers_of_the_wave_say(partners, data):
    now = data["wave"] == 2007
    contact = data["d4b_police_contact_answer"].astype(object).where(now)
    quality = data["d4b_police_quality_answer"].astype(object).map(QUALITY).where(now)
    place = contact.map(CONTACT.index, na_action="ignore").astype(float)
    monthly = (place >= 3).where(place.notna())
    measure = {kind: data[f"{kind}_police"] for kind in ("never", "monthly", "band", "rate", "working")}
    np.testing.assert_array_equal(measure["never"], (place == 0).where(place.notna()).astype(float))
    np.testing.assert_array_equal(measure["monthly"], monthly.astype(float))
    np.testing.assert_array_equal(measure["rate"], (place - 1).clip(0, 2))
    np.testing.assert_array_equal(measure["band"], quality)
    joint = data["joint_police"].astype(object)
    for row in data.index[now & contact.notna()]:
        often, band = contact[row], quality[row]
        if often == "never":
            assert joint[row] == NEVER and measure["working"][row] == 0
        elif np.isnan(band):
            assert np.isnan(joint[row])
        else:
            assert joint[row] == f"{often} / {BANDS[int(band)]}"
            assert measure["working"][row] == (place[row] >= 3 and band == 2)
    assert joint[~now].isna().all() and joint.nunique() > 8


def test_contact_without_a_judgement_of_its_quality_works_only_if_it_is_rare(partners, data):
    unjudged = data["quality_police"].isna() & data["contact_police"].notna()
    often = data["monthly_police"] == 1
    assert data.loc[unjudged & often, "working_police"].isna().all() and (unjudged & often).any()
    assert data.loc[~often & data["contact_police"].notna(), "working_police"].eq(0).all()


def test_quality_is_divided_by_how_often_there_is_contact(data):
    apart = data[["frequent_police", "rarer_police"]]
    assert apart.notna().sum(axis=1).le(1).all()
    np.testing.assert_array_equal(apart.bfill(axis=1).iloc[:, 0], data["quality_police"])


def test_estimates_name_measure_and_partner(partners):
    found = partners.estimate(["monthly", "never"], "proportion", by=["size_class"])
    expected = partners.design.proportion("never_rcf", by="size_class")["estimate"]
    kept = found[(found["kind"] == "never") & (found["partner"] == "rcf")]
    assert kept["estimate"].to_numpy() == pytest.approx(expected.to_numpy())
    assert len(found) == 2 * len(partners.names) * len(expected)


def test_where_nobody_was_asked_for_contact_there_are_no_partners_for_that_reason(root, tmp_path):
    survey = load_survey(write_smaller(tmp_path, root / "data" / "survey", "quick scan"), root)
    assert {"contact", "rcf", "d4b_rcf_contact"} <= survey.absent and "quality" not in survey.absent
    with pytest.raises(NotEstimableError) as raised:
        Partners(Dimension(survey, "4", 2005, 2007))
    assert raised.value.reason == "absent"
