"""The fields of a programme's form, by the catalogue of field types."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, model_validator

from bihuan.declare.model import Code, Name, Strict
from bihuan.declare.types import field_types

AS_FORMS_SAY = {"number": "decimal"}
"""Words of forms that are older than the catalogue of field types."""


def _of_forms(word: str) -> str:
    known = form_types()
    if word not in known:
        raise ValueError(f"not a type of a form's field; one of {', '.join(known)}")
    return word


def form_types() -> list[str]:
    """Return the types that a programme's form may use, as its declaration calls them.

    Source: docs/adr/0231 (`number` in a form is older than the catalogue and means `decimal`)
    """
    said = {kind: word for word, kind in AS_FORMS_SAY.items()}
    return [said.get(name, name) for name, kind in field_types().items() if kind.in_forms]


class _InSchema:
    """The schema lists the types that there are when it is asked for."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "enum": form_types()}


FormType = Annotated[str, AfterValidator(_of_forms), _InSchema()]


class FieldRule(Strict):
    """One extra field of the form. What is written freely is sealed unless `public`; the rest is open unless `personal`.

    `of: reporter`: nobody is asked; intake writes the blind index of whoever reports there, unless something was given.
    """

    name: Name
    type: FormType = "text"
    choices: dict[Code, Name] = {}
    required: bool = False
    personal: bool = False
    public: bool = False
    of: Literal["reporter"] | None = None

    @property
    def field_type(self) -> str:
        """Its type, as the catalogue of field types calls it.

        Source: docs/adr/0231 (`number` in a form is older than the catalogue and means `decimal`)
        """
        return AS_FORMS_SAY.get(self.type, self.type)

    @model_validator(mode="after")
    def _one_of_both(self) -> "FieldRule":
        if self.personal and self.public:
            raise ValueError("a field is either personal (sealed) or public, not both")
        if self.of is not None and self.type != "code":
            raise ValueError("an index of the reporter is a code")
        return self
