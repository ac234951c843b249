"""The negative binomial in mean and dispersion form, for whole arrays.

Variance = mean + alpha · mean²: NB2 of Cameron & Trivedi, Regression Analysis of Count Data (2013), § 3.3.1.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import nbinom

FLOOR = 1e-6  # a mean below this has no quantile above zero at any level used here
ROUND = 3  # significant digits of mean and alpha when equal cells share one computation

Numbers = NDArray[np.float64]


def quantiles(mean: Numbers, alpha: Numbers, levels: Numbers) -> Numbers:
    """Smallest count k with P(Y ≤ k) ≥ level.

    Args:
        mean: Expected counts, any shape, ≥ 0.
        alpha: Dispersion, same shape as `mean` or broadcast to it, > 0.
        levels: Probabilities in (0, 1), broadcast against `mean`.

    Returns:
        Whole numbers as float64, of the broadcast shape.

    Source: Cameron & Trivedi (2013), Regression Analysis of Count Data, § 3.3.1.
    """
    mean, alpha, levels = np.broadcast_arrays(np.maximum(mean, FLOOR), alpha, levels)
    size = 1.0 / alpha
    found = np.zeros(mean.shape)
    some = levels > np.exp(-size * np.log1p(alpha * mean))  # else P(Y = 0) alone reaches the level
    if not some.any():
        return found
    cells = np.stack([_rounded(mean[some]), _rounded(alpha[some]), levels[some]])
    unique, back = np.unique(cells, axis=1, return_inverse=True)
    size = 1.0 / unique[1]
    found[some] = nbinom.ppf(unique[2], size, size / (size + unique[0]))[back.ravel()]
    return found


def mid_quantiles(mean: Numbers, alpha: Numbers, levels: Numbers) -> Numbers:
    """Quantiles of the mid-distribution F(k) − f(k)/2, joined by straight lines; not whole numbers.

    Over many series the share of counts at or under them is the level itself, which whole-number quantiles of small
    counts cannot reach. Source: Ma, Genton & Parzen (2011), Annals of the Institute of Statistical Mathematics 63:227.

    Args:
        mean, alpha, levels: As for `quantiles`.
    """
    mean, alpha, levels = np.broadcast_arrays(np.maximum(mean, FLOOR), alpha, levels)
    found = np.zeros(mean.shape)
    some = levels > 0.5 * np.exp(-np.log1p(alpha * mean) / alpha)  # else the level lies under the middle of P(Y = 0)
    if not some.any():
        return found
    cells = np.stack([_rounded(mean[some]), _rounded(alpha[some]), levels[some]])
    unique, back = np.unique(cells, axis=1, return_inverse=True)
    found[some] = _mid(*unique)[back.ravel()]
    return found


def _mid(mean: Numbers, alpha: Numbers, levels: Numbers) -> Numbers:
    size = 1.0 / alpha
    share = size / (size + mean)
    whole = nbinom.ppf(levels, size, share)
    mass, upto = nbinom.pmf(whole, size, share), nbinom.cdf(whole, size, share)
    middle = upto - mass / 2
    above = levels >= middle
    step = np.where(above, nbinom.pmf(whole + 1, size, share), nbinom.pmf(np.maximum(whole - 1, 0), size, share))
    found = whole + (levels - middle) / np.maximum((mass + step) / 2, 1e-12)
    return np.asarray(np.maximum(found, 0.0), dtype=np.float64)


def log_likelihood(counts: Numbers, mean: Numbers, alpha: Numbers) -> Numbers:
    """Log-probability of each count; shapes broadcast.

    Source: Cameron & Trivedi (2013), Regression Analysis of Count Data, § 3.3.1.
    """
    mean = np.maximum(mean, FLOOR)
    size = 1.0 / alpha
    scale = size + mean
    found = gammaln(counts + size) - gammaln(size) - gammaln(counts + 1) + size * np.log(size / scale)
    return np.asarray(found + counts * np.log(mean / scale), dtype=np.float64)


def _rounded(values: Numbers) -> Numbers:
    """Values to `ROUND` significant digits: neighbours then share one inverse."""
    power = 10.0 ** (ROUND - 1 - np.floor(np.log10(values)))
    return np.asarray(np.round(values * power) / power, dtype=np.float64)
