"""The room as a pure state machine: no socket, no clock, no database.

``decide(state, command, now)`` says which events a command causes (or raises why not), ``evolve(state, event)`` folds one
event, ``apply`` does both. ``view`` turns a state into what browsers see.
"""
