"""Newton's method: it ends at the highest point whatever the way there, and says when there is none."""

import numpy as np
import pytest

from doorgroeien.estimation.newton import newton


def hill(centre, curvature, factor=1.0):
    """Return a likelihood with its top at ``centre``."""

    def likelihood(place):
        away = place - centre
        return -factor * away @ curvature @ away / 2, -factor * curvature @ away, factor * curvature

    return likelihood


CENTRE, CURVATURE = np.array([1.0, -2.0, 0.5]), np.array([[2.0, 0.3, 0], [0.3, 1, -0.2], [0, -0.2, 3]])


@pytest.mark.parametrize("factor", [1e-12, 1.0, 1e12])
def test_the_top_of_a_hill_is_found_at_any_height(factor):
    place, information = newton(hill(CENTRE, CURVATURE, factor), np.zeros(3))
    np.testing.assert_allclose(place, CENTRE, rtol=1e-14)
    np.testing.assert_allclose(information, factor * CURVATURE)


def test_bounds_hold_and_the_rest_is_highest_beside_them():
    place, _ = newton(
        hill(CENTRE, CURVATURE), np.array([5.0, 5.0, 5.0]), low=-1.0, high=np.array([9, 9, 0.25])
    )
    assert place[1] == -1 and place[2] == 0.25
    gradient = hill(CENTRE, CURVATURE)(place)[1]
    assert gradient[0] == pytest.approx(0, abs=1e-14) and gradient[1] < 0 < gradient[2]
    at_a_corner = newton(hill(np.array([9.0, 9]), np.eye(2)), np.zeros(2), high=1.0)
    assert at_a_corner[0].tolist() == [1, 1]


def ridge(place):
    """Fall from every side to a saddle at nought, between tops at 1 and -1."""
    x, y = place
    value, score = x**2 / 2 - x**4 / 4 - y**2, np.array([x - x**3, -2 * y])
    return value, score, np.diag([3 * x**2 - 1, 2.0])


@pytest.mark.parametrize("start", [0.01, 0.3, 0.9, 4.0, -0.2, -3.0])
def test_steps_go_up_where_the_likelihood_is_hollow(start):
    place, _ = newton(ridge, np.array([start, 5.0]))
    np.testing.assert_allclose(place, [np.sign(start), 0], atol=1e-12)


def test_places_without_a_likelihood_are_stepped_back_from():
    def likelihood(place):
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(place[0]) - place[0], 1 / place - 1, np.diag(place**-2.0)

    place, _ = newton(likelihood, np.array([1.9]))  # the whole step ends below nought
    assert place[0] == pytest.approx(1, rel=1e-14)
    assert newton(likelihood, np.array([-1.0])) is None


def test_a_likelihood_that_rises_for_ever_has_no_top():
    def likelihood(place):
        return -np.exp(-place[0]), np.exp(-place), np.diag(np.exp(-place))

    assert newton(likelihood, np.zeros(1)) is None
    flat = np.diag([1.0, 0.0])
    assert newton(hill(np.zeros(2), flat), np.ones(2)) is None
