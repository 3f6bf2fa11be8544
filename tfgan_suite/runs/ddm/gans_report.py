"""The order of GANs by DDM beside the document's, and beside the orders by FID and IS of the same samples.

The document is the ModNet and DDM thesis: table 3.1 (CIFAR-10), and section 3.4.2 with figure 3.6 for the rest. What
it says of one data set is tested on that one, and shown beside the orders of others.
"""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.stats

from tfgan_suite.runs.image_study import ReportParts
from tfgan_suite.runs.reports.claims import Claim, Comparison, Spread, all_of, claims_summary, claims_table, lower_mean
from tfgan_suite.runs.reports.comparison_report import Rows, last_value, mean_and_error
from tfgan_suite.runs.reports.report import KeyNumber, Table
from tfgan_suite.runs.studies import in_words, ranks

REAL = "real images"
"""Stands in orders for the training images, whose DDM is DDM(train, test)."""

TABLE_DATASET = "cifar10"
TABLE_3_1 = {REAL: -289.23, "improved_gan": -232.74, "wgan_gp": -227.66, "dcgan": -163.14}
"""Method -> DDM on CIFAR-10, best first."""

MNIST_ORDER = ("dcgan", "small_dcgan", "weakened_dcgan")
"""Of section 3.4.2, best first; the thesis shows curves and no numbers."""


@dataclasses.dataclass(frozen=True)
class DocumentOrder:
    """An order by DDM, best first, and the data set that it is of, by its TFDS name."""

    source: str
    dataset: str
    methods: tuple[str, ...]


DOCUMENT_ORDERS = (
    DocumentOrder("table 3.1", TABLE_DATASET, tuple(TABLE_3_1)),
    DocumentOrder("section 3.4.2", "mnist", MNIST_ORDER),
)
WORST = "weakened_improved_gan"
WORST_DATASETS = ("svhn_cropped", "cifar10")
"""Those of section 3.4.2 of which it says that this GAN was the worst of all."""

SCORES = {"ddm": False, "fid": False, "inception_score": True}
"""Score that methods are put in order by -> whether higher is better."""
HEADS = {"ddm": "DDM", "fid": "FID", "inception_score": "IS"}
REAL_IMAGES = {"ddm": "training images", "fid": "test images", "inception_score": "training images"}
"""Score -> which real images stand in its order."""
SHOWN = ("ddm", "fid")
"""Scores whose orders are told in the summary."""

CLOSEST = 0.05
"""Rank correlations closer to 1 than this are called the same order."""


def report_parts(
    titles: Mapping[str, str],
    own: Mapping[str, Sequence[Rows]],
    references: Mapping[str, Mapping[str, float]],
    dataset: str,
) -> ReportParts:
    """The orders of the methods as tables, the document's claims about this data set, and what came of them.

    Args:
        titles: method -> its name in tables.
        own: method -> rows of each trial.
        references: score -> (name -> what these real images get).
        dataset: what was trained on.
    """
    real = {name: next(iter(values.values())) for name, values in references.items()}
    claims = order_claims(titles, own, real["ddm"], dataset)
    best = min(own, key=lambda method: mean_last(own[method], "ddm"))
    found = [f"From best to worst by {HEADS[name]}: {order_in_words(titles, own, real, name)}." for name in SHOWN]
    return ReportParts(
        summary=" ".join(filter(None, (claims_summary(claims), *found, agreement_in_words(own)))),
        key_numbers=[
            KeyNumber("DDM(train, test)", real["ddm"], "nats; lower is better"),
            KeyNumber(f"DDM of {titles[best]}", mean_last(own[best], "ddm"), "nats, the lowest of the GANs"),
        ],
        tables=[
            orders_table(titles, own, real, dataset),
            order_table(titles, own, real),
            *([claims_table(claims, "The document's order")] if claims else []),
        ],
    )


def mean_last(trials: Sequence[Rows], name: str) -> float:
    """The last measurement of a score, mean over trials."""
    return float(np.mean([last_value(rows, name) for rows in trials]))


def order_claims(
    titles: Mapping[str, str], own: Mapping[str, Sequence[Rows]], real_ddm: float, dataset: str
) -> list[Claim]:
    """The orders by DDM that the document gives for this data set, tested on the methods that were trained."""
    spreads = {method: Spread.of([last_value(rows, "ddm") for rows in trials]) for method, trials in own.items()}
    spreads[REAL] = Spread(real_ddm, 0.0, 2)  # the same in every trial
    names = names_of(titles)

    def lower(method: str, than: str) -> Comparison:
        return lower_mean(names[method], spreads[method], names[than], spreads[than])

    def chain(order: DocumentOrder) -> Claim:
        there = [method for method in order.methods if method in spreads]
        text = f"DDM from best to worst: {', '.join(names[method] for method in order.methods)} ({order.source})"
        if len(there) < len(order.methods):
            text += f", of which this run has {in_words([names[method] for method in there]) or 'none'}"
        enough = len(set(there) - {REAL}) > 1
        return all_of(text, [lower(*pair) for pair in itertools.pairwise(there)] if enough else [])

    claims = [chain(order) for order in DOCUMENT_ORDERS if order.dataset == dataset]
    if dataset == TABLE_DATASET:
        best = "The training images have a lower DDM than every GAN (table 3.1)"
        claims.append(all_of(best, [lower(REAL, each) for each in own]))
    if dataset in WORST_DATASETS:
        others = [method for method in own if method != WORST] if WORST in own else []
        text = f"{titles[WORST]} has the worst DDM (section 3.4.2, SVHN and CIFAR-10)"
        claims.append(all_of(text, [lower(each, WORST) for each in others]))
    return claims


def names_of(titles: Mapping[str, str]) -> dict[str, str]:
    """Method, or `REAL` -> its name in orders."""
    return {**titles, REAL: "training images"}


def order_in_words(
    titles: Mapping[str, str], own: Mapping[str, Sequence[Rows]], real: Mapping[str, float], name: str
) -> str:
    """The methods, and real images, from best to worst by the means of a score, with these: "DCGAN (4.1), ..."."""
    values = {titles[method]: mean_last(trials, name) for method, trials in own.items()}
    values[REAL_IMAGES[name]] = real[name]
    order = sorted(values, key=values.get, reverse=SCORES[name])
    return ", ".join(f"{each} ({values[each]:.4g})" for each in order)


def orders_table(
    titles: Mapping[str, str], own: Mapping[str, Sequence[Rows]], real: Mapping[str, float], dataset: str
) -> Table:
    """The orders of this run by each score, and the document's by DDM, each of its own data set."""
    names = names_of(titles)
    rows = [[f"this run, {HEADS[name]}", dataset, order_in_words(titles, own, real, name)] for name in SCORES]
    for order in DOCUMENT_ORDERS:
        listed = ", ".join(names[method] for method in order.methods)
        rows.append([f"the document, DDM ({order.source})", order.dataset, listed])
    note = (
        "Real images stand in this run's orders as what they get: DDM(train, test), FID of test images, IS of training "
        "images. An order of the document is tested on its own data set only; on others it is there to be looked at."
    )
    return Table("Orders from best to worst", ("By", "Data set", "Order"), rows, note, range(len(SCORES)))


def agreement_in_words(own: Mapping[str, Sequence[Rows]]) -> str:
    """How far FID and IS of the same samples put the methods in DDM's order, in a sentence; empty for one method."""
    if len(own) < 2:
        return ""
    ddm = [mean_last(trials, "ddm") for trials in own.values()]
    found = []
    for name in ("fid", "inception_score"):
        values = [mean_last(trials, name) * (-1 if SCORES[name] else 1) for trials in own.values()]
        tau = float(scipy.stats.kendalltau(ddm, values).statistic)
        if math.isnan(tau):
            continue
        same = "in the same order as DDM does" if tau > 1 - CLOSEST else "in another order than DDM does"
        found.append(f"{HEADS[name]} puts the {len(own)} GANs {same} (Kendall's tau {tau:.2g})")
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
