"""Registers: an operator's list of people as keyed hashes, and the examiner that finds those people in transfers.

What stands alone in an index is what identifies alone: an identifier, or a name. Dates and postcodes stand in it only
together with a name, so that no list of dates can be tried out against it one by one.
"""
