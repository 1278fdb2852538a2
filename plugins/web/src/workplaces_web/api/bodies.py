"""What comes in: JSON bodies become attrs classes, and everything wrong with one is said at once, with its path."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, TypeVar

import attrs
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO, DTOConfig
from litestar.dto._backend import DTOBackend
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.exceptions import ClientException
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.wire import structure
from workplaces_core.wire.json_text import parse
from workplaces_core.wire.refusals import Refused, as_path

T = TypeVar("T")


class UnsupportedMediaType(ClientException):
    """A body that is not JSON."""

    status_code = 415


def read_body(raw: bytes, cls: type[T]) -> T:
    """Read a body. Raises InvalidInput with all problems.

    >>> @attrs.frozen
    ... class Wish:
    ...     fence: int
    >>> read_body(b'{"fence": 7}', Wish)
    Wish(fence=7)
    >>> read_body(b'{"fence": "7"}', Wish)
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: fence: `"7"` must be a whole number from ...
    """
    try:
        found = parse(raw.decode("utf-8")) if raw else {}
    except Refused as refused:
        raise InvalidInput(refused.problems) from None
    except UnicodeDecodeError:
        raise InvalidInput([Problem("", None, "must be JSON in UTF-8")]) from None
    return structure(found, cls)


def refuse(path: str, value: Any, message: str) -> InvalidInput:
    """Make the error for one value that is wrong in a body."""
    return InvalidInput([Problem(path, value, message)])


def below(path: str, error: InvalidInput) -> InvalidInput:
    """Put the problems of a part where the part stands."""
    return InvalidInput(attrs.evolve(each, path=as_path(path, each.path)) for each in error.problems)


class JsonBody(AbstractDTO[Any]):
    """Lets Litestar read bodies by the core's own converter, and describe them by their attrs classes.

    It stands in for the built-in reading, which reports one problem of a body and knows nothing of the core's forms.
    """

    model_type = object
    config: ClassVar[DTOConfig] = DTOConfig()
    _classes: ClassVar[dict[str, type]] = {}

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: type[DTOBackend] | None = None
    ) -> None:
        """Remember what a route takes."""
        del backend_cls
        cls._classes[handler_id] = field_definition.annotation

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: SchemaCreator
    ) -> Reference | Schema:
        """Describe what a route takes."""
        del handler_id
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """Leave answers to Litestar."""
        return field_definition.name == "data"

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        """Give none: the built-in backend is not used."""
        del model_type
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Give no, for the same reason."""
        del field_definition
        return False

    def decode_bytes(self, value: bytes) -> Any:
        """Read a body. Raises UnsupportedMediaType for one that does not say that it is JSON."""
        kind = self.asgi_connection.headers.get("content-type", "").partition(";")[0].strip().lower()
        if value and kind != "application/json":
            raise UnsupportedMediaType("the body must be application/json")
        return read_body(value, self._classes[self.asgi_connection.route_handler.handler_id])
