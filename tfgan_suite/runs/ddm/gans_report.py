"""The order of GANs by DDM beside the document's, and beside the orders by FID and IS of the same samples.

The document is the ModNet and DDM thesis: table 3.1 (CIFAR-10), and section 3.4.2 with figure 3.6 for the rest.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.stats

from tfgan_suite.runs.image_study import ReportParts
from tfgan_suite.runs.reports.claims import Claim, Spread, all_of, claims_summary, claims_table, lower_mean
from tfgan_suite.runs.reports.comparison_report import Rows, last_value, mean_and_error
from tfgan_suite.runs.reports.report import KeyNumber, Table
from tfgan_suite.runs.studies import in_words, ranks

REAL = "real images"
"""Stands in orders for the training images, whose DDM is DDM(train, test)."""

TABLE_3_1 = {REAL: -289.23, "improved_gan": -232.74, "wgan_gp": -227.66, "dcgan": -163.14}
"""Method -> DDM on CIFAR-10, best first."""

MNIST_ORDER = ("dcgan", "small_dcgan", "weakened_dcgan")
"""Of section 3.4.2, best first; the thesis shows curves and no numbers."""

SCORES = {"ddm": False, "fid": False, "inception_score": True}
"""Score that methods are put in order by -> whether higher is better."""

CLOSEST = 0.05
"""Rank correlations closer to 1 than this are called the same order."""


def report_parts(
    titles: Mapping[str, str], own: Mapping[str, Sequence[Rows]], references: Mapping[str, Mapping[str, float]]
) -> ReportParts:
    """The order of the methods as tables, the document's claims about it, and what came of them.

    Args:
        titles: method -> its name in tables.
        own: method -> rows of each trial.
        references: score -> (name -> what these real images get).
    """
    real = {name: next(iter(values.values())) for name, values in references.items()}
    claims = order_claims(titles, own, real["ddm"])
    agreement = agreement_in_words(own)
    best = min(own, key=lambda method: mean_last(own[method], "ddm"))
    return ReportParts(
        summary=" ".join(filter(None, (claims_summary(claims), agreement))),
        key_numbers=[
            KeyNumber("DDM(train, test)", real["ddm"], "nats; lower is better"),
            KeyNumber(f"DDM of {titles[best]}", mean_last(own[best], "ddm"), "nats, the lowest of the GANs"),
        ],
        tables=[order_table(titles, own, real), claims_table(claims, "The document's order")],
    )


def mean_last(trials: Sequence[Rows], name: str) -> float:
    """The last measurement of a score, mean over trials."""
    return float(np.mean([last_value(rows, name) for rows in trials]))


def order_claims(titles: Mapping[str, str], own: Mapping[str, Sequence[Rows]], real_ddm: float) -> list[Claim]:
    """The orders by DDM that the document gives, tested on the methods that were trained."""
    spreads = {method: Spread.of([last_value(rows, "ddm") for rows in trials]) for method, trials in own.items()}
    spreads[REAL] = Spread(real_ddm, 0.0, 2)  # the same in every trial
    names = {**titles, REAL: "training images"}

    def lower(method: str, than: str) -> tuple[bool, str]:
        return lower_mean(names[method], spreads[method], names[than], spreads[than])

    def chain(source: str, methods: Sequence[str]) -> Claim:
        there = [method for method in methods if method in spreads]
        text = f"DDM from best to worst: {', '.join(names[method] for method in methods)} ({source})"
        if len(there) < len(methods):
            text += f", of which this run has {in_words([names[method] for method in there]) or 'none'}"
        enough = len(set(there) - {REAL}) > 1
        return all_of(text, [lower(*pair) for pair in itertools.pairwise(there)] if enough else [])

    weakened = "weakened_improved_gan"
    others = [method for method in own if method != weakened] if weakened in own else []
    return [
        chain("table 3.1, CIFAR-10", list(TABLE_3_1)),
        chain("section 3.4.2, MNIST", MNIST_ORDER),
        all_of("The training images have a lower DDM than every GAN (table 3.1)", [lower(REAL, each) for each in own]),
        all_of(
            f"{titles[weakened]} has the worst DDM (section 3.4.2, SVHN and CIFAR-10)",
            [lower(each, weakened) for each in others],
        ),
    ]


def agreement_in_words(own: Mapping[str, Sequence[Rows]]) -> str:
    """How far FID and IS of the same samples put the methods in DDM's order, in a sentence; empty for one method."""
    if len(own) < 2:
        return ""
    ddm = [mean_last(trials, "ddm") for trials in own.values()]
    found = []
    for name, head in (("fid", "FID"), ("inception_score", "IS")):
        values = [mean_last(trials, name) * (-1 if SCORES[name] else 1) for trials in own.values()]
        tau = float(scipy.stats.kendalltau(ddm, values).statistic)
        if math.isnan(tau):
            continue
        same = "in the same order as DDM does" if tau > 1 - CLOSEST else "in another order than DDM does"
        found.append(f"{head} puts the {len(own)} GANs {same} (Kendall's tau {tau:.2g})")
    return f"{in_words(found)}." if found else ""


def order_table(titles: Mapping[str, str], own: Mapping[str, Sequence[Rows]], real: Mapping[str, float]) -> Table:
    """A row per method, best DDM first: the document's places, and its places by each score here."""
    methods = sorted(own, key=lambda method: mean_last(own[method], "ddm"))
    places = {
        name: dict(
            zip(methods, ranks([mean_last(own[each], name) for each in methods], higher_is_better=up), strict=True)
        )
        for name, up in SCORES.items()
    }
    table_places = dict(zip(TABLE_3_1, itertools.count(), strict=False))  # 0 for the training set
    rows = [["Training images; FID of test images", f"best: {TABLE_3_1[REAL]:g}", None]]
    rows[0] += [cell for name in SCORES for cell in (real.get(name), None)] + [None, None]
    for method in methods:
        document = f"{table_places[method]}: {TABLE_3_1[method]:g}" if method in TABLE_3_1 else None
        mnist = MNIST_ORDER.index(method) + 1 if method in MNIST_ORDER else None
        scores = [
            cell
            for name in SCORES
            for cell in (mean_and_error([last_value(rows, name) for rows in own[method]]), places[name][method])
        ]
        rows.append([titles[method], document, mnist, *scores, *lowest_over_training(own[method])])
    columns = (
        *("Method", "Table 3.1, CIFAR-10", "Section 3.4.2, MNIST"),
        *("DDM, nats", "place", "FID", "place", "IS", "place", "lowest DDM", "at step"),
    )
    note = (
        "Last measurement, mean and standard error over seeds; places from best (1) to worst. The document's DDM lacks "
        "constants and is negative, so only the orders can be set beside each other."
    )
    return Table("Order of the GANs", columns, rows, note, range(len(rows)))


def lowest_over_training(trials: Sequence[Rows]) -> tuple[Any, Any]:
    """The lowest mean over trials of DDM at one step, and that step; (None, None) without common measurements."""
    found = [{int(row["step"]): row["ddm"] for row in rows if "ddm" in row} for rows in trials]
    means = {step: float(np.mean([each[step] for each in found])) for step in set.intersection(*map(set, found))}
    step = min(means, key=means.get, default=None)
    return (None, None) if step is None else (means[step], step)
