"""The parts against a real Redis, a real PostgreSQL, and real processes that are really killed."""
