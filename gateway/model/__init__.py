"""The vocabulary: frozen values and the lifecycle tables. No behaviour that can fail quietly.

In      nothing
Out     the values that the rooms hand to one another
Laws    values are frozen, slotted and keyword-only; vocabularies are enums, alphabetised unless their order means
        something; nothing here touches a clock, disk, socket, process, database or log
Fails   `IllegalMove` when code asks for a move that is in no lifecycle table: our own mistake
"""
