"""Every performance promise, as a comparison that anybody can run: `make bench`."""
