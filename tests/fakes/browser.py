"""A browser, and a program, that speak to the API in this process: the authorizer first, then the app."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from app import app
from tests.lambdas import lambdas

PASSWORD = "Manyline-2026!"
HERE = "desk.manyline.example"

Answer = dict[str, Any]


def authorize(cookie: str) -> Answer:
    """The authorizer as Lambda loads it: by its handler string."""
    module, _, function = lambdas()["session"].rpartition(".")
    arn = "arn:aws:execute-api:us-east-1:000000000000:api/stage/GET/"
    event = {"type": "TOKEN", "authorizationToken": cookie, "methodArn": arn}
    policy: Answer = getattr(importlib.import_module(module), function)(event, None)
    return policy


def allowed(policy: Answer) -> bool:
    return any(statement["Resource"] for statement in policy["policyDocument"]["Statement"])


@dataclass
class Browser:
    """Keeps cookies as a browser does, and goes where it is sent only when told to."""

    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)  # sent with every request

    def get(self, path: str, accept: str = "text/html") -> Answer:
        return self._ask("GET", path, None, {"accept": accept})

    def post(self, path: str, origin: str = f"https://{HERE}", accept: str = "text/html", **form: str) -> Answer:
        content = {"content-type": "application/x-www-form-urlencoded", "origin": origin, "accept": accept}
        return self._ask("POST", path, urlencode(form), content)

    def call(self, path: str, **body: Any) -> Any:
        """A program's POST of JSON; the JSON that it gets back. Fails on a refusal."""
        answer = self._ask("POST", path, json.dumps(body), {"content-type": "application/json"})
        assert answer["statusCode"] < 300, answer
        return json.loads(answer["body"]) if answer["body"] else None

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> Answer:
        return self.post("/login", user=f"{name}@manyline.example", password=password, **more)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        path, _, query = path.partition("?")
        pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
        resource, found = _resource(path)
        context: Answer = {"httpMethod": method, "resourcePath": resource}
        if app.routes[resource][method].authorizer is not None:
            policy = authorize(self.cookie)
            if not allowed(policy):
                return {"statusCode": 403, "body": "", "multiValueHeaders": {}}
            context["authorizer"] = policy["context"]
        sent = {"host": HERE, "cookie": self.cookie, **self.headers, **headers}
        event = {
            "resource": resource,
            "path": path,
            "httpMethod": method,
            "body": body,
            "isBase64Encoded": False,
            "headers": sent,
            "multiValueHeaders": {},
            "pathParameters": found,
            "queryStringParameters": dict(pairs) or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in pairs} or None,
            "requestContext": context,
            "stageVariables": None,
        }
        answer: Answer = app(event, None)
        if "Set-Cookie" in answer["headers"]:
            self.cookie = answer["headers"]["Set-Cookie"].partition(";")[0]
        return answer


def _resource(path: str) -> tuple[str, dict[str, str]]:
    """The route that API Gateway would choose (exact parts before parameters), and what its parameters hold."""
    parts = path.split("/")
    for resource in sorted(app.routes, key=lambda route: route.count("{")):
        pattern = resource.split("/")
        pairs = list(zip(pattern, parts, strict=False))
        if len(pattern) == len(parts) and all(name == part or name.startswith("{") for name, part in pairs):
            return resource, {name.strip("{}"): part for name, part in pairs if name.startswith("{")}
    raise AssertionError(f"no route for {path}")
