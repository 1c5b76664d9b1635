"""The dashboard's headers as a response headers policy of CloudFront, for the template's `Headers` resource."""

from infra.rendering.headers import policy
from infra.rendering.text import as_yaml


def headers() -> str:
    config = {
        "ContentSecurityPolicy": {"ContentSecurityPolicy": policy(), "Override": True},
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"FrameOption": "DENY", "Override": True},
        "ReferrerPolicy": {"ReferrerPolicy": "no-referrer", "Override": True},
        "StrictTransportSecurity": {"AccessControlMaxAgeSec": 31_536_000, "IncludeSubdomains": True, "Override": True},
    }
    return as_yaml({"SecurityHeadersConfig": config})
