"""Test kits for plugin authors and ourselves: strategies for generated situations, and the laws they must obey."""

import pytest

# Before they are imported: only then does a failed test of a kit show what it compared.
_KITS = (
    "adapter_reading", "adapter_writing", "store_commands", "store_concurrency", "store_crash", "store_feed",
    "store_following", "store_kept", "store_leases", "store_log", "store_mirror", "store_taking", "store_under_test",
)  # fmt: skip
pytest.register_assert_rewrite(*(f"{__name__}.{kit}" for kit in _KITS))
