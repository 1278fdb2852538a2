"""The notice that an administrator switched the integration off, and whether it is genuine."""

from __future__ import annotations

import hashlib
import hmac


def is_disabled_notice(
    *, client_uuid: str, account_id: str, signature: str, client_id: str, client_secret: str
) -> bool:
    """Whether amoCRM itself says that our integration was switched off in an account.

    The first three stand in the query of the GET that amoCRM makes to the integration's "disabled" address; the last
    two are ours. A notice about another integration, or without a secret to check it by, is not genuine. After a
    genuine one the tokens of that account are of no use any more.

    >>> import hashlib, hmac
    >>> signed = hmac.new(b"secret", b"uuid|31", hashlib.sha256).hexdigest()
    >>> ours = {"client_id": "uuid", "client_secret": "secret"}
    >>> is_disabled_notice(client_uuid="uuid", account_id="31", signature=signed, **ours)
    True
    >>> is_disabled_notice(client_uuid="uuid", account_id="32", signature=signed, **ours)
    False
    """
    expected = hmac.new(_raw(client_secret), _raw(f"{client_uuid}|{account_id}"), hashlib.sha256).hexdigest()
    signed = hmac.compare_digest(_raw(expected), _raw(signature.lower()))
    return signed and bool(client_secret) and hmac.compare_digest(_raw(client_uuid), _raw(client_id))


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
