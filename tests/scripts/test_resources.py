"""What jobs ask for: enough, growing with the work and with every attempt."""

import numpy as np
import pytest

from resources import Climbs, Need, Table, need, stored_table

# What fit jobs took: samples, features, components, climbs; peak MB of the script, CPU seconds (em:
# max_iterations 1000, all families or the plainer ones, one core of an Intel Xeon at 2.5 GHz).
MEASURED = [
    ((272, 2, 9, 280), 121, 5.5),
    ((150, 4, 9, 280), 199, 6.3),
    ((1000, 1, 5, 40), 43, 2.6),
    ((10000, 2, 5, 280), 72, 62.7),
    ((10000, 10, 5, 120), 70, 5.5),
    ((100000, 4, 8, 60), 108, 125.1),
    ((100000, 10, 10, 10), 184, 49.9),
    ((20000, 50, 5, 40), 219, 49.3),
    ((3000, 30, 9, 140), 972, 100.8),
    ((2000, 100, 3, 40), 331, 26.4),
    # To these the constants were not fitted, but for that of a component's M-step:
    # benchmarks/job_needs.py.
    ((300000, 3, 5, 4), 74, 4.9),
    ((500, 3, 12, 140), 128, 10.5),
    ((1000, 60, 4, 20), 166, 8.8),
    ((200000, 1, 6, 6), 65, 6.1),
    ((50000, 20, 7, 3), 195, 3.1),
    ((30000, 5, 8, 9), 70, 2.9),
    ((100000, 30, 3, 2), 202, 5.7),
    ((5000, 8, 6, 70), 114, 10.4),
    ((1500, 15, 10, 42), 163, 19.0),
    ((7000, 2, 12, 56), 114, 11.2),
]
# MB of the two Snakemakes on a node of a Slurm cluster.
SNAKEMAKE_MB = 350


def asked(n_samples: int, n_features: int, n_components: int, n_climbs: int) -> Need:
    return need(Table(n_samples, n_features), [Climbs(n_components, n_climbs)], 1000)


@pytest.mark.parametrize(("size", "used_mb", "used_seconds"), MEASURED)
def test_what_is_asked_for_is_enough_and_not_far_too_much(
    size: tuple[int, int, int, int], used_mb: float, used_seconds: float
) -> None:
    wanted = asked(*size)
    assert 1.25 <= wanted.mem_mb / (SNAKEMAKE_MB + used_mb) <= 4.0
    assert wanted.minutes * 60 >= 1.5 * used_seconds
    assert wanted.minutes <= 30


@pytest.mark.parametrize("place", range(4))
def test_more_of_anything_never_needs_less(place: int) -> None:
    size = [100000, 10, 5, 100]
    larger = size.copy()
    larger[place] *= 2
    less, more = asked(*size), asked(*larger)
    assert more.mem_mb >= less.mem_mb
    assert more.minutes > less.minutes


def test_time_is_that_of_all_climbs_and_memory_that_of_the_most_at_a_time() -> None:
    table, climbs = Table(1000000, 10), Climbs(5, 100)
    once, thrice = need(table, [climbs], 1000), need(table, [climbs] * 3, 1000)
    assert thrice.mem_mb == once.mem_mb
    assert thrice.minutes == pytest.approx(3 * once.minutes, abs=3)


def test_each_attempt_asks_for_twice_as_much() -> None:
    assert [Need(700, 10).again(attempt) for attempt in (1, 2, 3)] == [
        (700, 10),
        (1400, 20),
        (2800, 40),
    ]


def test_the_size_of_samples_is_known_once_they_are_there(tmp_path) -> None:
    path = tmp_path / "samples.npy"
    with pytest.raises(FileNotFoundError):
        stored_table(str(path))
    np.save(path, np.zeros((7, 3)))
    assert stored_table(str(path)) == (7, 3)
