"""Gaussian mixtures: the record of one, its densities, its responsibilities, and draws from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

LOG_2_PI = float(np.log(2.0 * np.pi))
EPSILON = float(np.finfo(np.float64).eps)
"""From 1 to the next larger number: twice the largest relative error of a rounding."""
TINY = float(np.finfo(np.float64).tiny)
"""The least number that has all its digits."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of K Gaussian components in D dimensions; its arrays are read-only copies.

    Attributes:
        weights: (K,) positive mixing weights that sum to 1.
        means: (K, D), in the units of the data.
        covariances: (K, D, D) symmetric and positive definite, in the squared units of the data.

    Raises:
        ValueError: a shape, a weight or a covariance is not as above.
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    def __post_init__(self) -> None:
        """Check the parameters and freeze them."""
        for name in ("weights", "means", "covariances"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        problems = parameter_problems(self.weights, self.means, self.covariances)
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def n_components(self) -> int:
        """K, the number of components."""
        return int(self.means.shape[0])

    @property
    def n_features(self) -> int:
        """D, the number of features."""
        return int(self.means.shape[1])

    def log_density(self, samples: ArrayLike) -> FloatArray:
        """Return the log of the mixture's density at each of the (N, D) samples, shape (N,)."""
        log_joint = self._log_joint(samples)
        return np.asarray(np.logaddexp.reduce(log_joint, axis=0))

    def responsibilities(self, samples: ArrayLike) -> FloatArray:
        """Return the probability of each component given each of the (N, D) samples, (N, K).

        Rows sum to 1: row n is p(component k | sample n), by Bayes' rule (Bishop 2006, eq. 9.13).
        """
        log_joint = self._log_joint(samples)
        return np.asarray(np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=0)).T)

    def draw(
        self, n_samples: int, generator: np.random.Generator
    ) -> tuple[FloatArray, NDArray[np.int64]]:
        """Draw samples: first a component for each, then the sample from that component.

        Returns:
            The samples (N, D), and the index of the component behind each of them (N,).
        """
        if n_samples < 1:
            raise ValueError(f"n_samples: expected at least 1, got {n_samples}")
        components = generator.choice(self.n_components, size=n_samples, p=self.weights)
        noise = generator.standard_normal((n_samples, self.n_features))
        factors = np.linalg.cholesky(self.covariances)
        samples = self.means[components] + np.einsum("nij,nj->ni", factors[components], noise)
        return samples, components

    def canonical_order(self) -> NDArray[np.intp]:
        """Return the order of the components (K,): by falling weight, then by rising mean."""
        return np.lexsort((*self.means.T[::-1], -self.weights))

    def reordered(self, order: NDArray[np.intp]) -> "Mixture":
        """Return the same mixture with its components in the given order (K,)."""
        return Mixture(self.weights[order], self.means[order], self.covariances[order])

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as plain nested lists of floats."""
        return {
            "weights": self.weights.tolist(),
            "means": self.means.tolist(),
            "covariances": self.covariances.tolist(),
        }

    @classmethod
    def from_dict(cls, parameters: Mapping[str, Any]) -> Self:
        """Build a mixture from what `to_dict` returned; other keys are ignored."""
        return cls(parameters["weights"], parameters["means"], parameters["covariances"])

    def _log_joint(self, samples: ArrayLike) -> FloatArray:
        rows = as_samples(samples)
        if rows.shape[1] != self.n_features:
            raise ValueError(
                f"samples: expected {self.n_features} columns like the mixture's means, "
                f"got {rows.shape[1]}"
            )
        return log_weighted_densities(rows, self.weights, self.means, self.covariances)


def as_samples(samples: ArrayLike) -> FloatArray:
    """Return samples as an (N, D) array of float64.

    Raises:
        ValueError: not a table of two dimensions, empty, or not finite everywhere.
    """
    rows = np.asarray(samples, dtype=np.float64)
    check_shape(rows.shape)
    check_finite(rows)
    return rows


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise ValueError for a shape that no samples have."""
    if len(shape) != 2 or 0 in shape:
        raise ValueError(
            f"samples: expected a table of shape (n_samples, n_features), got {shape}; "
            "reshape a single feature to (n_samples, 1)"
        )


def check_finite(rows: FloatArray, first_row: int = 0) -> None:
    """Raise ValueError where a row, counted from first_row, is not finite."""
    if not np.isfinite(rows).all():
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise ValueError(
            f"samples: expected finite numbers, got {rows[row, column]} in row {first_row + row}, "
            f"column {column}; remove or replace it"
        )


def log_weighted_densities(
    samples: FloatArray, weights: FloatArray, means: FloatArray, covariances: FloatArray
) -> FloatArray:
    """Return log(weight * Gaussian density) of every component at every sample.

    With the Cholesky factor L of a covariance, z = L^-1 (x - mean) gives the Mahalanobis distance
    |z| and the determinant |covariance| = (product of L's diagonal)^2.

    Args:
        samples: (N, D).
        weights, means, covariances: (..., K), (..., K, D), (..., K, D, D); any leading axes.

    Returns:
        (..., K, N).

    Raises:
        numpy.linalg.LinAlgError: a covariance is not positive definite.
    """
    factors = np.linalg.cholesky(covariances)
    log_determinants = 2.0 * np.log(np.diagonal(factors, axis1=-2, axis2=-1)).sum(axis=-1)
    centred = np.ascontiguousarray(samples.T) - means[..., None]
    inverses = np.linalg.inv(factors)
    # A product of 1 x 1 matrices is a scaling, and matmul takes four times as long for it.
    whitened = inverses * centred if means.shape[-1] == 1 else inverses @ centred
    squared_distances = np.einsum("...dn,...dn->...n", whitened, whitened)
    log_scales = np.log(weights) - 0.5 * (means.shape[-1] * LOG_2_PI + log_determinants)
    # In place: at this size, fresh memory costs more than the arithmetic.
    log_densities: FloatArray = squared_distances
    log_densities *= -0.5
    log_densities += log_scales[..., None]
    return log_densities


def parameter_problems(weights: ArrayLike, means: ArrayLike, covariances: ArrayLike) -> list[str]:
    """Return what is wrong with the parameters of a mixture, nothing if they are those of one.

    Args:
        weights, means, covariances: as of a `Mixture`, of any shape.
    """
    arrays = [np.asarray(part, dtype=np.float64) for part in (weights, means, covariances)]
    return _shape_problems(*arrays) or _value_problems(*arrays)


def _shape_problems(weights: FloatArray, means: FloatArray, covariances: FloatArray) -> list[str]:
    if means.ndim != 2 or 0 in means.shape:
        return [f"means: expected shape (n_components, n_features), got {means.shape}"]
    n_components, n_features = means.shape
    problems = []
    if weights.shape != (n_components,):
        problems.append(f"weights: expected shape ({n_components},), got {weights.shape}")
    if covariances.shape != (n_components, n_features, n_features):
        problems.append(
            f"covariances: expected shape {(n_components, n_features, n_features)}, "
            f"got {covariances.shape}"
        )
    return problems


def _value_problems(weights: FloatArray, means: FloatArray, covariances: FloatArray) -> list[str]:
    problems = [
        f"{name}: expected finite numbers, got {array.tolist()}"
        for name, array in (("weights", weights), ("means", means), ("covariances", covariances))
        if not np.isfinite(array).all()
    ]
    if problems:
        return problems
    if (weights <= 0.0).any() or abs(weights.sum() - 1.0) > 1e-9:
        problems.append(
            f"weights: expected positive numbers that sum to 1, got {weights.tolist()} "
            f"with sum {weights.sum()}"
        )
    for index, covariance in enumerate(covariances):
        widths = np.sqrt(np.abs(np.diagonal(covariance)))
        if (np.abs(covariance - covariance.T) > 1e-12 * np.outer(widths, widths)).any():
            problems.append(
                f"covariances: component {index} is not symmetric: {covariance.tolist()}"
            )
            continue
        try:
            np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:
            problems.append(
                f"covariances: component {index} is not positive definite: {covariance.tolist()}; "
                "every direction needs a variance above 0"
            )
    return problems
