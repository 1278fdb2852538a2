"""Suggestions: other orders of roles and priorities, and other hours, tried by simulation; nothing is ever applied.

`objectives` says what shall become better, `moves` what may be changed, `search` tries and checks.
"""
