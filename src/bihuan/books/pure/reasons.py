"""What people are told when an entry is refused, and what they can do; one row for each reason."""

from __future__ import annotations

from typing import NamedTuple

from bihuan.rules.journal import Reason


class ReasonWords(NamedTuple):
    """A reason and its remedy in both languages."""

    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


WORDS: dict[Reason, ReasonWords] = {
    Reason.NUMBER_USED: ReasonWords(
        "编号已用于内容不同的分录",
        "the number was posted before with other content",
        "换一个编号",
        "take another number",
    ),
    Reason.UNKNOWN_ACCOUNT: ReasonWords(
        "没有这个科目，或缺少（多出）明细对象",
        "there is no such account, or its subject is missing or too much",
        "按账册声明的科目填写",
        "write an account that the book declares",
    ),
    Reason.ONE_SIDE_ONLY: ReasonWords(
        "每行须且只须一方有金额",
        "a line has an amount on exactly one side",
        "借方或贷方只填一个",
        "fill debit or credit",
    ),
    Reason.NOT_POSITIVE: ReasonWords(
        "金额须为正数，且不细于最小单位",
        "an amount is above zero and no finer than the unit",
        "改正金额；冲销请用冲销分录",
        "correct the amount; take back by a reversal",
    ),
    Reason.UNIT: ReasonWords(
        "单位与科目不符", "the unit is not the account's", "按科目的单位填写", "write the account's unit"
    ),
    Reason.UNBALANCED: ReasonWords(
        "借贷不平", "debits and credits differ", "使每种单位借贷相等", "make both sides equal in each unit"
    ),
    Reason.REVERSES_NOTHING: ReasonWords(
        "所冲销的分录不存在", "the entry to reverse was never posted", "核对编号", "check the number"
    ),
    Reason.REVERSED_BEFORE: ReasonWords(
        "该分录已冲销", "the entry was reversed before", "无需再冲销", "nothing is left to reverse"
    ),
    Reason.NOT_A_MIRROR: ReasonWords(
        "冲销须与原分录各行方向相反、金额相同",
        "a reversal has the same lines with sides swapped",
        "按原分录逐行对调借贷",
        "swap the sides of every line of the entry",
    ),
    Reason.UNKNOWN_REF: ReasonWords(
        "所依据的分录不存在", "the entry it rests on was never posted", "先登记依据", "post what it rests on first"
    ),
    Reason.PERIOD_CLOSED: ReasonWords(
        "该期间已封账",
        "the period is closed",
        "注明理由作更正登记，或记入未封账的日期",
        "give a reason to restate it, or a later day",
    ),
    Reason.NOT_HELD: ReasonWords(
        "没有可用的预留，或预留余额不足",
        "there is no such reservation, or less of it is left",
        "核对预留编号、科目与余额",
        "check number, accounts and what is left",
    ),
    Reason.BELOW_FLOOR: ReasonWords(
        "余额将低于下限",
        "the balance would fall below its floor",
        "减少金额，或先补足余额",
        "ask for less, or fill up first",
    ),
    Reason.ABOVE_CEILING: ReasonWords(
        "余额将超过上限",
        "the balance would pass its ceiling",
        "减少金额，或先腾出余量",
        "ask for less, or make room first",
    ),
}
