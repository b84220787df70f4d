"""liaison: videoconference scheduling and sessions for a network of government liaison offices."""

__version__ = "0.1.0"
