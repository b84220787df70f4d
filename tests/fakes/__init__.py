"""Fakes that carry the name of the port they implement and pass its contract tests."""
