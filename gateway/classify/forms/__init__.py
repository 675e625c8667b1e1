"""Forms: what operators taught the gateway to know again, as keyed hashes, and the examiner that knows it again.

A form is known by its *shingles*: four words in a row, and short labels before a colon, a gap or a cell. How much of
a form a text contains is the share of the form's shingles in it (*containment*: A. Broder, "On the resemblance
and containment of documents", 1997): filling in adds to a form and takes little away. Hashing every shingle of every
text would halve the speed, so a text is first asked for the form's *anchors*, a small sample of its letters.
"""
