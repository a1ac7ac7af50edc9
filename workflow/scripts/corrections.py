"""What to write instead of what breaks the configuration's schema, as far as it can be told."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from jsonschema.exceptions import ValidationError

from wording import Path, located, nearest, shown

_LARGEST_EXACT = 2**53


def where_it_belongs(
    key: Any, here: Mapping[str, Any], schema: Mapping[str, Any]
) -> tuple[str, str]:
    """Return what to do with an unknown key, and the key of its level that was meant, if any."""
    if isinstance(key, bool):
        return "YAML reads yes, no, on and off as true and false; write it in quotes", str(key)
    near = nearest(key, list(here))
    places = _all_places(schema, ())
    elsewhere = [place for place in places if place[-1] == key]
    if elsewhere:
        owners = " or ".join(located(place[:-1] or ("the top level",)) for place in elsewhere)
        return f"it belongs to {owners}", str(key)
    if near:
        return f"did you mean {near}?", near
    other = nearest(key, [place[-1] for place in places], likeness=0.75)
    if other:
        meant = next(place for place in places if place[-1] == other)
        return f"did you mean {located(meant)}?", str(key)
    return f"known keys: {', '.join(here)}", str(key)


def _all_places(schema: Mapping[str, Any], path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the path of every key."""
    places = []
    for key, part in schema.get("properties", {}).items():
        places += [(*path, key), *_all_places(part, (*path, key))]
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping):
        places += _all_places(others, (*path, "NAME"))
    return places


def repair(error: ValidationError, path: Path) -> str:
    """Return what to write instead, as far as it can be told."""
    found = error.instance
    if error.validator == "enum":
        near = nearest(found, [str(value) for value in error.validator_value])
        return f"did you mean {near}?" if near else ""
    if error.validator != "type":
        return ""
    types = set(allowed_types(error))
    if isinstance(found, str) and types & {"number", "integer"}:
        return _number_meant(found, whole="number" not in types)
    if isinstance(found, float) and "integer" in types and found.is_integer():
        return "write out its digits"
    if isinstance(found, str) and "boolean" in types and found.lower() in ("true", "false"):
        return "write it without quotes, in a file: nested values of --config arrive as text"
    if "string" in types and isinstance(found, bool):
        return "YAML reads yes, no, on and off as true and false; write it in quotes"
    if "string" in types and isinstance(found, int | float | date):
        return "write it in quotes, so that YAML reads text"
    if "array" in types and isinstance(found, str | int | float) and not isinstance(found, bool):
        return f"write [{found}]"
    if isinstance(found, list) and types == {"object"}:
        return "write keys with values, without - before them or [ ] around them"
    if isinstance(found, list) and len(found) == 1 and not isinstance(found[0], list | dict):
        return f"write {shown(found[0]) if isinstance(found[0], bool) else found[0]}"
    if len(path) == 2 and path[0] == "datasets" and path[1] in error.schema["properties"]:
        return f"a data set needs a name: write datasets: NAME: {path[1]}"
    if len(path) == 2 and path[0] == "datasets" and isinstance(found, str):
        return f"write {{file: {found}}}"
    return ""


def _number_meant(text: str, *, whole: bool) -> str:
    """Say what YAML made of a number that was meant as one."""
    try:
        number = float(text)
    except ValueError:
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            return ""
        return f"write {_as_yaml(number, whole)}, with a point"
    if "e" in text.lower() and "." not in text:
        return f"YAML reads this as text: write {_as_yaml(number, whole)}"
    return "write it without quotes, in a file: nested values of --config arrive as text"


def _as_yaml(number: float, whole: bool) -> str:
    """Return a number as YAML reads it: with a point, and a sign of the exponent."""
    if whole and is_whole(number):
        return str(int(number))
    digits, sign, exponent = repr(number).partition("e")
    return digits + ("" if "." in digits else ".0" if sign else "") + sign + exponent


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, written with all its digits."""
    if isinstance(value, float):
        return value.is_integer() and abs(value) < _LARGEST_EXACT
    return isinstance(value, int) and not isinstance(value, bool)


def allowed_types(error: ValidationError) -> list[str]:
    """Return the types that the schema allows where a value has another."""
    types = error.validator_value
    return [types] if isinstance(types, str) else types
