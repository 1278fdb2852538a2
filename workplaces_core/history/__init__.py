"""History: what happened in an account, as changes in time order, and what people really did beside them.

`events` is the form (`workplaces/history/1`), `work_items` makes it of a log of finished work items, and
`observed_policy` a policy that such a log lets one guess.
"""
