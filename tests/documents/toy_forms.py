"""A toy form in the city's own folder, what is answered to it, and who sends it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

CODE = "91110108MA01A2B3C4"
FORM = """
form: toy-stall
edition: "2026-01"
name: {zh: 临时摊位申请, en: Street stall}
about: {zh: 申请在街边设临时摊位。, en: Ask for a stall on the street for some days.}
fields:
  firm: {type: text, name: {zh: 企业编码, en: Code of the firm}, required: true, open: true}
  firm_name:
    type: text
    name: {zh: 企业名称, en: Name of the firm}
    required: true
    source: {register: enterprise, by: firm, field: name, shown: true}
  kind:
    type: choice
    name: {zh: 经营种类, en: What is sold}
    required: true
    open: true
    choices: [{code: food, zh: 食品, en: Food}, {code: books, zh: 图书, en: Books}]
  tested: {type: date, name: {zh: 检测日期, en: Day of the test}, required: true, show: [{field: kind, equals: food}],
           lasts: {months: 6, warn: 14, citation: "Toy rule 3"}}
  stalls: {type: count, name: {zh: 摊位数, en: Stalls}, required: true, open: true, at_most: 5}
  paper:
    type: file
    name: {zh: 营业执照, en: Business licence}
    required: true
    issuer: {register: enterprise, by: firm}
  photo: {type: photo, name: {zh: 现场照片, en: Photo of the place}, most: 2, show: [{field: kind, in: [food, books]}]}
  why: {type: long_text, name: {zh: 说明, en: Why}}
  contact: {type: text, name: {zh: 联系人, en: Who is asked}, required: true, personal: true}
  phone: {type: text, name: {zh: 电话, en: Telephone}, personal: true}
steps:
  - {id: who, name: {zh: 申请人, en: Who asks}, fields: [firm, firm_name, contact, phone]}
  - {id: what, name: {zh: 摊位, en: The stall}, fields: [kind, tested, stalls, why]}
  - {id: papers, name: {zh: 材料, en: Papers}, fields: [paper, photo]}
declarations:
  - {id: true_words, text: {zh: 所填属实, en: All of this is true}, sign: name, basis: Toy rule 9}
  - {id: told, text: {zh: 愿意接收短信, en: Send me messages}, required: false}
through:
  door: intake.receive
  programme: hotline
  case: request
  values: {title: kind, text: "*", name: contact, phone: phone, area: "=110108011"}
retention: {days: 365, citation: Toy rule 12}
"""
ANSWERS: dict[str, Any] = {"firm": CODE, "firm_name": "玩具公司", "kind": "books", "stalls": 2, "contact": "李某"}
SIGNED: dict[str, Any] = {"true_words": "李某某"}


def write_form(home: Path, text: str = FORM, name: str = "stall") -> Path:
    """Declare a form in the city's own folder."""
    from bihuan.documents.forms.catalogue import forget_forms

    folder = home / "programmes" / "toy" / "forms"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    forget_forms()
    return file


@contextmanager
def declared(text: str = FORM) -> Iterator[Any]:
    """The toy form while the block runs."""
    from bihuan.documents.forms.catalogue import forget_forms, form_named
    from bihuan.server.home import current_home

    home = current_home().path
    write_form(home, text)
    try:
        yield form_named("toy-stall")
    finally:
        shutil.rmtree(home / "programmes" / "toy", ignore_errors=True)
        forget_forms()


def toy(tmp_path: Path, text: str = FORM) -> Any:
    """The toy form, read from a file of its own."""
    from bihuan.declare.source import Document
    from bihuan.documents.forms.pure.loading import load_form

    file = tmp_path / "stall.yaml"
    file.write_text(text, encoding="utf-8")
    return load_form(Document(file))


def jpeg(colour: str = "red") -> bytes:
    """A small photograph."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()
