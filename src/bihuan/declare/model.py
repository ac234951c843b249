"""From a document to a validated model: one strict base, and faults in the words of somebody who writes YAML.

    found = validated(Document(path), ArticleFile)     # or list[ArticleFile], dict[str, Rule], …

Every fault says file, line, field, what is wrong, the rule and the remedy; all of them are told together.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeAliasType, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from bihuan.declare.fence import fence_problems
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document, Step

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A word of the declared vocabulary."""
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
"""An id that stands in addresses."""
WatchName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
"""What a watch is called: its file's name, with `-` or `_`."""


class Strict(BaseModel):
    """The base of everything declared. Unknown fields are errors: a misspelt rule must not silently do nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(Strict):
    """A name in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


def validated[T](document: Document, form: type[T], value: Any = ..., steps: Sequence[Step] = ()) -> T:
    """Return the document's value as a form.

    Args:
        document: The file.
        form: A model, or a list or mapping of models.
        value: A part of the document in place of the whole, which stands at `steps`.

    Raises:
        DeclarationError: with every fault, in file order; a field that nothing may hold is one (`declare/fence.py`).

    Source: docs/topics/declarations.md (all problems of a file at once); docs/adr/0326-fence.md
    """
    try:
        adapter = _adapter(form)  # type: ignore[arg-type]  # classes and their generic forms are hashable
        found: T = adapter.validate_python(document.value if value is ... else value)
    except ValidationError as error:
        raise DeclarationError(
            [
                document.problem([*steps, *fault.steps], fault.what, fault.rule, fault.remedy)
                for fault in faults(error, form)
            ]
        ) from error
    if value is ... and (blocked := fence_problems(document)):
        raise DeclarationError(blocked)
    return found


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(form)


class Explained(NamedTuple):
    """A fault of a value in plain words; `steps` lead to it in the file."""

    steps: tuple[Step, ...]
    what: str
    rule: str
    remedy: str


def faults(error: ValidationError, form: Any) -> Iterator[Explained]:
    """Yield what pydantic found wrong with a value of a form, in the words of somebody who writes YAML.

    Source: docs/topics/declarations.md (all problems of a file at once)
    """
    for fault in error.errors(include_url=False):
        yield _explained(form, dict(fault))


def _explained(form: Any, fault: dict[str, Any]) -> Explained:
    steps, inside = _walked(form, fault["loc"], unknown=fault["type"] == "extra_forbidden")
    name = str(steps[-1]) if steps else "(file)"
    explain = _KINDS.get(fault["type"], _as_told)
    return Explained(tuple(steps), *explain(name, fault, inside))


def _missing(name: str, fault: Mapping[str, Any], inside: _Found) -> tuple[str, str, str]:
    return f"{name!r} is missing", "this field is required", f"add `{name}:`"


def _extra(name: str, fault: Mapping[str, Any], inside: _Found) -> tuple[str, str, str]:
    known = inside.siblings
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "correct or remove it"
    return f"{name!r} is not a known field", f"known fields: {', '.join(sorted(known))}", remedy


def _choice(name: str, fault: Mapping[str, Any], inside: _Found) -> tuple[str, str, str]:
    expected = str(fault.get("ctx", {}).get("expected", ""))
    return f"{fault.get('input')!r} is not allowed", f"one of {expected}", "use one of these"


def _pattern(name: str, fault: Mapping[str, Any], inside: _Found) -> tuple[str, str, str]:
    pattern = str(fault.get("ctx", {}).get("pattern", ""))
    what, rule = f"{fault.get('input')!r} has the wrong form", f"must match {pattern}"
    if inside.examples:
        return what, rule, f"for example {', '.join(map(str, inside.examples))}"
    letters = "lower-case letters, digits and _ (in an id: -), starting with a letter"
    return what, rule, letters if pattern.startswith("^[a-z]") else "correct the spelling"


def _mapping(name: str, fault: Mapping[str, Any], inside: _Found) -> tuple[str, str, str]:
    known = inside.own
    remedy = f"start with `{known[0]}:`" if known else "write named fields"
    what = "the file does not hold a mapping" if name == "(file)" else f"{name!r} is not a mapping of fields"
    return what, "a mapping of fields", remedy


def _as_told(name: str, fault: Mapping[str, Any], inside: _Found) -> tuple[str, str, str]:
    message, value = str(fault["msg"]).removeprefix("Value error, "), fault.get("input")
    what = message if isinstance(value, dict | list) else f"{value!r}: {message}"
    return what, message, "correct the value"


_KINDS: dict[str, Callable[[str, Mapping[str, Any], _Found], tuple[str, str, str]]] = {
    "missing": _missing,
    "extra_forbidden": _extra,
    "literal_error": _choice,
    "string_pattern_mismatch": _pattern,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "dict_type": _mapping,
}


# -- where a fault lies ---------------------------------------------------------------------------------


class _Found(NamedTuple):
    """What the form says of a place: fields of the model that holds it, those of its own, and examples."""

    siblings: tuple[str, ...]
    own: tuple[str, ...]
    examples: tuple[Any, ...]


def _walked(form: Any, loc: Sequence[Step], *, unknown: bool) -> tuple[list[Step], _Found]:
    """Return the steps inside the file, without the branches of unions and wrappers that pydantic adds to a location.

    `unknown`: the last step is a field that the form does not know.
    """
    steps: list[Step] = []
    here: list[Any] = [form]
    before: list[Any] = [form]
    for number, step in enumerate(loc):
        inner = [found for each in here for found in _inside(each, step)]
        if inner:
            steps.append(step)
            before, here = here, inner
        elif unknown and number == len(loc) - 1:
            steps.append(step)
            before, here = here, []
    return steps, _Found(
        tuple(name for m in _models(before) for name in _names(m)),
        tuple(name for m in _models(here) for name in _names(m)),
        next((tuple(found) for each in here if (found := _examples(each))), ()),
    )


def _inside(form: Any, step: Step) -> list[Any]:
    found: list[Any] = []
    for part in _branches(form):
        origin, args = get_origin(part), get_args(part)
        if isinstance(part, type) and issubclass(part, BaseModel):
            found += [f for name, f in part.model_fields.items() if step in (name, f.alias)]
        elif origin in (list, tuple, set, frozenset) or origin is Sequence:
            if isinstance(step, int):
                found.append(args[0] if len(args) < 2 or args[1] is ... else args[min(step, len(args) - 1)])
        elif (origin is dict or origin is Mapping) and not _is_label(step, form):
            found.append(args[1])
    return found


def _is_label(step: Step, form: Any) -> bool:
    """Return whether a step names a key itself, or the branch of a union that a mapping stands in; neither is a key."""
    return step == "[key]" or (isinstance(step, str) and "[" in step and len(_branches(form)) > 1)


def _branches(form: Any) -> list[Any]:
    """Return a form without its wrappers; a union gives each of its members."""
    if isinstance(form, FieldInfo):
        form = form.annotation
    if isinstance(form, TypeAliasType):
        return _branches(form.__value__)
    origin = get_origin(form)
    if origin is Annotated:
        return _branches(get_args(form)[0])
    if origin is Union or origin is UnionType:
        return [part for each in get_args(form) for part in _branches(each)]
    return [form]


def _models(forms: Sequence[Any]) -> list[type[BaseModel]]:
    parts = [part for each in forms for part in _branches(each)]
    return [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _examples(form: Any) -> Sequence[Any]:
    if isinstance(form, FieldInfo):
        return form.examples or _examples(form.annotation)
    if isinstance(form, TypeAliasType):
        return _examples(form.__value__)
    for part in get_args(form):
        found = (part.examples or ()) if isinstance(part, FieldInfo) else _examples(part)
        if found:
            return found
    return ()
