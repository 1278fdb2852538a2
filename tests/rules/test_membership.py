"""Who belongs to a role, and to the pool of a common queue."""

from __future__ import annotations

import pytest

from tests.rules.examples import role, snapshot
from workplaces_core.policy import CommonQueue, Members
from workplaces_core.rules.membership import in_pool, is_listed, is_member

NOBODY = Members()
PEOPLE = snapshot()


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        (NOBODY, []),
        (Members(["u1"]), ["u1"]),
        (Members(["u1", "u2"]), ["u1", "u2"]),
        (Members([], ["g1"]), ["u1"]),
        (Members(["u1"], ["g1"]), ["u1"]),
        (Members(["u2"], ["g1"]), ["u1", "u2"]),
        (Members(["u3"]), []),  # inactive
        (Members(["ghost"], ["no such group"]), []),
        (Members(["g1"], ["u1"]), []),  # ids of one kind do not count for the other
    ],
)
def test_members_are_active_users_listed_by_id_or_by_a_group(members, wanted):
    assert [user for user in ("u1", "u2", "u3", "ghost") if is_member(role(members=members), user, PEOPLE)] == wanted


@pytest.mark.parametrize(
    ("pool", "wanted"),
    [
        ("anyone", ["u1", "u2", "u3", "ghost"]),
        ("members", ["u1", "u3"]),
        (Members(["u2"]), ["u2"]),
        (Members(["u3"]), ["u3"]),  # a dismissed colleague's tasks are what a common queue should catch
        (Members([], ["g2"]), ["u2"]),
        (Members(["ghost"]), []),
        (NOBODY, []),
    ],
)
def test_a_pool_counts_the_dismissed_too_but_only_anyone_counts_the_unknown(pool, wanted):
    owner = role(members=Members(["u1", "u3", "ghost"]))

    assert [user for user in ("u1", "u2", "u3", "ghost") if in_pool(CommonQueue(pool), owner, user, PEOPLE)] == wanted


def test_being_listed_needs_no_activity_but_a_directory_entry():
    assert is_listed(Members(["u3"]), "u3", PEOPLE)
    assert not is_listed(Members(["ghost"]), "ghost", PEOPLE)
    assert not is_listed(NOBODY, "u1", PEOPLE)
