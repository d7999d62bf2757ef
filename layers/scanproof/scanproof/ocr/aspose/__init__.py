"""Aspose.OCR for Python via .NET: licensed, native, large; what it needs is checked before .NET starts."""
