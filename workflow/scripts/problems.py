"""What is wrong with a data file: gathered while it is read, told in one message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from job import InputError, RefusedError

PLACES_SHOWN = 3


class UnreadableError(InputError):
    """A file that cannot be read, or not beyond a place; the text says what, where and why."""


@dataclass
class _Problem:
    places: list[str] = field(default_factory=list)
    total: int = 0


class Problems:
    """Problems of one file: of each the first few places, and how many there are."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[tuple[str, str, str], _Problem] = {}

    def add(self, subject: str, what: str, repair: str, places: Iterable[str], total: int) -> None:
        """Add places of a problem.

        Args:
            subject: the column, empty for a problem of the file.
            what: what is wrong, in a few words.
            repair: what to do.
            places: the first places, in words; no more than are shown are taken.
            total: of how many.
        """
        problem = self._found.setdefault((subject, what, repair), _Problem())
        problem.total += total
        for place in places:
            if len(problem.places) == PLACES_SHOWN:
                break
            problem.places.append(place)

    def note(self, text: str) -> None:
        """Add a problem that has no places."""
        self._found.setdefault(("", text, ""), _Problem())

    def forget(self, subject: str) -> None:
        """Drop the problems of a column that turns out not to be used."""
        self._found = {key: value for key, value in self._found.items() if key[0] != subject}

    def texts(self, columns: Sequence[str] = ()) -> list[str]:
        """Return a sentence for each problem: those of the file, then those of each column.

        Args:
            columns: their order.
        """
        places = {name: place for place, name in enumerate(["", *columns])}
        order = sorted(self._found, key=lambda key: (places.get(key[0], -1), key[1]))
        return [_sentence(*key, self._found[key]) for key in order]


def unreadable(dataset: str, name: str, problems: Sequence[str]) -> RefusedError:
    """Return the one message on a data file.

    Args:
        dataset: the data set's name.
        name: the file's name as the configuration gives it.
        problems: what is wrong.
    """
    heading = f"Data set {dataset}: {name} cannot be read as a table of numbers:"
    return RefusedError(
        "\n".join([heading, *(f"  - {problem}" for problem in problems)]), [dataset]
    )


def _sentence(subject: str, what: str, repair: str, problem: _Problem) -> str:
    if not problem.total:
        return what
    rest = problem.total - len(problem.places)
    more = f" and {rest} more" if rest else ""
    where = f"column {subject}: " if subject else ""
    return f"{where}{what} in {', '.join(problem.places)}{more}; {repair}"
