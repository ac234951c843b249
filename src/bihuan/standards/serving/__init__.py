"""What every wire over HTTP has in common: an API object of its own, who calls, OPTIONS, HEAD, conditional requests.

api: makes the API object of a standard; its errors are problem documents, an operation that declares nothing is closed.
callers: tokens as bearer or as the password of HTTP Basic (desktop programs know only that), sessions, and anybody.
middleware: HEAD answered as GET without contents, OPTIONS with what is allowed, `ETag` and 304.
"""
