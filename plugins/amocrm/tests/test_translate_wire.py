"""Numbers as amoCRM writes them: what is larger than an id can be is refused like any other wrong value."""

from __future__ import annotations

from typing import Any

import pytest
from workplaces_amocrm.translate.wire import changed_at, id_of, number_of, numbers_of, place_of

LARGEST = 2**63 - 1
LARGE: list[Any] = ["9" * 5_000, "0" * 5_000, "9" * 19, 2**63, 10**30]
OTHER: list[Any] = [-1, True, 1.5, "\u0667", "", None, [], "+1", " 7 "]


@pytest.mark.parametrize("value", LARGE + OTHER, ids=range(len(LARGE + OTHER)))
def test_a_wrong_number_is_refused_and_stops_nothing(value):
    with pytest.raises(ValueError, match="must be an id"):
        id_of(value)
    assert number_of({"id": value}) is None
    assert changed_at({"updated_at": value}) is None
    assert numbers_of([{"id": 7}, {"id": value}]) == (7,)
    assert place_of("tasks", {"id": value}) == ("", "tasks[?]")


@pytest.mark.parametrize("value", [0, 7, LARGEST])
def test_numbers_and_their_texts_are_read_alike(value):
    assert id_of(value) == id_of(str(value)) == str(value)
    assert number_of({"id": value}) == number_of({"id": str(value)}) == value
