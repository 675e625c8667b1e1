"""Labels that programs write: one file per standard, and `reading`, which gives each label to its reader.

In      segments: document properties, mail headers, label parts
Out     `Marking`s: sure (100) or suspected (55), with the tier, caveats, and codes for what is wrong
Laws    a label is never signed as far as we know, so it may only raise
        a label that is there and cannot be read is suspected, never nothing
        a label that says it was switched off or removed is none
Fails   never

Codes (`Marking.notes`): `unreadable_label`; `unknown_label`: read, but nobody told what it stands for;
`foreign_label`: the words of another organisation's label; `earlier_label`: from the history of a label;
`label_grammar`: read, though the standard wants it otherwise; `label_below_marking`: on the marking that counts, where
a label of the same part says something lower.
"""
