"""Word, Excel and PowerPoint of 1997, OLE objects, and what Office locked."""
