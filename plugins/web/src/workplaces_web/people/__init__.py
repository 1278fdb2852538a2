"""Who may do what: accounts, sessions, tokens, one-time links, and the audit log, kept in the store's cells."""
