"""Simulation: what would have happened under a policy, with the work that came and the people who were there.

`past` reads a history, `assumptions` says what is assumed, `course` lets people work, `measures` and `calibrating` sum
up, and `simulate` puts them together. `counted` is `course` in whole numbers, over a past that `encoding` encodes once,
and `handing_out` asks `standing` queues; `running` says which of the two is to be used.
"""
