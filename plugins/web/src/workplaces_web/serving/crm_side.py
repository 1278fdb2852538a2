"""What the CRM's adapter offers to the web: found by name on the adapter, so that no plugin imports another."""

from __future__ import annotations

from workplaces_core.adapters.protocols import CrmAdapter
from workplaces_web.web import CrmSide


def crm_side(adapter: CrmAdapter) -> CrmSide:
    """Give what an adapter offers: methods `verify_widget_token` and `receive_webhook`, when it has them."""
    return CrmSide(
        verify_widget_token=getattr(adapter, "verify_widget_token", None),
        receive=getattr(adapter, "receive_webhook", None),
    )
