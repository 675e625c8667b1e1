"""system: the only hands that touch the machine. Clock, identifiers, atomic files, child processes, log.

In      requests of the rooms
Out     what the machine did
Laws    time is read here only; a write is not done before it is on the disk; a child gets no more than it needs;
        the log has no way to print content
Fails   `OSError` as it comes, `Unsound` where the machine must not be used
"""
