"""moves: what `pipeline` does at each threshold, one file a stretch of the walk. Each move is a function.

In      a transfer as it stands, the `House`, the time
Out     a `Step` to commit, or None when this move is not due
Laws    a move changes values only; what it did to the world before the commit it may do again after a crash
Fails   with whatever went wrong in our own house: the runner counts it, and too much is held (`pipeline.hold_all`)
"""
