"""What a tick shows to run_jobs: the shared secret, or on Google's platform an identity token of its own account."""

from collections.abc import Callable
from http.client import HTTPException
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from tickwork.core.errors import Unavailable
from tickwork.core.settings import Settings

# Headers of one call; raises Unavailable.
Credentials = Callable[[], dict[str, str]]

METADATA = "http://{host}/computeMetadata/v1/instance/service-accounts/default/identity?audience={audience}"
SECONDS = 3.0


def credentials_of(settings: Settings) -> Credentials:
    """As TICK_AUTH asks for. QStash signs calls of its own only, so with `qstash` the secret is used here."""
    if settings.tick_auth in ("google", "platform") and not settings.tick_secret.get_secret_value():
        return lambda: {"Authorization": f"Bearer {_identity_token(settings.gce_metadata_host, settings.run_jobs_url)}"}
    secret = settings.tick_secret.get_secret_value()
    return lambda: {"Authorization": f"Bearer {secret}"} if secret else {}


def _identity_token(host: str, audience: str) -> str:
    """A token for `audience`, which the platform's metadata server signs for the account that this function runs as."""
    url = METADATA.format(host=host, audience=quote(audience, safe=""))
    try:
        request = Request(url, headers={"Metadata-Flavor": "Google"})  # noqa: S310 (http by its own definition)
        with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as answer:
            return str(answer.read(16_384).decode("ascii"))
    except (URLError, OSError, ValueError, HTTPException):
        raise Unavailable("the platform's metadata server gives no identity token") from None
