"""Configuration: a frozen dataclass per system, read from TOML, refused where it does not fit."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import math
import tomllib
import types
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from mimetic.errors import ConfigError

Config = TypeVar("Config")


def read_config(kind: type[Config], path: str | Path) -> Config:
    """The configuration in a TOML file; every key must belong to ``kind``."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a readable TOML file, got {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: expected TOML, got a fault: {error}") from error
    return from_mapping(kind, values, where=str(path))


def from_mapping(kind: type[Config], values: dict[str, Any], *, where: str = "config") -> Config:
    """Build a config record from nested plain values; all faults are told at once."""
    faults: list[str] = []
    built = _build(kind, values, where, faults)
    if faults:
        raise ConfigError("\n".join(faults))
    return built  # type: ignore[no-any-return]


def to_mapping(config: Any) -> dict[str, Any]:
    """The nested plain values of a config record, None left out (TOML has none)."""
    values = dataclasses.asdict(config)
    return {key: value for key, value in _plain(values).items() if value is not None}


def to_toml(config: Any) -> str:
    """The TOML text that ``read_config`` turns back into the same record.

    ConfigError where TOML has no such value: a number that is not finite, broken text.
    """
    return "\n".join(_toml_lines(to_mapping(config), ())) + "\n"


def config_hash(config: Any) -> str:
    """SHA-256 of a config record, the same for the same values in any order."""
    text = json.dumps(to_mapping(config), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _build(kind: Any, values: Any, where: str, faults: list[str]) -> Any:
    if not isinstance(values, dict):
        faults.append(f"{where}: expected a table, got {values!r}")
        return None
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    arguments = {}
    for key, value in values.items():
        if key not in names:
            near = difflib.get_close_matches(key, names, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
            faults.append(f"{where}: unknown key {key!r}; {hint}")
        else:
            arguments[key] = _value(hints[key], value, f"{where}: {key}", faults)
    if faults:
        return None
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:
        faults.append(f"{where}: {error}")
        return None


def _value(hint: Any, value: Any, where: str, faults: list[str]) -> Any:
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, where, faults)
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    for option in options:
        if option is float and isinstance(value, int | float) and not isinstance(value, bool):
            return _finite(value, where, faults)
        if get_origin(option) is tuple and isinstance(value, list):
            return _elements(option, value, where, faults)
        plain = get_origin(option) or option
        if isinstance(plain, type) and isinstance(value, plain):
            if plain is int and isinstance(value, bool):
                continue
            return value
    wanted = " or ".join(getattr(option, "__name__", str(option)) for option in options)
    faults.append(f"{where}: expected {wanted}, got {value!r}")
    return None


def _finite(value: float, where: str, faults: list[str]) -> float | None:
    try:
        number = float(value)
    except OverflowError:  # a whole number of more than 308 digits
        number = math.inf
    if not math.isfinite(number):
        faults.append(f"{where}: expected a finite number, got {value!r}")
        return None
    return number


def _elements(hint: Any, values: list[Any], where: str, faults: list[str]) -> Any:
    """A list as the tuple that its field asks for, each element of its own type."""
    kinds = get_args(hint)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = kinds[:1] * len(values)
    elif len(kinds) != len(values):
        faults.append(f"{where}: expected {len(kinds)} values, got {len(values)}")
        return None
    return tuple(
        _value(kind, value, f"{where}[{place}]", faults)
        for place, (kind, value) in enumerate(zip(kinds, values, strict=True))
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _toml_lines(values: dict[str, Any], path: tuple[str, ...]) -> list[str]:
    tables = {key: item for key, item in values.items() if isinstance(item, dict)}
    lines = [f"[{'.'.join(path)}]"] if path else []
    lines += [f"{key} = {_toml(item)}" for key, item in values.items() if key not in tables]
    for key, table in tables.items():
        lines += _toml_lines(table, (*path, key))
    return lines


def _toml(value: Any) -> str:
    """A plain value as TOML: JSON but for text, whose pairs of surrogates TOML refuses."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError as error:
        raise ConfigError(
            f"expected finite numbers and text that UTF-8 can hold, got {value!r}"
        ) from error
    # JSON leaves DEL as it is, TOML wants it escaped.
    return text.replace("\x7f", "\\u007f")
