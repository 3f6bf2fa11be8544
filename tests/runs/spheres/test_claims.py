"""The claims on spheres, tested on the document's own numbers and on others."""

import pytest

from recipes.sphere_l2 import TABLE_5_6
from tfgan_suite.runs.reports.claims import Spread
from tfgan_suite.runs.spheres.l2_report import l2_claims
from tfgan_suite.runs.spheres.smoothness_report import smoothness_claims

BEST = {"sharp": {"center_kl": 1e-4, "rmse": 1e-4}, "smooth": {"center_kl": 1e-4, "rmse": 1e-3}}


def spreads(kl, rmse, num_trials=5):
    return {"center_kl": Spread(kl, kl / 10, num_trials), "rmse": Spread(rmse, rmse / 10, num_trials)}


def table_scores(dataset, num_trials=20):
    return {
        strength: {"center_kl": Spread(*row[:2], num_trials), "rmse": Spread(*row[2:], num_trials)}
        for strength, row in TABLE_5_6[dataset].items()
    }


@pytest.mark.parametrize("dataset", TABLE_5_6)
def test_the_documents_own_table_has_what_it_claims(dataset):
    claims = l2_claims(dataset, table_scores(dataset), BEST[dataset])
    assert [claim.holds for claim in claims] == [True] * 5, claims
    assert (
        claims[0].text == f"{dataset}: moderate λ (1e-05, 0.0001) brings the means of KL and RMSE below those of λ = 0"
    )
    assert claims[2].text.startswith(f"{dataset}: λ ≥ 0.003 takes the means of KL and RMSE above")


def test_claims_on_means_and_on_spreads_are_apart():
    scores = table_scores("sharp")
    scores[1e-5] = {**scores[1e-5], "rmse": Spread(0.2, 0.001, 20)}
    scores[3e-3] = {**scores[3e-3], "center_kl": Spread(2.4, 0.01, 20)}
    claims = l2_claims("sharp", scores, BEST["sharp"])
    assert [claim.holds for claim in claims] == [False, True, True, False, True]
    assert "RMSE at 1e-05 0.2, at 0 0.1107 (+0.089 ± 0.0096 standard error)" in claims[0].evidence
    assert "std of KL at 0.0001 0.09, at 0.003 0.01" in claims[3].evidence


def test_what_was_not_trained_is_not_tested():
    scores = table_scores("smooth", num_trials=1)
    some = {strength: scores[strength] for strength in (1e-5, 3e-4)}
    assert [claim.holds for claim in l2_claims("smooth", some, BEST["smooth"])] == [None] * 5
    assert [claim.holds for claim in l2_claims("smooth", scores, BEST["smooth"])] == [True, None, True, None, True]
    assert [claim.holds for claim in l2_claims("smooth", {0.0: scores[0.0], 1e-2: scores[1e-2]}, {})] == [None] * 5
    several = {strength: scores[strength] for strength in (0.0, 1e-4)}  # without 1e-3, the best of RMSE
    assert [claim.holds for claim in l2_claims("smooth", several, BEST["smooth"])] == [True, None, None, None, None]


SMOOTH_IS_BETTER = {
    "gan_28": {-0.99999: spreads(1.15, 0.20), -0.2: spreads(0.3, 0.2), 0.0: spreads(0.08, 0.2)},
    "wgan_28": {-0.99999: spreads(0.03, 0.10), -0.2: spreads(0.01, 0.09), 0.0: spreads(0.02, 0.08)},
    "wgan_48": {-0.99999: spreads(0.05, 0.10), -0.2: spreads(0.04, 0.08), 0.0: spreads(0.03, 0.07)},
    "wgan_two_spheres": {-0.99999: spreads(0.2, 0.30), -0.2: spreads(0.1, 0.2), 0.0: spreads(0.05, 0.15)},
}


def test_claims_on_smoothness():
    claims = smoothness_claims(SMOOTH_IS_BETTER)
    assert [claim.holds for claim in claims] == [True] * 9, claims
    assert claims[0].text == "GAN (28x28): KL falls from above 1, sharp, to below 0.1, smooth"
    worse = {**SMOOTH_IS_BETTER, "wgan_48": {**SMOOTH_IS_BETTER["wgan_48"], 0.0: spreads(0.045, 0.07)}}
    failing = [claim for claim in smoothness_claims(worse) if claim.holds is False]
    assert [claim.text for claim in failing] == ["WGAN-GP (48x48): KL and RMSE are the lower the smoother"]
    assert "KL at k = 0 0.045, at -0.2 0.04 (+0.005 " in failing[0].evidence


def test_claims_on_smoothness_of_some_models():
    claims = smoothness_claims({"gan_28": {-0.99999: spreads(0.9, 0.2), 0.0: spreads(0.05, 0.2)}})
    assert [claim.verdict for claim in claims] == ["does not hold, not clearly", *["not tested"] * 4]
    assert claims[0].evidence == "KL at -0.99999: 0.9 (not clear); at 0: 0.05"
    between = {"gan_28": {-0.6: spreads(0.9, 0.2), -0.2: spreads(0.05, 0.2)}}
    assert smoothness_claims(between)[0].verdict == "not tested"  # neither sharp nor smooth
    claims = smoothness_claims({model: {0.0: of_k[0.0]} for model, of_k in SMOOTH_IS_BETTER.items()})
    assert [claim.holds for claim in claims] == [None] * 5 + [True] * 4
