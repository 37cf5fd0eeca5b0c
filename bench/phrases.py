"""What the benches that learn have in common: phrases, rows of weighed bits, options, reports."""

from __future__ import annotations

import argparse
import csv
import json
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize
from scipy.special import expit

from bench.machine import describe, in_one_line
from matcher.domain.clues import BUCKETS, ClueWeights

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "phone" / "corpus"
ROUNDS = 300
"""Steps of a fit at most."""
WORDS = ROOT / "phone" / "dialogue" / "understanding" / "words"


@dataclass(frozen=True, slots=True)
class Phrase:
    """What somebody wrote, and what it means."""

    author: str
    label: str
    text: str


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of one file of the corpora."""
    with (CORPUS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def sum_of(phrases: Iterable[Phrase]) -> int:
    """Changes with every phrase and label."""
    return crc32("\n".join(f"{one.label} {one.text}" for one in phrases).encode())


def count_bits(
    phrases: Iterable[list[str]], kind: Callable[[list[str]], set[int]], buckets: int
) -> sp.csr_matrix:
    """A row for each phrase, given in words, with a one in each bucket that it has."""
    columns, ends = [], [0]
    for words in phrases:
        columns += sorted({bucket % buckets for bucket in kind(words)})
        ends.append(len(columns))
    return sp.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(ends) - 1, buckets))


def rarity_of(counts: sp.csr_matrix) -> np.ndarray:
    """How much each bucket tells: the more, the fewer phrases have it."""
    held = np.asarray(counts.sum(axis=0)).ravel()
    return np.log((1 + counts.shape[0]) / (1 + held)) + 1


def scaled(counts: sp.csr_matrix, rarity: np.ndarray) -> sp.csr_matrix:
    """The rows weighed by rarity and brought to one length."""
    rows = counts @ sp.diags(rarity)
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return sp.diags(1 / np.maximum(length, 1e-9)) @ rows


def fit(rows: sp.csr_matrix, yes: Sequence[bool], strength: float) -> tuple[np.ndarray, float]:
    """The weight of each bucket, and the bias, under which the rows are most likely what they are.

    Logistic regression; `strength` says how closely the rows are followed, against weights that
    stay small.
    """
    sign = np.where(yes, 1.0, -1.0)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        voice, bias = flat[:-1], flat[-1]
        margin = sign * (rows @ voice + bias)
        pull = -strength * sign * expit(-margin)
        value = strength * np.logaddexp(0, -margin).sum() + voice @ voice / 2
        return value, np.append(rows.T @ pull + voice, pull.sum())

    start = np.zeros(rows.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x
    return found[:-1], float(found[-1])


def learn_clues(clues: Iterable[set[int]], meant: Sequence[bool], learnt_from: int) -> ClueWeights:
    """The weights under which the mentions are most likely what they are."""
    columns, ends = [], [0]
    for own in clues:
        columns += sorted(own)
        ends.append(len(columns))
    shape = (len(ends) - 1, BUCKETS)
    rows = sp.csr_matrix((np.ones(len(columns)), columns, ends), shape=shape)
    voice, bias = fit(rows, meant, 1.0)
    return ClueWeights(array("f", voice), bias, learnt_from)


def read_options(command: str, what: str | None) -> argparse.Namespace:
    """Whether to `learn` anew or, without it, to measure, and whether to print `json`."""
    parser = argparse.ArgumentParser(prog=f"python -m {command}", description=what)
    parser.add_argument("--learn", action="store_true", help="write the product's files anew")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def print_judged(judged: Mapping[str, Mapping[str, float]], *, as_json: bool) -> None:
    """Print, for each set of phrases, how many there are and the shares that came of them."""
    if as_json:
        print(json.dumps({"machine": describe(), "judged": judged}))
        return
    print(in_one_line(describe()))
    for name, found in judged.items():
        shares = (
            f"{what.replace('_', ' ')} {share:6.1%}"
            for what, share in found.items()
            if what != "phrases"
        )
        print(f"{name:32} {found['phrases']:5}  {'  '.join(shares)}")
