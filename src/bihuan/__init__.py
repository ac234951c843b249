"""Bihuan 闭环: a district's yearly work report run as closed loops on one engine."""

__version__ = "0.1.0"
