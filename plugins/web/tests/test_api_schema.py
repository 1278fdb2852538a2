"""The API against its own description: whatever fits it is answered as it says, and nothing breaks the service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from litestar.testing import TestClient
from schemathesis.core import NOT_SET
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from workplaces_web.people.model import SCOPES

from plugins.web.tests.desks import SUBJECT, office, task

STREAMS = ["/api/v1/desk/events", "/api/v1/board/events"]
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]

MADE = office(*(task(f"t{number}", "anna", subject=SUBJECT) for number in range(5)))
DESCRIPTION = MADE.app.openapi_schema.to_schema()
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION).exclude(path=STREAMS)


@pytest.fixture(scope="module")
def program() -> Iterator[TestClient]:
    """A program that may do everything, as somebody with a desk."""
    person = MADE.web.people.create("Все права", "administrator", source="local", login="all", user="gone")
    _, text = MADE.web.tokens.create(person.id, "all", SCOPES)
    with MADE.browser() as client:
        client.headers["Authorization"] = f"Bearer {text}"
        yield client


def send(client: TestClient, case: Any) -> Any:
    """Send a made-up request as it is."""
    headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
    more = {"content": case.body} if isinstance(case.body, bytes) else {"json": case.body}
    more = {} if case.body is NOT_SET else more
    return client.request(case.method, case.formatted_path, params=case.query, headers=headers, **more)


@pytest.mark.slow
@SCHEMA.parametrize()
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_description_announces(case, program):
    answer = send(program, case)

    assert answer.status_code < 500, answer.text
    case.validate_response(answer, checks=CHECKS)


def test_every_operation_is_described_in_words_and_says_how_it_fails():
    for path, item in DESCRIPTION["paths"].items():
        for method, operation in item.items():
            place = f"{method} {path}"
            assert operation.get("description"), place
            assert {"400", "403"} <= operation["responses"].keys() or path.startswith("/enter"), place
            for status in ("400", "403"):
                if status in operation["responses"] and not path.startswith("/enter"):
                    assert "application/problem+json" in operation["responses"][status]["content"], place


def test_names_of_operations_are_unique_and_shapes_have_no_module_in_their_names():
    names = [each["operationId"] for item in DESCRIPTION["paths"].values() for each in item.values()]
    assert len(names) == len(set(names))
    assert [name for name in DESCRIPTION["components"]["schemas"] if "workplaces" in name.lower()] == []
