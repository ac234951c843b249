"""The analytical questions, one module each: what is asked, as an Ibis expression, and what it means.

A question answers alike on every engine: counts and whole seconds only; percentiles are nearest-rank values that
occurred; a share is numerator and denominator. Asking needs the lake's files and nothing else.
"""
