"""The threads of a job that fits: they share out the rows of the samples."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def row_threads(n_threads: int) -> Iterator[Executor | None]:
    """Yield a pool of threads, or None for one; a product of matrices is one thread's work."""
    with threadpool_limits(1), ThreadPoolExecutor(n_threads) as pool:
        yield pool if n_threads > 1 else None
