"""Poisson regression by iterated least squares with robust errors: small, dense, without surprises.

Quasi-likelihood: the mean is right whatever the variance is (Gourieroux, Monfort, Trognon 1984); the variance comes
from the residuals (Huber–White, or Newey–West over time), so over-dispersed counts need no model of their own.
"""

from __future__ import annotations

import numpy as np

from bihuan.insight.effect.model import Floats

STEPS = 60
RIDGE = 1e-8  # keeps a column without variation from stopping the fit


def fit_poisson(y: Floats, x: Floats, offset: Floats | None = None) -> tuple[Floats, Floats]:
    """Coefficients (k,) and means (n,) of log E[y] = x·b + offset.

    Args:
        y: (n,) counts, not negative, not all zero.
        x: (n, k) covariates, the intercept among them.
        offset: (n,) log exposure; None for 0.

    Source: Nelder & Wedderburn (1972), Journal of the Royal Statistical Society A 135:370; Gourieroux, Monfort &
        Trognon (1984).
    """
    shift = np.zeros(len(y)) if offset is None else offset
    eta = np.log(y + 0.5 * max(float(y.mean()), 1e-6))
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        mu = np.exp(np.clip(eta, -30, 30))
        working = eta - shift + (y - mu) / mu
        weighted = x * mu[:, None]
        step = np.linalg.solve(x.T @ weighted + RIDGE * np.eye(x.shape[1]), weighted.T @ working)
        done = bool(np.max(np.abs(step - beta)) < 1e-9)
        beta, eta = step, x @ step + shift
        if done:
            break
    return beta, np.exp(np.clip(eta, -30, 30))


def robust_covariance(y: Floats, x: Floats, mu: Floats) -> Floats:
    """(k, k) covariance of the coefficients, HC3-like: residuals divided by 1 − leverage (MacKinnon–White 1985)."""
    bread = _bread(x, mu)
    leverage = np.einsum("ij,jk,ik->i", x, bread, x) * mu
    score = x * ((y - mu) / np.clip(1 - leverage, 0.1, None))[:, None]
    return np.asarray(bread @ (score.T @ score) @ bread)


def serial_covariance(y: Floats, x: Floats, mu: Floats) -> Floats:
    """(k, k) covariance for rows in order of time: Newey–West (1987), Bartlett weights, lag 4·(n/100)^(2/9) + 1.

    Never below the model with the dispersion of the residuals, which a short series tends to hide.
    """
    bread, n = _bread(x, mu), len(y)
    score = x * (y - mu)[:, None]
    meat = score.T @ score
    lag = int(4 * (n / 100) ** (2 / 9)) + 1
    for step in range(1, min(lag, n - 1) + 1):
        cross = score[step:].T @ score[:-step]
        meat += (1 - step / (lag + 1)) * (cross + cross.T)
    free = max(n - x.shape[1], 1)
    dispersion = max(1.0, float(np.sum((y - mu) ** 2 / mu)) / free)
    sandwich = bread @ meat @ bread * (n / free)
    plain = dispersion * bread
    scale = np.sqrt(np.maximum(np.diag(plain) / np.maximum(np.diag(sandwich), 1e-12), 1.0))
    return np.asarray(sandwich * np.outer(scale, scale))


def _bread(x: Floats, mu: Floats) -> Floats:
    return np.asarray(np.linalg.inv(x.T @ (x * mu[:, None]) + RIDGE * np.eye(x.shape[1])))
