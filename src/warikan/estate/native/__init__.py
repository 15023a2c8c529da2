"""
The company's bills as its providers write them beside FOCUS, from the same charges.

CUR 2.0 and the legacy report of AWS, Azure's actual and amortised cost details, Google's detailed export,
and Oracle's cost report. The truth of them is known, so that a bill can be loaded both ways and compared.
``python -m warikan.estate.native FOLDER`` writes them.
"""

from warikan.estate.native.write import FOLDER, NATIVE_FORMS, NativeFile, NativeForm, write_native

__all__ = ["FOLDER", "NATIVE_FORMS", "NativeFile", "NativeForm", "write_native"]
