"""What breaks the configuration's schema: the key's path, what is allowed, what was found."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from corrections import allowed_types, is_whole, repair, where_it_belongs
from wording import Path, located, message, shown

_TYPE_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "keys with values",
    "string": "text",
}


class Problem(NamedTuple):
    """Something wrong with the configuration, and the value with which nothing can be checked."""

    text: str
    spoilt: Path


def schema_problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Problem]:
    """Return what breaks the schema, or is no finite number, in the order of the schema's keys.

    Args:
        config: the configuration, without the defaults.
        schema: its JSON schema.
    """
    # A number with a point is whole only as far as it is exact.
    whole = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, found: is_whole(found))
    validator = extend(Draft202012Validator, type_checker=whole)(schema)
    problems = [
        Problem(message(path, "expected a finite number", found), path)
        for path, found in _not_finite(config, ())
    ]
    infinite = {problem.spoilt for problem in problems}
    order = list(schema["properties"])
    errors = sorted(
        (error for error in validator.iter_errors(config)),
        key=lambda error: (
            _place(error.absolute_path, order),
            [str(p) for p in error.absolute_path],
        ),
    )
    for error in errors:
        if tuple(error.absolute_path) not in infinite:
            problems += _described(error, schema)
    return list(dict.fromkeys(problems))


def _place(path: Sequence[str | int], order: Sequence[str]) -> int:
    return order.index(path[0]) if path and path[0] in order else -1


def _not_finite(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield each number that is none in float64: nan is within all bounds, and outside none."""
    # Deeper than any key; a YAML file can contain itself.
    if len(path) > 10:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _not_finite(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _not_finite(item, (*path, index))
    elif isinstance(value, int | float):
        try:
            finite = math.isfinite(value)
        except OverflowError:
            finite = False
        if not finite:
            yield path, value


def _described(error: ValidationError, schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong, where, and what to write instead."""
    path, found = tuple(error.absolute_path), error.instance
    if error.validator == "additionalProperties":
        for key in found:
            if key not in error.schema["properties"]:
                advice, meant = where_it_belongs(key, error.schema["properties"], schema)
                yield Problem(
                    f"{located(path)}: unknown key {shown(key)}; {advice}", (*path, meant)
                )
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in found]
        yield Problem(f"{located(path)}: missing key(s) {', '.join(missing)}", path)
    elif "propertyNames" in error.absolute_schema_path:
        yield Problem(
            f"{located(path)}: {shown(found)} cannot name a data set; use letters from a to z, "
            "digits, _ and -, not beginning with -, at most 100 of them",
            (),
        )
    elif found is None:
        yield Problem(f"{located(path)}: is empty; fill it in or remove it", path)
    else:
        wrong = WORDS.get(error.validator, _otherwise)(error)
        yield Problem(message(path, wrong, found, repair(error, path)), path)


def _otherwise(error: ValidationError) -> str:
    return f"not allowed here ({error.schema.get('description', 'see config/README.md')})"


def _alternatives(error: ValidationError) -> str:
    """Return the words of the forms that have the type of what was found; of all if none has."""
    branches: dict[int, list[ValidationError]] = {}
    for part in error.context:
        branches.setdefault(part.schema_path[0], []).append(part)
    own = [
        parts
        for parts in branches.values()
        if not any(part.validator == "type" and not part.path for part in parts)
    ]
    words = [
        (f"{located(part.path)}: " if part.path else "")
        + WORDS.get(part.validator, _otherwise)(part)
        for parts in own or branches.values()
        for part in parts
    ]
    return ", or ".join(dict.fromkeys(words))


def _once(error: ValidationError) -> str:
    again = [item for place, item in enumerate(error.instance) if item in error.instance[:place]]
    return f"expected each item once (several times: {', '.join(map(shown, again))})"


# The words of each kind of limit that a schema may set; what was found comes after them.
WORDS: dict[str, Callable[[ValidationError], str]] = {
    "type": lambda error: f"expected {' or '.join(_TYPE_NAMES[t] for t in allowed_types(error))}",
    "enum": lambda error: f"expected one of {', '.join(map(str, error.validator_value))}",
    "const": lambda error: f"expected {error.validator_value}",
    "minimum": lambda error: f"expected at least {error.validator_value}",
    "maximum": lambda error: f"expected at most {error.validator_value}",
    "exclusiveMinimum": lambda error: f"expected more than {error.validator_value}",
    "exclusiveMaximum": lambda error: f"expected less than {error.validator_value}",
    "minItems": lambda error: f"expected {error.validator_value} or more items",
    "maxItems": lambda error: f"expected at most {error.validator_value} items",
    "uniqueItems": _once,
    "minLength": lambda error: f"expected {error.validator_value} or more characters",
    "maxLength": lambda error: f"expected at most {error.validator_value} characters",
    "pattern": lambda error: f"expected text like {error.validator_value}",
    "minProperties": lambda error: f"expected {error.validator_value} or more keys with values",
    "maxProperties": lambda error: f"expected at most {error.validator_value} keys with values",
    "anyOf": _alternatives,
    "oneOf": _alternatives,
}
# What is told in words of its own, without what was found.
OWN_FORM = {"additionalProperties", "required", "propertyNames"}
