"""Reports: a page that reads without a network, and the same figures as JSON and Parquet.

`report` gathers the figures of a simulation and a replay; `page` writes them as HTML, `charts` draws, `words` has both
languages.
"""
