"""Orders of GANs by DDM: the document's claims, places and agreement, by hand."""

import pytest

from tfgan_suite.runs.ddm import gans_report as parts
from tfgan_suite.runs.reports.claims import claims_summary

TITLES = {
    "dcgan": "DCGAN",
    "weakened_dcgan": "Weakened DCGAN",
    "small_dcgan": "Small DCGAN",
    "improved_gan": "Improved GAN",
    "weakened_improved_gan": "Weakened Improved GAN",
    "wgan_gp": "WGAN-GP",
}


def trials(*last, fid=None, score=1.0):
    """Trials whose DDM falls to these values at step 20; FID is ten times as large unless given."""
    before = {"step": 10, "fid": 99.0, "inception_score": 1.0}
    return [
        [
            {**before, "ddm": ddm + 1},
            {"step": 20, "ddm": ddm, "fid": 10 * ddm if fid is None else fid, "inception_score": score},
        ]
        for ddm in last
    ]


AS_DOCUMENTED = {
    "dcgan": trials(4.0, 4.1, 4.2, score=4),
    "weakened_dcgan": trials(8.0, 8.1, 8.2, score=2),
    "small_dcgan": trials(6.0, 6.1, 6.2, score=3),
    "improved_gan": trials(2.0, 2.1, 2.2, score=6),
    "weakened_improved_gan": trials(90.0, 90.5, 91.0, score=1),
    "wgan_gp": trials(3.0, 3.1, 3.2, score=5),
}
REFERENCES = {"ddm": {"DDM(train, test)": 1.5}, "fid": {"test": 5.0}, "inception_score": {"training": 9.0}}


def claims_of(own, dataset="cifar10", real_ddm=1.5):
    return parts.order_claims(TITLES, own, real_ddm, dataset)


def test_orders_as_documented_hold_clearly():
    claims = [*claims_of(AS_DOCUMENTED), *claims_of(AS_DOCUMENTED, "mnist")]
    assert [claim.verdict for claim in claims] == ["holds"] * 4
    assert "Improved GAN 2.1, WGAN-GP 3.1 (-1 ± 0.082 standard error)" in claims[0].evidence
    assert "training images 1.5, Improved GAN 2.1 (-0.6 ± 0.058 standard error)" in claims[0].evidence


def test_a_claim_is_tested_on_its_own_data_set_only():
    texts = {name: [claim.text for claim in claims_of(AS_DOCUMENTED, name)] for name in ("cifar10", "mnist")}
    assert ["table 3.1" in text for text in texts["cifar10"]] == [True, True, False]
    assert "worst DDM" in texts["cifar10"][2]
    assert texts["mnist"] == ["DDM from best to worst: DCGAN, Small DCGAN, Weakened DCGAN (section 3.4.2)"]
    assert [claim.text for claim in claims_of(AS_DOCUMENTED, "svhn_cropped")] == texts["cifar10"][2:]
    assert claims_of(AS_DOCUMENTED, "digits") == []


def test_a_wrong_neighbour_breaks_its_order_only():
    own = {**AS_DOCUMENTED, "improved_gan": trials(3.5, 3.7)}
    assert [claim.holds for claim in claims_of(own)] == [False, True, True]
    own = {**AS_DOCUMENTED, "small_dcgan": trials(3.9, 3.9)}
    assert [claim.holds for claim in [*claims_of(own), *claims_of(own, "mnist")]] == [True, True, True, False]
    assert [claim.holds for claim in claims_of(AS_DOCUMENTED, real_ddm=2.5)] == [False, False, True]


def test_differences_within_the_noise_are_not_clear():
    own = {**AS_DOCUMENTED, "dcgan": trials(2.0, 6.0), "small_dcgan": trials(2.5, 6.1)}
    assert claims_of(own, "mnist")[0].verdict == "holds, not clearly"


def test_what_was_not_trained_is_said_and_not_tested():
    own = {"dcgan": trials(4.0), "wgan_gp": trials(3.0)}
    claims = [*claims_of(own), *claims_of(own, "mnist")]
    assert [claim.holds for claim in claims] == [True, True, None, None]
    assert claims[0].text.endswith("of which this run has training images, WGAN-GP and DCGAN")
    assert "standard error" not in claims[0].evidence
    assert "not tested" in claims_summary(claims)
    (only,) = [claim for claim in claims_of({"dcgan": trials(4.0)}) if claim.holds is not None]
    assert only.text == "The training images have a lower DDM than every GAN (table 3.1)"


def test_orders_by_each_score_stand_beside_the_documents():
    own = {"dcgan": trials(4.0, 5.0, fid=7, score=3), "small_dcgan": trials(2.0, fid=9, score=2)}
    real = {"ddm": 1.5, "fid": 8.0, "inception_score": 2.5}
    table = parts.orders_table(TITLES, own, real, "digits")
    assert table.rows == [
        ["this run, DDM", "digits", "training images (1.5), Small DCGAN (2), DCGAN (4.5)"],
        ["this run, FID", "digits", "DCGAN (7), test images (8), Small DCGAN (9)"],
        ["this run, IS", "digits", "DCGAN (3), training images (2.5), Small DCGAN (2)"],
        ["the document, DDM (table 3.1)", "cifar10", "training images, Improved GAN, WGAN-GP, DCGAN"],
        ["the document, DDM (section 3.4.2)", "mnist", "DCGAN, Small DCGAN, Weakened DCGAN"],
    ]


def test_agreement_is_kendalls_tau():
    assert parts.agreement_in_words(AS_DOCUMENTED) == (
        "FID puts the 6 GANs in the same order as DDM does (Kendall's tau 1) and IS puts the 6 GANs in the same order "
        "as DDM does (Kendall's tau 1)."
    )
    # Of the three pairs FID turns one round, and IS, where all are equal, says nothing.
    own = {"dcgan": trials(1.0, fid=20), "wgan_gp": trials(2.0, fid=10), "small_dcgan": trials(3.0, fid=30)}
    assert parts.agreement_in_words(own) == "FID puts the 3 GANs in another order than DDM does (Kendall's tau 0.33)."
    assert parts.agreement_in_words({"dcgan": trials(1.0)}) == ""


def test_table_has_the_documents_places_beside_the_runs_own():
    rows = [*trials(4.0)[0][:1], {**trials(4.5)[0][1]}]  # 5 at step 10, 4.5 at step 20
    own = {"dcgan": [rows], "improved_gan": trials(2.0, 2.2, score=0.5), "small_dcgan": trials(6.0)}
    table = parts.order_table(TITLES, own, {"ddm": 1.5, "fid": 5.0})
    assert [row[0] for row in table.rows] == [
        "Training images; FID of test images",
        "Improved GAN",
        "DCGAN",
        "Small DCGAN",
    ]
    assert table.rows[0][1:9] == ["best: -289.23", None, 1.5, None, 5.0, None, None, None]
    assert table.rows[1][1:] == [
        *("1: -232.74", None, "2.10 ± 0.10", 1, "21.0 ± 1.0", 1, "0.5 ± 0", 3),
        *(pytest.approx(2.1), 20),
    ]
    assert table.rows[2][1:] == ["3: -163.14", 1, "4.5", 2, "45", 2, "1", 1, 4.5, 20]
    assert table.rows[3][1:3] == [None, 2]


def test_lowest_over_training_is_of_common_steps():
    longer = [[*rows, {"step": 30, "ddm": 0.1}] for rows in trials(3.0)]
    assert parts.lowest_over_training([*longer, *trials(4.0)]) == (3.5, 20)
    assert parts.lowest_over_training([[{"step": 1, "g_loss": 0.0}]]) == (None, None)


def test_parts_of_the_report():
    found = parts.report_parts(TITLES, AS_DOCUMENTED, REFERENCES, "cifar10")
    assert found.summary.startswith("3 of 3 claims hold: DDM from best to worst")
    assert "From best to worst by DDM: training images (1.5), Improved GAN (2.1), WGAN-GP (3.1)" in found.summary
    assert "From best to worst by FID: test images (5), Improved GAN (21), WGAN-GP (31)" in found.summary
    assert found.summary.endswith("(Kendall's tau 1).")
    assert [(number.label, number.value) for number in found.key_numbers] == [
        ("DDM(train, test)", 1.5),
        ("DDM of Improved GAN", pytest.approx(2.1)),
    ]
    titles = ["Orders from best to worst", "Order of the GANs", "The document's order"]
    assert [table.title for table in found.tables] == titles
    elsewhere = parts.report_parts(TITLES, AS_DOCUMENTED, REFERENCES, "digits")
    assert elsewhere.summary.startswith("From best to worst by DDM: ")
    assert [table.title for table in elsewhere.tables] == titles[:2]
