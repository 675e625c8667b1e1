"""frame: what every page stands in: the visit it answers, the desk that all share, and what makes its answer.

A page is an act on a `visit` and shows a template by `render`, with `navigation` above it and `static_files` beside it.
`exports` makes files of lists, `manual` makes pages of documents, `days` reads days in forms and addresses.
"""
