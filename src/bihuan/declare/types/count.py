"""How many: a whole number from 1."""

from bihuan.declare.fieldtype import Words, Wrong
from bihuan.declare.types.number import WholeFieldType


class CountFieldType(WholeFieldType):
    """How many: a whole number from 1."""

    name = "count"
    label = Words("数量", "Count")
    about = Words("正整数", "a whole number from 1")
    smallest = 1
    wrong = Wrong(Words("须为正整数", "must be a whole number from 1"), Words("请填写整数", "Write a whole number"))


TYPE = CountFieldType()
