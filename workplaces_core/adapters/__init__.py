"""The seam: what a CRM adapter is, what plugins may add, and a CRM in memory.

The registry is not imported here: it loads plugins, which only the command line and applications do.
"""

from workplaces_core.adapters import memory, protocols

__all__ = ["memory", "protocols"]
