"""A local amoCRM v4 for tests, the demo and authors of plugins: faithful, seeded, scripted, and fast."""

from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.amo import CLIENT_ID, CLIENT_SECRET, FakeAmo
from workplaces_amocrm.fake.clock import FakeClock
from workplaces_amocrm.fake.generating import generate
from workplaces_amocrm.fake.settings import FakeSettings

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "FakeAccount", "FakeAmo", "FakeClock", "FakeSettings", "generate"]
