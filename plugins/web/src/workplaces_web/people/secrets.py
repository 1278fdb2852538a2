"""Secrets: made at random, shown once, kept as hashes, compared in constant time; passwords under argon2id."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from attrs import frozen

from workplaces_web.settings import Passwords

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


def new_secret() -> str:
    """Make a secret of 256 bits that may stand in an address."""
    return secrets.token_urlsafe(32)


def new_id(prefix: str) -> str:
    """Make an id that tells what it names.

    >>> new_id("p").startswith("p")
    True
    """
    return prefix + secrets.token_hex(8)


def hashed(secret: str) -> str:
    """Give what is kept of a secret with enough randomness of its own."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


@frozen(slots=False)
class PasswordHashes:
    """Makes and checks hashes of passwords."""

    cost: Passwords

    @cached_property
    def _hasher(self) -> PasswordHasher:
        cost = self.cost
        return PasswordHasher(time_cost=cost.time_cost, memory_cost=cost.memory_kib, parallelism=cost.lanes)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(new_secret())

    def hash(self, password: str) -> str:
        """Give what is kept of a password."""
        return self._hasher.hash(password)

    def fits(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one; without one the same work is done, so that nobody learns who exists."""
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_dated(self, kept: str) -> bool:
        """Tell whether a hash was made at another cost than the one asked for now."""
        return self._hasher.check_needs_rehash(kept)
