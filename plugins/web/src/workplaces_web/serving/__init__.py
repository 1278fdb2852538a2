"""`workplaces serve`: from a file, the environment and the command line to a running server."""
