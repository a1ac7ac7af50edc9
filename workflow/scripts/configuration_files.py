"""What YAML does to a configuration file in silence: of keys given twice it keeps the last alone.

Snakemake reads the files. They are read again here for this, and a file that cannot be read so is
left to what Snakemake says of it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from wording import located, shown

_OCTAL = re.compile(r"[-+]?0[0-7_]+")


def file_problems(paths: Iterable[Path]) -> list[str]:
    """Return what the configuration files say twice, and numbers that YAML reads as others.

    Args:
        paths: the files; those that are none, or not in YAML or JSON, are passed over.
    """
    problems: list[str] = []
    for path in paths:
        # What Snakemake could read may yet fail here, as its templates can make anything.
        with suppress(OSError, ValueError, yaml.YAMLError, RecursionError):
            if path.is_file():
                problems += _problems(path.read_text(encoding="utf-8"), path.name)
    return problems


def unreadable(path: Path) -> str:
    """Return what keeps a file from being a configuration, with its place; else an empty text.

    Snakemake's own words for this name neither the file nor the line.
    """
    try:
        content = _content(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        return f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8"
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}"
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark
        where = f"line {place.line + 1}, column {place.column + 1}: " if place else ""
        return (
            f"{path}: {where}not YAML ({error.problem}); indent with spaces, the keys of a section "
            "alike, and write text with a : or # in quotes"
        )
    except yaml.YAMLError as error:
        return f"{path}: not YAML ({error})"
    if not isinstance(content, dict):
        return f"{path}: expected keys with values, found {shown(content)}"
    return ""


def _content(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return yaml.load(text, Loader=yaml.FullLoader)


def _problems(text: str, file: str) -> list[str]:
    with suppress(ValueError):
        json.loads(text)
        # JSON may be indented with tabs, YAML may not; in JSON no tab is inside of a text.
        text = text.replace("\t", " ")
    loader = yaml.FullLoader(text)
    try:
        root = loader.get_single_node()
        return list(_inside(root, (), file, loader, set())) if root else []
    finally:
        loader.dispose()


def _inside(
    node: yaml.Node, path: tuple[str | int, ...], file: str, loader: Any, seen: set[int]
) -> Iterator[str]:
    """Yield what is wrong in a node; one that an alias repeats is told of once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _inside(item, (*path, index), file, loader, seen)
    elif isinstance(node, yaml.MappingNode):
        yield from _repeated(node, path, file, loader)
        for key, value in node.value:
            yield from _changed_name(key, path, file, loader)
            yield from _inside(value, (*path, key.value), file, loader, seen)
    else:
        yield from _changed_number(node, path, file, loader)


def _repeated(
    node: yaml.MappingNode, path: tuple[str | int, ...], file: str, loader: Any
) -> Iterator[str]:
    lines: dict[Any, list[int]] = {}
    for key, _ in node.value:
        if key.tag != "tag:yaml.org,2002:merge" and isinstance(key, yaml.ScalarNode):
            name = loader.construct_object(key)
            lines.setdefault(name, []).append(key.start_mark.line + 1)
    for name, places in lines.items():
        if len(places) > 1:
            yield (
                f"{located((*path, str(name)))}: given {len(places)} times, in lines "
                f"{', '.join(map(str, places))} of {file}; YAML keeps the last alone: keep one"
            )


def _changed_name(
    key: yaml.Node, path: tuple[str | int, ...], file: str, loader: Any
) -> Iterator[str]:
    """Check names that YAML reads as numbers or dates: 007 would become 7."""
    if not isinstance(key, yaml.ScalarNode) or key.style is not None:
        return
    read = loader.construct_object(key)
    changed = isinstance(read, int | float | date) and str(read) != key.value
    if changed and not isinstance(read, bool):
        yield (
            f"{located(path)}: YAML reads the key {key.value} in line "
            f"{key.start_mark.line + 1} of {file} as {read}; write it in quotes"
        )


def _changed_number(
    node: yaml.Node, path: tuple[str | int, ...], file: str, loader: Any
) -> Iterator[str]:
    """Check numbers that YAML reads as octal (010 is 8) or in sixtieths (1:30 is 90)."""
    if node.style is not None or node.tag.rpartition(":")[2] not in ("int", "float"):
        return
    read, text = loader.construct_object(node), node.value
    octal = _OCTAL.fullmatch(text) and int(text.replace("_", "")) != read
    if octal or ":" in text:
        yield (
            f"{located(path)}: YAML reads {text} in line {node.start_mark.line + 1} of {file} as "
            f"{read}; write {read} or, if it is meant as text, write it in quotes"
        )
