"""Names of people: how one is read from text, and how two spellings are told to be one person's.

`reading` reads a name where something says that one stands, `columns` reads the columns of tables, `addressed` what
stands beside an e-mail address, `roles` says whose name it is. Where the operator switched the model on, `model` has it
look at `windows` of a text.
"""
