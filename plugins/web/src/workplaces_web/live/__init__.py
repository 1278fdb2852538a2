"""What changes by itself on a screen: news of the engine, one watcher for all desks, server-sent events."""
