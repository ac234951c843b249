"""HJ 212: how data loggers of pollution sources send what their instruments say.

wire: frames in a stream of bytes, length and check sum; a bad frame costs only itself.
messages: what a frame says: header, flag bits, values of factors.
joining: packets of one message in any order; the same message again counts once.
cipher: the field hook of 2025 (SM4).
calc_hj212: `bihuan calc hj212`.
Editions 2005, 2017 and 2025 are told by the version bits of `Flag`; GBK text; UTC+8 unless said otherwise.
"""
