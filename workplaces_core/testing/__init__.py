"""Test kits for plugin authors and ourselves: strategies for generated situations, and the laws they must obey."""

import pytest

# Before they are imported: only then does a failed test of a kit show what it compared.
pytest.register_assert_rewrite(f"{__name__}.adapter_reading", f"{__name__}.adapter_writing")
