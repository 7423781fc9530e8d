"""Denoisers whose answer is known in closed form, and with it the end of every path."""

import math

import numpy as np

WEIGHTS, MEANS, SIGMAS = np.array([0.3, 0.5, 0.2]), np.array([-0.7, 0.1, 0.8]), np.array([0.1, 0.25, 0.05])

_erf = np.vectorize(math.erf)


def denoise_gaussian(z, t, mean=0.3, sigma=0.5):
    """E[x | z] where every pixel is N(mean, sigma²)."""
    return mean + t * sigma**2 / (t**2 * sigma**2 + (1 - t) ** 2) * (z - t * mean)


def flow_gaussian(z, t=1.0, mean=0.3, sigma=0.5):
    """Where the exact path from noise z is at t."""
    return t * mean + math.hypot(t * sigma, 1 - t) * z


def denoise_mixture(z, t):
    """E[x | z] where every pixel is drawn from a mixture of three Gaussians."""
    variance = t**2 * SIGMAS**2 + (1 - t) ** 2
    off = z[..., None] - t * MEANS
    logs = np.log(WEIGHTS) - 0.5 * np.log(variance) - 0.5 * off**2 / variance
    shares = np.exp(logs - logs.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    return (shares * (MEANS + t * SIGMAS**2 / variance * off)).sum(-1)


def flow_mixture(z, t=1.0):
    """Where the exact path from noise z is at t: in one dimension paths never cross, so quantiles stay the same."""
    means, sigmas = t * MEANS, np.hypot(t * SIGMAS, 1 - t)
    wanted = 0.5 * (1 + _erf(z / math.sqrt(2)))
    low, high = np.full_like(z, -5), np.full_like(z, 5)
    for _ in range(60):
        middle = (low + high) / 2
        below = (WEIGHTS * 0.5 * (1 + _erf((middle[..., None] - means) / sigmas / math.sqrt(2)))).sum(-1) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def denoise_points(points):
    """E[x | z] where x is one of these pictures, (k, c, h, w), each as likely."""

    def denoise(z, t):
        distances = ((z[:, None] - t * points[None]) ** 2).sum((2, 3, 4))
        logs = -0.5 * distances / (1 - t) ** 2
        shares = np.exp(logs - logs.max(1, keepdims=True))
        return np.einsum("nk,kchw->nchw", shares / shares.sum(1, keepdims=True), points)

    return denoise
