"""`/open311/v2/`: services, their definitions, service requests, updates; each as JSON and XML.

Source: wiki.open311.org/GeoReport_v2.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import anonymous, here, public
from bihuan.faces.parts.problems import not_found
from bihuan.standards.open311.forms import AnswerForm, in_its_form, split_form, told, told_one
from bihuan.standards.open311.requests import requests_asked, updates_asked
from bihuan.standards.open311.sending import receive_request
from bihuan.standards.open311.services import all_services, as_definition, as_service, service_named
from bihuan.standards.serving.api import wire_api

router = Router(tags=["Open311"], auth=[anonymous])
NOTICE = "请保存查询码，可在 /track/ 查询 · keep the access code, it opens /track/"
FORM = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {
                        name: {"type": "string"}
                        for name in ("api_key", "service_code", "description", "lat", "long", "address_string", "email")
                    },
                }
            }
        }
    }
}


@router.get("/services.{form}", summary="What may be reported")
@public
@in_its_form
def services(request: HttpRequest, form: AnswerForm) -> HttpResponse:
    """Every service. Source: wiki.open311.org/GeoReport_v2, "GET Service List"."""
    return told(form, "services", "service", [as_service(each) for each in all_services()])


@router.get("/services/{path:code}", summary="The form of a service")
@public
@in_its_form
def definition(request: HttpRequest, code: str) -> HttpResponse:
    """Its attributes. Source: wiki.open311.org/GeoReport_v2, "GET Service Definition"."""
    name, form = split_form(code)
    found = service_named(name)
    if found is None:
        raise not_found("该服务", "service")
    return told_one(form, "service_definition", as_definition(found))


@router.get("/requests.{form}", summary="Service requests")
@public
@in_its_form
def requests(request: HttpRequest, form: AnswerForm) -> HttpResponse:
    """Public cases, at most 90 days. Source: wiki.open311.org/GeoReport_v2, "GET Service Requests"."""
    return told(form, "service_requests", "request", requests_asked(here(request), _given(request)))


@router.post("/requests.{form}", summary="Send a service request", openapi_extra=FORM)
@public
@in_its_form
def send(request: HttpRequest, form: AnswerForm) -> HttpResponse:
    """Receive a report; its number and the code by which its reporter follows it are told once.

    Source: wiki.open311.org/GeoReport_v2, "POST Service Request".
    """
    receipt = receive_request(request, {name: str(value) for name, value in request.POST.items()})
    row = {"service_request_id": receipt.number, "service_notice": NOTICE, "account_id": receipt.access}
    return told(form, "service_requests", "request", [row], 200 if receipt.duplicate else 201)


@router.get("/requests/{path:number}", summary="One service request")
@public
@in_its_form
def one(request: HttpRequest, number: str) -> HttpResponse:
    """A public case by its number. Source: wiki.open311.org/GeoReport_v2, "GET Service Request"."""
    name, form = split_form(number)
    found = requests_asked(here(request), {"service_request_id": name}) if name else []
    if not found:
        raise not_found("该请求", "service request")
    return told(form, "service_requests", "request", found)


@router.get("/servicerequestupdates.{form}", summary="Steps of service requests")
@public
@in_its_form
def updates(request: HttpRequest, form: AnswerForm) -> HttpResponse:
    """What happened in a time. Source: github.com/mysociety/open311-adapter (servicerequestupdates)."""
    return told(form, "service_request_updates", "request_update", updates_asked(here(request), _given(request)))


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items()}


api = wire_api("open311/v2/", "Bihuan 闭环 · Open311 GeoReport v2", router)
