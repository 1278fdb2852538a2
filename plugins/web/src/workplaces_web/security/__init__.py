"""Who is asking, whether he may, and what browsers are told to allow."""
