"""What an account lets us do, what that costs, and what to change, said plainly to whoever sets the plugin up."""

from __future__ import annotations

from workplaces_amocrm.account_check.findings import Finding, Language, Severity
from workplaces_amocrm.account_check.review import check_account

__all__ = ["Finding", "Language", "Severity", "check_account"]
