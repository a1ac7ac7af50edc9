"""A fingerprint of what a script does: it changes with code, not with comments or file times."""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path


def fingerprint(script: Path, folders: Sequence[Path], others: Iterable[Path] = ()) -> str:
    """Return a hash of the syntax trees, less docstrings, of a script and of all that it imports.

    Args:
        script: the script.
        folders: where its own modules are looked for; imports found in none of them are left out.
        others: files that the script reads as part of what it does, hashed by their bytes.
    """
    digest = hashlib.sha256()
    for path in sorted(imported_files(script, folders), key=lambda path: path.as_posix()):
        digest.update(path.name.encode())
        digest.update(_parsed(path.read_bytes())[0].encode())
    for path in others:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def imported_files(script: Path, folders: Sequence[Path]) -> set[Path]:
    """Return the script and every file below the folders that it imports, directly or not."""
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _files(_parsed(path.read_bytes())[1], tuple(folders))
    return found


# A cluster's job computes all fingerprints again: nothing is read more often than it must be, and
# of a tree only the statements are walked.
@cache
def _parsed(source: bytes) -> tuple[str, tuple[str, ...]]:
    """Return a source's tree as text, less the strings that are statements, and its imports."""
    tree = ast.parse(source)
    modules: dict[str, None] = {}
    for node in _blocks(tree):
        if isinstance(node, ast.Import):
            modules |= dict.fromkeys(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{name.name}" for name in node.names]
            modules |= dict.fromkeys([node.module, *names])
    return ast.dump(tree), tuple(modules)


def _blocks(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all statements in it, and take the strings that stand as such away."""
    yield node
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        statements = getattr(node, field, None)
        if isinstance(statements, list):
            statements[:] = [item for item in statements if not _is_string(item)]
            for statement in statements:
                yield from _blocks(statement)


@cache
def _files(modules: tuple[str, ...], folders: tuple[Path, ...]) -> list[Path]:
    """Return the files of modules below the folders."""
    files: list[Path] = []
    for module in modules:
        places = [folder / Path(*module.split(".")) for folder in folders]
        files += [place.with_suffix(".py") for place in places]
        files += [place / "__init__.py" for place in places]
    return [file for file in files if file.is_file()]


def _is_string(statement: ast.AST) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
