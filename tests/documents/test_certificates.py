"""Certificates: issued on an event or by an officer, shown in part, verified, revoked; nothing leaks, once each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from bihuan.declare.problems import DeclarationError
from bihuan.documents.certificates.declaration import load_certificate
from bihuan.methods.parts import jose, selective, status_list
from bihuan.registers.isolation import in_district
from tests.api.callers import caller

CERTIFICATE = """
certificate: toy-permit
name: {zh: 玩具许可证, en: Toy permit}
issuer: {zh: 示范区许可局, en: Model Permit Office}
valid: 1 years
claims:
  number: {name: {zh: 编号, en: Number}, type: code, from: {given: true}, open: true}
  holder: {name: {zh: 持证人, en: Holder}, from: {given: true}}
  seats: {name: {zh: 座位, en: Seats}, type: number, from: {given: true}, required: false}
basis:
  - law: {zh: 行政许可法, en: Licensing Law}
    article: {zh: 第三十九条, en: Article 39}
    edition: "2019"
    citation: 第三十九条
"""
ON_EVENT = (
    CERTIFICATE.replace("toy-permit", "toy-approved")
    .replace("valid:", "occasion: {event: opened}\nrevoked: [{event: invalidated}]\nvalid:")
    .replace("type: code, from: {given: true}", "type: code, from: {case: number}")
    .replace("en: Holder}, from: {given: true}", "en: Holder}, required: false, from: {case: category}")
)
DISTRICT, NOW = "110108", datetime(2026, 3, 2, 8, tzinfo=UTC)
GIVEN = {"number": "T-1", "holder": "张三丰"}


def test_what_is_declared_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "permit.yaml"
    file.write_text(CERTIFICATE, encoding="utf-8")
    assert load_certificate(file).hidden == ("holder", "seats")
    for before, after, field in (
        ("type: number", "type: table", "claims.seats"), ("  seats:", "  iss:", "claims.iss"),
        ("valid: 1 years", "until: holder", "until"), ("valid: 1 years", "until: nobody", "until"),
        ("en: Holder}, from: {given: true}", "en: Holder}, from: {table: x.y}", "claims.holder.from"),
        ("valid: 1 years", "valid: soon", "valid"),
    ):  # fmt: skip
        assert before in CERTIFICATE
        file.write_text(CERTIFICATE.replace(before, after), encoding="utf-8")
        with pytest.raises(DeclarationError) as refused:
            load_certificate(file)
        assert next(each.field.removesuffix(".type") for each in refused.value.problems) == field


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A type of certificate that an officer issues, in the model district."""
    from bihuan.documents.certificates import catalogue
    from bihuan.loop import shelves
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    (tmp_path / "hotline" / "certificates").mkdir(parents=True)
    (tmp_path / "hotline" / "programme.yaml").write_text("id: hotline\n", encoding="utf-8")
    (tmp_path / "hotline" / "certificates" / "permit.yaml").write_text(CERTIFICATE, encoding="utf-8")
    (tmp_path / "hotline" / "certificates" / "approved.yaml").write_text(ON_EVENT, encoding="utf-8")
    monkeypatch.setattr(shelves, "roots", lambda: [tmp_path])
    catalogue.forget_certificates()
    yield
    catalogue.forget_certificates()
    live.forget_snapshots()


def at(days: float = 0, start: datetime = NOW) -> Any:
    from bihuan.loop.store import current_facts

    return current_facts(start + timedelta(days=days))


def issued(key: str = "1", world: Any = None, **given: Any) -> Any:
    from bihuan.documents.certificates.catalogue import certificate_named
    from bihuan.documents.certificates.issuing import issue_after
    from bihuan.documents.letters.gathering import LetterOccasion

    world = world or at()
    occasion = LetterOccasion(f"hand:{key}", world.now, "hotline", {}, None, "user:officer")
    return issue_after(certificate_named("toy-permit"), occasion, GIVEN | given, world).row


def token_of(row: Any) -> str:
    from bihuan.documents.certificates.issuing import opened_token

    with in_district(DISTRICT):
        found = opened_token(row)
    assert found is not None
    return found


def verdict(token: str, days: float = 0, start: datetime = NOW) -> Any:
    from bihuan.documents.certificates.publishing import judge_presented

    return judge_presented(token, DISTRICT, start + timedelta(days=days))


def end(row: Any, kind: str, days: float = 1, reason: str = "缴回") -> Any:
    from bihuan.documents.certificates.issuing import end_certificate

    return end_certificate(row.id, kind, reason, at(days), "user:officer")


@pytest.mark.slow
class TestInTheDatabase:
    def test_each_way_to_be_wrong_is_told_apart(self, town: None) -> None:
        from bihuan.documents.certificates.issuing import CertificateRefused

        row = issued()
        assert issued(holder="别人") == row, "one key, one certificate"
        token = token_of(row)
        assert verdict(token).claims == GIVEN
        part = selective.present_certificate(token, [])
        assert verdict(part).claims == {"number": "T-1"}
        first, disclosure = token.split("~")[:2]
        altered = disclosure[:-2] + ("AA" if disclosure[-2:] != "AA" else "BB")
        signature = first[:-8] + ("A" * 8 if first[-8:] != "A" * 8 else "B" * 8)
        assert verdict(f"{signature}~").reason == "bad_signature"
        assert verdict(f"{first}~{altered}~").reason in ("disclosure_malformed", "disclosure_not_promised")
        assert verdict(token, 367).reason == "expired"
        other = jose.sign_compact({"typ": "dc+sd-jwt"}, {"iss": "https://other.example"}, _key())
        assert verdict(f"{other}~").reason == "unknown_issuer"
        for kind, days, reason in (("suspended", 1, "suspended"), ("resumed", 2, "ok"), ("revoked", 3, "revoked")):
            end(row, kind, days)
            assert verdict(token, 4).reason == reason
        for kind, code in (("resumed", "over"), ("revoked", "over")):
            with pytest.raises(CertificateRefused, match=code):
                end(row, kind, 5)
        with pytest.raises(CertificateRefused, match="no_reason"):
            end(issued("2"), "revoked", reason=" ")
        with pytest.raises(CertificateRefused, match="missing_claim: holder"):
            issued("3", holder="")
        with pytest.raises(CertificateRefused, match="wrong_value: seats"):
            issued("4", seats="many")

    def test_a_rotated_key_still_verifies_what_it_signed(self, town: None) -> None:
        from bihuan.documents.certificates.keys import published_keys, rotate_key

        old = issued()
        with in_district(DISTRICT):
            kid = rotate_key(DISTRICT, NOW + timedelta(days=1))
        new = issued("2")
        assert (new.kid, old.kid != kid) == (kid, True)
        assert verdict(token_of(old), 2).reason == verdict(token_of(new), 2).reason == "ok"
        with in_district(DISTRICT):
            assert [key["kid"] for key in published_keys(DISTRICT, NOW)] == [kid, old.kid]
            assert [key["kid"] for key in published_keys(DISTRICT, NOW + timedelta(days=400))] == [kid]
            assert all("d" not in key for key in published_keys(DISTRICT, NOW)), "no private half"

    def test_what_is_published_names_nobody_and_is_what_another_program_needs(self, town: None) -> None:
        row = issued()
        end(row, "revoked")
        client = Client()
        issuer = client.get("/.well-known/jwt-vc-issuer").json()
        token = token_of(row)
        frame = jose.read_compact(token.partition("~")[0]).payload
        assert issuer["issuer"] == frame["iss"]
        place = frame["status"]["status_list"]
        answer = client.get(f"/certificates/status/{row.list_id}/")
        assert answer["Content-Type"] == "application/statuslist+jwt"
        listed = jose.read_compact(answer.content.decode())
        assert (listed.header["typ"], listed.payload["sub"]) == ("statuslist+jwt", place["uri"])
        assert any(jose.fits(listed, key) for key in issuer["jwks"]["keys"])
        assert status_list.read_list(listed.payload["status_list"]).at(place["idx"]) == status_list.REVOKED
        kind = client.get("/certificates/types/toy-permit/").json()
        assert kind["vct"] == frame["vct"]
        assert [(each["path"], each["sd"]) for each in kind["claims"]][:2] == [
            (["number"], "never"),
            (["holder"], "always"),
        ]
        with in_district(DISTRICT), connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(body::text, '') FROM ledger_statement")
            stated = cursor.fetchone()[0]
            assert row.digest in stated
            for table in ("documents_certificate", "documents_certificate_token", "documents_certificate_step"):
                cursor.execute(f"SELECT string_agg(t::text, '') FROM {table} t")
                assert "张三丰" not in cursor.fetchone()[0] + stated
        assert "张三丰" not in token.partition("~")[0], "hidden in the signed part"

    def test_its_holder_shows_a_part_and_anybody_verifies_it_on_a_page(self, town: None) -> None:
        from bihuan.loop.codes import code_of

        row = issued(world=at(start=datetime.now(UTC)))
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        wrong = client.post("/certificates/read/", {"number": str(row.id), "code": "0000000000"})
        assert wrong.status_code == 422
        assert client.post("/certificates/read/", {"number": str(row.id), "code": code_of(row.id)}).status_code == 302
        page = client.post("/certificates/mine/", {"show": ["holder"]}).content.decode()
        token = page.split("readonly")[1].split(">")[1].split("<")[0]
        shown = Client(HTTP_ACCEPT_LANGUAGE="en").post("/certificates/verify/", {"token": token}).content.decode()
        assert all(word in shown for word in ("Valid", "Toy permit", "Model Permit Office", "张三丰", "T-1"))
        assert "data:image/svg+xml;base64," in page, "a code to scan"
        scanned = Client(HTTP_ACCEPT_LANGUAGE="en").get(f"/certificates/check/{row.id}/").content.decode()
        assert all(word in scanned for word in ("Valid", "Toy permit", "Model Permit Office", "T-1"))
        assert "张三丰" not in scanned, "only what is always shown"
        assert Client().get(f"/certificates/check/{row.list_id}/").status_code == 404
        none = client.post("/certificates/mine/", {}).content.decode().split("readonly")[1].split(">")[1].split("<")[0]
        assert "张三丰" not in Client().post("/certificates/verify/", {"token": none}).content.decode()
        assert (
            "有效" in Client(HTTP_ACCEPT_LANGUAGE="zh").post("/certificates/verify/", {"token": none}).content.decode()
        )
        assert (
            "no certificate"
            in Client(HTTP_ACCEPT_LANGUAGE="en").post("/certificates/verify/", {"token": "x"}).content.decode()
        )

    def test_an_officer_issues_and_revokes_by_the_api_and_the_page(self, town: None) -> None:
        who: Any = caller("operator")
        body = {"key": "k-1", "certificate": "toy-permit", "claims": GIVEN}
        made = who.post("/certificates", body).json()
        assert made["state"] == "valid"
        assert "张三丰" not in str(made)
        assert who.post("/certificates", body).json()["id"] == made["id"]
        assert who.post("/certificates", {**body, "key": "k-2", "claims": {}}).status_code == 422
        assert who.post("/certificates", {**body, "certificate": "none"}).status_code == 404
        assert [each["id"] for each in who.get("/certificates").json()["certificates"]] == [made["id"]]
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        assert who.user is not None
        client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(f"/certificates/{made['id']}/").content.decode()
        assert made["code"] in page
        assert "张三丰" not in page
        client.post(f"/certificates/{made['id']}/act/", {"do": "revoked", "reason": "holder gave it back"})
        assert "holder gave it back" in client.get(f"/certificates/{made['id']}/").content.decode()
        assert who.post(f"/certificates/{made['id']}/steps", {"kind": "revoked", "reason": "x"}).status_code == 409
        assert who.get("/certificates/00000000-0000-0000-0000-000000000000").status_code == 404

    def test_an_event_issues_and_ends_it_once(self, town: None) -> None:
        from bihuan.documents.certificates.following import follow_events
        from bihuan.documents.certificates.models import CertificateRow
        from bihuan.ledger import store as ledger
        from tests.faces import cases

        case, _ = cases.opened()
        ledger.sequence_leaves()
        for _ in range(2):
            while follow_events(at(start=datetime.now(UTC))):
                pass
        with in_district(DISTRICT):
            (row,) = CertificateRow.objects.filter(certificate="toy-approved")
        assert (row.case_id, row.occasion.startswith("event:")) == (case.id, True)
        assert verdict(token_of(row), start=datetime.now(UTC)).claims["number"] == case.number
        user = caller("operator").user
        assert user is not None
        cases.then(case, user.username, "invalidate", {"reason": "查无此事"})
        ledger.sequence_leaves()
        while follow_events(at(start=datetime.now(UTC))):
            pass
        assert verdict(token_of(row), start=datetime.now(UTC)).reason == "revoked"

    def test_another_district_sees_none_and_nothing_is_changed(self, town: None, app_role: None) -> None:
        from bihuan.documents.certificates.models import CertificateRow, CertificateStep

        row = issued()
        end(row, "revoked")
        for model in (CertificateRow, CertificateStep):
            with pytest.raises(DatabaseError), transaction.atomic(), in_district(DISTRICT):
                model.objects.all().delete()
        with in_district("999999"):
            assert not CertificateRow.objects.exists()


def _key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(5, ec.SECP256R1())


@pytest.mark.slow
def test_the_lake_has_certificates_and_their_course_without_token_or_subject(town: None) -> None:
    from bihuan.documents.lake_tables import TABLES
    from bihuan.extend import LakeCut
    from bihuan.ledger import store as ledger

    row = issued()
    with in_district(DISTRICT):
        end(row, "suspended")
    while ledger.sequence_leaves():
        pass
    cut, found = LakeCut(DISTRICT, "Asia/Shanghai", 0, 1_000_000), {}
    for table in TABLES:
        with in_district(DISTRICT), connection.cursor() as cursor:
            cursor.execute(table.rows(cut))
            found[table.name] = [
                dict(zip([each.name for each in table.columns], line, strict=False)) for line in cursor.fetchall()
            ]
    (certificate,), (step,) = found["certificates"], found["certificate_steps"]
    assert (str(certificate["id"]), certificate["digest"], certificate["programme"]) == (
        str(row.id), row.digest, row.programme,
    )  # fmt: skip
    assert (str(step["certificate_id"]), step["kind"]) == (str(row.id), "suspended")
    assert not {"subject", "token", "actor", "occasion"} & {*certificate, *step}
