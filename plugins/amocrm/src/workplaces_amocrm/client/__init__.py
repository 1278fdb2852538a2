"""The HTTP client: calls of the API that are authorised, paced, repeated where that helps, and classified."""
