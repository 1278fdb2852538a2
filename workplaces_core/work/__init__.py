"""Work that is handed out and survives: leases, ownership transfer, the service object."""
