"""Pictures: what they carry beside the pixels, and their pixels for OCR."""
