"""Strict TOML and JSON configuration in nested frozen dataclasses.

TOML is what people write, JSON what a run records. Both are read by the same rules, and `load` reads what
`dump_json` wrote back as an equal object:

- an unknown key is an error that offers the nearest valid one; a missing key takes the field's default;
- nothing is coerced, except that a whole number is accepted for a float;
- NaN and infinity are refused, and so are values that a class rejects in `__post_init__`;
- the member of a union of dataclasses is chosen by its `kind` key (a `Literal` field);
- **all** errors of a file are reported at once, each with its path (`optim.betas[1]`).

Field types: `bool`, `int`, `float`, `str`, `Path`, `None`, `Any`, `Literal`, `list[X]`, `tuple[X, ...]`,
`tuple[X, Y]`, `dict[str, X]`, unions, dataclasses, and any of them inside `Annotated`.
"""

import dataclasses
import difflib
import json
import math
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, Literal, TypeVar

from vst_robot import atomic
from vst_robot.errors import DataError, InputError

T = TypeVar("T")
Failure = type[InputError] | type[DataError]


def load(path: Path | str, cls: type[T], *, error: Failure = InputError) -> T:
    """Reads one TOML or JSON file into `cls`.

    Args:
        path: The file; its content decides which of the two formats it is.
        cls: A dataclass.
        error: `InputError` for what a user wrote, `DataError` for what a program wrote.

    Raises:
        InputError: (or `error`) The file cannot be read, or does not describe a `cls`.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise error(f"cannot read {path}: {getattr(exc, 'strerror', None) or exc}") from exc
    return loads(text, cls, str(path), error=error)


def loads(text: str, cls: type[T], source: str, *, error: Failure = InputError) -> T:
    """Reads TOML or JSON text (JSON if it begins with a brace) into `cls`; `source` names it in errors."""
    try:
        data = json.loads(text, object_pairs_hook=_unique) if text.lstrip()[:1] == "{" else tomllib.loads(text)
    except ValueError as exc:  # covers JSONDecodeError and TOMLDecodeError
        raise error(f"{source} is neither valid TOML nor JSON: {exc}") from exc
    return from_dict(data, cls, source, error=error)


def from_dict(data: Any, cls: type[T], source: str = "config", *, error: Failure = InputError) -> T:
    """Builds a `cls` from plain dictionaries, lists and scalars; see the module's rules.

    Raises:
        InputError: (or `error`) Names `source` and lists everything that is wrong.
    """
    reader = _Reader()
    value = reader.read(data, cls, "")
    if reader.errors:
        count = len(reader.errors)
        raise error(f"{source}: {'; '.join(reader.errors)}" + (f" ({count} errors)" if count > 1 else ""))
    return value


def to_dict(obj: Any) -> Any:
    """Turns a config into plain dictionaries, lists and scalars, which `from_dict` turns back.

    Raises:
        TypeError: A value has no plain form.
        ValueError: A number is NaN or infinite.
    """
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        return {field.name: to_dict(getattr(obj, field.name)) for field in dataclasses.fields(obj) if field.init}
    if isinstance(obj, dict):
        return {key: to_dict(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [to_dict(item) for item in obj]
    if isinstance(obj, Path):
        return str(obj)
    if isinstance(obj, float) and not math.isfinite(obj):
        raise ValueError(f"{obj} has no place in a configuration")
    if obj is None or type(obj) in (bool, int, float, str):
        return obj
    raise TypeError(f"a configuration cannot hold a {type(obj).__name__}: {obj!r}")


def dump_json(obj: Any, path: Path | str) -> None:
    """Writes a config (or its dictionary) as JSON; the file is whole or absent, never half.

    Raises:
        UnavailableError: The file cannot be written.
    """
    atomic.write_text(Path(path), json.dumps(to_dict(obj), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


class _Reader:
    """Reads one document by the types of its fields and collects what is wrong with it.

    A `read` that failed has added to `errors`; what it returned is then meaningless and is never handed out.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []

    def read(self, value: Any, hint: Any, path: str) -> Any:
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin is typing.Annotated:
            return self.read(value, args[0], path)
        if hint is Any:
            return value
        if origin is Literal:
            return self._literal(value, args, path)
        if origin in (typing.Union, types.UnionType):
            return self._union(value, args, path)
        if origin in (list, tuple, dict):
            return self._container(value, origin, args, path)
        if dataclasses.is_dataclass(hint):
            return self._dataclass(value, hint, path)
        return self._scalar(value, hint, path)

    def _fail(self, path: str, message: str) -> None:
        self.errors.append(f"{path}: {message}" if path else message)

    def _mismatch(self, path: str, expected: str, value: Any) -> None:
        self._fail(path, f"expected {expected}, got {_describe(value)}")

    def _scalar(self, value: Any, hint: Any, path: str) -> Any:
        if hint not in _SCALARS:
            raise TypeError(f"{path}: fields of type {hint!r} cannot be configured")
        if type(value) is int and hint is float:
            value = float(value) if abs(value) < _LARGEST else math.inf
        if hint is Path and isinstance(value, str | Path):
            return Path(value)
        if type(value) is not hint:
            return self._mismatch(path, _SCALARS[hint], value)
        if hint is float and not math.isfinite(value):
            return self._mismatch(path, "a finite number", value)
        return value

    def _literal(self, value: Any, choices: tuple[Any, ...], path: str) -> Any:
        if any(type(value) is type(choice) and value == choice for choice in choices):
            return value
        near = difflib.get_close_matches(str(value), [str(choice) for choice in choices], n=1, cutoff=0.5)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        self._fail(path, f"expected one of {_listed(choices)}, got {_describe(value)}{hint}")
        return None

    def _union(self, value: Any, members: tuple[Any, ...], path: str) -> Any:
        fitting = [member for member in members if _takes_container(member, value)]
        if len(fitting) == 1:
            return self.read(value, fitting[0], path)
        if fitting and isinstance(value, dict):
            return self._tagged(value, fitting, path)
        for member in members:
            attempt = _Reader()
            result = attempt.read(value, member, path)
            if not attempt.errors:
                return result
        return self._mismatch(path, " or ".join(map(_name, members)), value)

    def _tagged(self, value: dict[str, Any], classes: list[Any], path: str) -> Any:
        by_kind = {kind: cls for cls in classes for kind in _kinds(cls)}
        if "kind" not in value:
            return self._fail(path, f"missing key 'kind': one of {_listed(tuple(by_kind))}")
        kind = self._literal(value["kind"], tuple(by_kind), _join(path, "kind"))
        return self._dataclass(value, by_kind[kind], path) if kind in by_kind else None

    def _container(self, value: Any, origin: Any, args: tuple[Any, ...], path: str) -> Any:
        if origin is dict:
            return self._mapping(value, args, path)
        if not isinstance(value, list | tuple):
            return self._mismatch(path, "a list", value)
        fixed = origin is tuple and args[-1:] != (...,)
        if fixed and len(value) != len(args):
            return self._fail(path, f"expected {len(args)} items, got {len(value)}")
        hints = args if fixed else args[:1] * len(value)
        return origin(self.read(*pair, f"{path}[{i}]") for i, pair in enumerate(zip(value, hints, strict=True)))

    def _mapping(self, value: Any, args: tuple[Any, ...], path: str) -> Any:
        if not isinstance(value, dict):
            return self._mismatch(path, "a table", value)
        return {str(key): self.read(item, args[1], _join(path, key)) for key, item in value.items()}

    def _dataclass(self, value: Any, cls: Any, path: str) -> Any:
        if not isinstance(value, dict):
            return self._mismatch(path, f"a table ({cls.__name__})", value)
        before = len(self.errors)
        known = [field for field in dataclasses.fields(cls) if field.init]
        self._refuse_unknown(value, [field.name for field in known], path)
        hints = typing.get_type_hints(cls, include_extras=True)
        arguments = {}
        for field in known:
            where = _join(path, field.name)
            if field.name in value:
                arguments[field.name] = self.read(value[field.name], hints[field.name], where)
            elif _required(field):
                self._fail(where, "missing, and it has no default")
        return self._construct(cls, arguments, path) if len(self.errors) == before else None

    def _refuse_unknown(self, value: dict[str, Any], known: list[str], path: str) -> None:
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
                self._fail(_join(path, key), f"unknown key; {hint}")

    def _construct(self, cls: Any, arguments: dict[str, Any], path: str) -> Any:
        try:
            return cls(**arguments)
        except ValueError as exc:  # a rule in __post_init__
            return self._fail(path, str(exc))


_LARGEST = 2**1023  # converting a larger integer may overflow

_SCALARS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Path: "a path",
    type(None): "nothing",
}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuses what JSON itself allows: one key twice, the first silently lost."""
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"key '{twice[0]}' appears twice")
    return dict(pairs)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _takes_container(hint: Any, value: Any) -> bool:
    """Whether `hint` is the kind of table or list that `value` is; its errors are then told from inside."""
    origin = typing.get_origin(hint)
    if isinstance(value, dict):
        return origin is dict or dataclasses.is_dataclass(hint)
    return isinstance(value, list | tuple) and origin in (list, tuple)


def _kinds(cls: Any) -> tuple[str, ...]:
    """The values that the field `kind` of a union's member may take."""
    hint = typing.get_type_hints(cls).get("kind")
    if typing.get_origin(hint) is not Literal:
        raise TypeError(f"{cls.__name__} is one of several choices, so it needs a field 'kind: Literal[...]'")
    return typing.get_args(hint)


def _name(hint: Any) -> str:
    if dataclasses.is_dataclass(hint):
        return f"a table ({getattr(hint, '__name__', hint)})"
    if typing.get_origin(hint) is Literal:
        return _listed(typing.get_args(hint))
    return _SCALARS.get(hint, "a table" if typing.get_origin(hint) is dict else "a list")


def _listed(choices: tuple[Any, ...]) -> str:
    return ", ".join(f"'{choice}'" if isinstance(choice, str) else str(choice).lower() for choice in choices)


def _describe(value: Any) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return f"text '{value}'"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)
