"""cli: the program `gateway`. Data on standard output, words on standard error, exit codes of the contracts.

Voice: lower case, no full stop, what is wrong, where, what to do next. Never a traceback.
"""
