"""One origin for everything that a browser loads: pages and API, the WebSocket, static files. AWS only.

On this machine infra/local/front is that origin.
"""

from __future__ import annotations

import shutil
from functools import cached_property
from pathlib import Path

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra import naming
from infra.constructs.buckets import KeptBucket
from infra.constructs.chalice_app import REST_STAGE
from infra.layout import BUILD, NODE_MODULES, PAGES_STATIC
from infra.nag import accept, accept_singleton
from infra.stacks.contacts import ContactsStack
from infra.static import VENDOR

# The API sees its own name as Host: the name that the browser used goes along, for the check of the origin.
# A page for which one must be signed in: who has no session goes to the log-in page before any function runs.
_GATE = """
function handler(event) {
  var request = event.request;
  request.headers['x-forwarded-host'] = { value: request.headers.host.value };
  var accept = request.headers.accept ? request.headers.accept.value : '';
  var open = /^\\/($|login|logout|home|ws|widget\\/|oncall\\/|api\\/)/.test(request.uri);
  if (request.method !== 'GET' || open || request.cookies.sid || accept.indexOf('text/html') < 0) return request;
  return {
    statusCode: 303, statusDescription: 'See Other',
    headers: { location: { value: '/login?next=' + encodeURIComponent(request.uri) } }
  };
}
"""


class WebStack(Stack):
    def __init__(self, scope: Construct, stage: str, *, contacts: ContactsStack, domain: str, certificate: str) -> None:
        """`domain` and `certificate` (an ARN in us-east-1) may be empty: then CloudFront's own name serves."""
        super().__init__(scope, naming.stack(stage, "web"), description="Manyline: one origin for browsers")
        self._contacts = contacts
        logs = KeptBucket(self, "AccessLogs", logs=None, expire_days=365, takes_acls=True)
        accept(logs, "AwsSolutions-S1", "it holds the access logs of the origin; logging itself would not end")
        files = KeptBucket(self, "Files", logs=logs)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            default_behavior=self._api(),
            additional_behaviors={"/ws": self._sockets(), "/static/*": self._static(files)},
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            domain_names=[domain] if domain else None,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate) if certificate else None,
            log_bucket=logs,
            log_file_prefix="origin/",
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
        )
        self._accept()
        self._put_files(files)
        origin = f"https://{domain or self.distribution.distribution_domain_name}"
        # For who writes links and is deployed before there is an address.
        ssm.StringParameter(self, "Site", parameter_name=naming.site(stage), string_value=origin)
        CfnOutput(self, "Origin", value=origin)

    def _api(self) -> cloudfront.BehaviorOptions:
        return self._uncached(origins.HttpOrigin(self._host("RestAPI"), origin_path=f"/{REST_STAGE}"))

    @cached_property
    def _at_the_gate(self) -> cloudfront.FunctionAssociation:
        gate = cloudfront.Function(
            self,
            "Gate",
            code=cloudfront.FunctionCode.from_inline(_GATE),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        return cloudfront.FunctionAssociation(function=gate, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST)

    def _sockets(self) -> cloudfront.BehaviorOptions:
        """No origin path: the stage of the WebSocket API is called like its path here."""
        return self._uncached(origins.HttpOrigin(self._host("WebsocketAPI")))

    def _uncached(self, origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
        """Cookies, origin and query reach the API; its own host name must stay in the request for API Gateway."""
        return cloudfront.BehaviorOptions(
            origin=origin,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            response_headers_policy=self._headers,
            function_associations=[self._at_the_gate],
        )

    @cached_property
    def _headers(self) -> cloudfront.ResponseHeadersPolicy:
        """What every answer carries; what may frame a page is the page's own word, for the widget is framed."""
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.SAME_ORIGIN, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=True, override=True
                ),
            ),
        )

    def _static(self, files: s3.IBucket) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(files),
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            response_headers_policy=self._headers,
            compress=True,
        )

    def _put_files(self, files: s3.IBucket) -> None:
        put = deployment.BucketDeployment(
            self,
            "PutFiles",
            sources=[deployment.Source.asset(str(_gathered()))],
            destination_bucket=files,
            destination_key_prefix="static",
            distribution=self.distribution,
            distribution_paths=["/static/*"],
            retain_on_delete=True,
        )
        accept_singleton(
            self,
            put,
            "CDK's own function copies the static files and clears the cache while it deploys",
            *("s3:GetBucket*", "s3:GetObject*", "s3:List*", "s3:Abort*", "s3:DeleteObject*"),
            objects=files.arn_for_objects("*"),
        )

    def _host(self, api: str) -> str:
        return f"{self._contacts.app.get_resource(api).ref}.execute-api.{self.region}.amazonaws.com"

    def _accept(self) -> None:
        origin = self.distribution
        accept(origin, "AwsSolutions-CFR1", "clients and their customers may be anywhere")
        accept(origin, "AwsSolutions-CFR2", "a web application firewall is priced by rule; the operator may add one")
        accept(origin, "AwsSolutions-CFR4", "without a domain of its own the stage wears CloudFront's certificate")


def _gathered() -> Path:
    """Our own files and those of packages, as they lie under /static."""
    folder = BUILD / "static"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if PAGES_STATIC.exists():
        shutil.copytree(PAGES_STATIC, folder, dirs_exist_ok=True)
    (folder / "vendor").mkdir(exist_ok=True)
    for name, source in VENDOR.items():
        shutil.copy(NODE_MODULES / source, folder / "vendor" / name)
    return folder
