"""Reading an amoCRM account: everything, and then only what changed."""
