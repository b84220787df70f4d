"""The embedded media engine: a selective forwarding unit in a process of its own; nothing is decoded or encoded."""
