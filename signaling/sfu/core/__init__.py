"""The pure part of the media engine: no socket, no clock, no asyncio; time and buffers come in as arguments."""
