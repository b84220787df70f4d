"""Small scripts for the people who work on this project; nothing here runs in the service."""
