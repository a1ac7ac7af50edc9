"""Write into config/README.md what an edit of each key runs again, from the schema's x-reruns."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

SCHEMA = Path(__file__).with_name("config.schema.yaml")
README = SCHEMA.parents[2] / "config" / "README.md"
_N_CELLS = 7  # of a row of the table of keys, with what is before and after the outer bars


def described_keys(
    schema: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name, as the README writes it, and the description of every key of a schema."""
    for key, part in schema.get("properties", {}).items():
        yield ": ".join((*path, key)), part
        if part.get("type") == "object" and key != "synthetic":
            yield from described_keys(part, (*path, key))
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping):
        yield from described_keys(others, (*path, "*"))


def with_column(text: str) -> str:
    """Return the README with the last column of its table of keys from the schema.

    Raises:
        KeyError: a key of the table is not in the schema, or has no x-reruns.
    """
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    keys = dict(described_keys(schema))
    lines = []
    for line in text.split("\n"):
        cells = line.split("|")
        name = cells[1].strip() if len(cells) == _N_CELLS else ""
        if name.startswith("`"):
            words = schema["x-reruns"][keys[name.strip("`")]["x-reruns"]]["words"]
            cells[-2] = f" {words} "
        lines.append("|".join(cells))
    return "\n".join(lines)


if __name__ == "__main__":
    README.write_text(with_column(README.read_text(encoding="utf-8")), encoding="utf-8")
