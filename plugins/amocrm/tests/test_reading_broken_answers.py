"""An answer with nothing in it says nothing: neither that there are no tasks, nor that nobody works here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import pytest
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.errors import NoSuchThing, Unreachable
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.amo import FakeAmo
from workplaces_amocrm.fake.generating import generate
from workplaces_amocrm.reading.directory import account_facts, read_directory
from workplaces_amocrm.reading.translation import Aside

from workplaces_core.changes import Change
from workplaces_core.errors import CrmUnavailable


@attrs.define
class Instead:
    """An API that answers one path in its own way."""

    api: Any
    path: str
    answer: Any

    def get(self, path: str, *args: Any, **kwargs: Any) -> Any:
        if path != self.path:
            return self.api.get(path, *args, **kwargs)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def everything(crm: AmoCrm) -> tuple[Change, ...]:
    return (*crm.directory(), *(change for batch in crm.read_open() for change in batch))


def break_once(fake: FakeAmo, name: str, fault: Any, body: Any = None) -> None:
    fake.faults.add(fault, body=body, when=lambda asked: asked.method == "GET" and asked.path.endswith(f"/{name}"))


def ids(changes: Iterable[Any], kind: str) -> set[str]:
    return {change.value.id for change in changes if change.kind == kind}


@pytest.mark.parametrize(("fault", "body"), [("emptied", None), (404, "html")], ids=["200 empty", "404 page"])
@pytest.mark.parametrize("name", ["tasks", "leads", "contacts", "users", "pipelines", "custom_fields"])
def test_an_answer_of_nothing_is_asked_for_again_and_loses_nothing(serve, name, fault, body):
    account = generate(seed=11, tasks=40)
    _, calm = serve(account)
    fake, crm = serve(account)
    break_once(fake, name, fault, body)

    found = everything(crm)

    assert found == everything(calm)
    assert ids(found, "task")
    assert ids(found, "user")
    assert not crm.set_aside()


def test_an_answer_that_stays_empty_is_an_error(serve):
    fake, crm = serve(generate(seed=11, tasks=40))
    fake.faults.add("emptied", when=lambda asked: asked.path.endswith("/tasks"), times=None)

    with pytest.raises(CrmUnavailable, match="nothing in the body"):
        everything(crm)


@pytest.mark.parametrize(
    "answer",
    [None, {"_embedded": {"users": []}}, {"_links": {}, "_embedded": {"users": [None, 7]}}, NoSuchThing("404")],
    ids=["204", "empty page", "no objects", "404"],
)
def test_no_users_at_all_is_a_broken_answer_and_dismisses_nobody(serve, answer):
    _, crm = serve(FakeAccount.empty())
    facts = account_facts(crm.api, crm.settings, Aside())

    with pytest.raises(Unreachable, match="no users"):
        list(read_directory(Instead(crm.api, "/api/v4/users", answer), crm.settings, facts, Aside()))


def test_an_account_that_is_not_at_its_address_is_unreachable_to_a_reading(serve):
    _, crm = serve(FakeAccount.empty())

    with pytest.raises(CrmUnavailable, match="no account"):
        account_facts(Instead(crm.api, "/api/v4/account", NoSuchThing("404")), crm.settings, Aside())
