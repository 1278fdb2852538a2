"""Each hook has a test named after it: what it takes, and what it refuses."""

from __future__ import annotations

import attrs
import pytest

from workplaces_core.adapters.hookspecs import hookimpl
from workplaces_core.adapters.memory import MemoryCrm, MemoryStore
from workplaces_core.adapters.registrars import Registered
from workplaces_core.adapters.registry import load_plugins
from workplaces_core.errors import PluginError
from workplaces_core.policy import OPERANDS, ConditionOp, OrderOp

OP = ConditionOp("ends_with", 1, "text", lambda value, constant: str(value).endswith(constant))
KEY = OrderOp("alphabetical", 1, lambda value: (str(value),))


def load(hook, act):
    """Load a plugin with one hook, which does something with its registrar."""

    class Acme:
        @hookimpl(specname=hook)
        def register(self, registrar):
            act(registrar)

    return load_plugins({"acme": Acme()}, discover=False)


def refusal(hook, act):
    with pytest.raises(PluginError) as refused:
        load(hook, act)
    assert str(refused.value).startswith("plugin `acme`: ")
    return str(refused.value)


def test_workplaces_register_adapters():
    registry = load("workplaces_register_adapters", lambda registrar: registrar.add("acme", MemoryCrm))

    assert registry.adapters["acme"] is MemoryCrm
    assert registry.plugins[-1].registered == (Registered("adapter", "acme"),)


class Halfway:
    capabilities = MemoryCrm.capabilities
    open = close = directory = cursor = read_open = read_changes = set_aside = print


class Undeclared(MemoryCrm):
    capabilities = {"watch": "yes"}  # type: ignore[assignment]  # noqa: RUF012


@pytest.mark.parametrize(
    ("adapter", "message"),
    [
        (Halfway, "adapter `acme` is no adapter, it lacks watch, complete, postpone, set_responsible"),
        (Undeclared, "adapter `acme` is no adapter, it lacks capabilities"),
        ("acme", "adapter `acme` must be a class"),
        (Halfway(), "adapter `acme` must be a class"),
    ],
)
def test_what_is_no_adapter_is_refused(adapter, message):
    assert message in refusal("workplaces_register_adapters", lambda registrar: registrar.add("acme", adapter))


def test_workplaces_register_rules():
    def register(registrar):
        registrar.add_condition_op(OP)
        registrar.add_order_key(KEY)

    registry = load("workplaces_register_rules", register)

    assert registry.rules.ops == {"ends_with": OP}
    assert registry.rules.order == {"alphabetical": KEY}
    assert registry.plugins[-1].registered == (
        Registered("condition op", "ends_with"),
        Registered("order key", "alphabetical"),
    )


@pytest.mark.parametrize("name", sorted(OPERANDS))
def test_a_built_in_op_cannot_be_redefined(name):
    op = attrs.evolve(OP, name=name)
    message = refusal("workplaces_register_rules", lambda registrar: registrar.add_condition_op(op))

    assert f"condition op `{name}` is built in, it cannot be redefined" in message


def test_the_built_in_order_key_cannot_be_redefined():
    key = attrs.evolve(KEY, name="field")
    message = refusal("workplaces_register_rules", lambda registrar: registrar.add_order_key(key))

    assert "order key `field` is built in, it cannot be redefined" in message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, 'condition op `""` has no usable name'),
        ({"name": "Ends With"}, 'condition op `"Ends With"` has no usable name'),
        ({"name": "ends_"}, "has no usable name"),
        ({"name": "9"}, "has no usable name"),
        ({"name": None}, "condition op `null` has no usable name"),
        ({"name": ["a"]}, "has no usable name"),
        ({"version": 0}, "condition op `ends_with` has version `0`, it must be a whole number from 1"),
        ({"version": True}, "has version `true`"),
        ({"version": 1.0}, "has version `1.0`"),
        ({"version": "1"}, 'has version `"1"`'),
        ({"operand": "regex"}, 'has operand `"regex"`, it must be one of scalar, scalars, ordered, range, text,'),
        ({"operand": ["text"]}, "has operand"),
        ({"test": "ends_with"}, "condition op `ends_with` has a test that cannot be called"),
    ],
)
def test_a_wrong_condition_op_is_refused(wrong, message):
    op = attrs.evolve(OP, **wrong)

    assert message in refusal("workplaces_register_rules", lambda registrar: registrar.add_condition_op(op))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "a.b"}, 'order key `"a.b"` has no usable name'),
        ({"version": -1}, "order key `alphabetical` has version `-1`"),
        ({"rank": 5}, "order key `alphabetical` has a rank that cannot be called"),
    ],
)
def test_a_wrong_order_key_is_refused(wrong, message):
    key = attrs.evolve(KEY, **wrong)

    assert message in refusal("workplaces_register_rules", lambda registrar: registrar.add_order_key(key))


def test_an_op_is_no_order_key_and_the_other_way_round():
    assert "must be a ConditionOp" in refusal("workplaces_register_rules", lambda r: r.add_condition_op(KEY))
    assert "must be a OrderOp" in refusal("workplaces_register_rules", lambda r: r.add_order_key(OP))


def test_an_op_and_an_order_key_may_share_a_name():
    def register(registrar):
        registrar.add_condition_op(OP)
        registrar.add_order_key(attrs.evolve(KEY, name=OP.name))

    assert load("workplaces_register_rules", register).rules.order.keys() == {OP.name}


def test_workplaces_register_stores():
    registry = load("workplaces_register_stores", lambda registrar: registrar.add("acme", dict))

    assert registry.stores == {"memory": MemoryStore.open, "acme": dict}
    assert registry.plugins[-1].registered == (Registered("store", "acme"),)
    assert "store `acme` must be" in refusal("workplaces_register_stores", lambda r: r.add("acme", "sqlite"))


def test_workplaces_register_commands():
    def run(arguments):
        return len(arguments)

    registry = load("workplaces_register_commands", lambda r: r.add("acme-sync", run, summary="Sync with Acme."))
    command = registry.commands["acme-sync"]

    assert (command.name, command.summary, command.run(["--all"])) == ("acme-sync", "Sync with Acme.", 1)
    assert registry.plugins[-1].registered == (Registered("command", "acme-sync"),)
    assert "command `x` must be" in refusal("workplaces_register_commands", lambda r: r.add("x", "run", summary=""))


def test_a_local_crm_is_registered_under_the_name_of_its_adapter():
    registry = load("workplaces_register_adapters", lambda registrar: registrar.add_local("acme", dict))

    assert registry.local_crms == {"acme": dict}
    assert registry.plugins[-1].registered == (Registered("local CRM", "acme"),)
    assert "local CRM `acme` must be" in refusal("workplaces_register_adapters", lambda r: r.add_local("acme", "run"))
