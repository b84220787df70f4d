"""The demonstration: invented people, a week of sessions, and a live one played by bots. Nothing in it is real."""
