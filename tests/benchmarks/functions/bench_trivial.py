"""The least that a function can do: the limit of its server."""

import functions_framework


@functions_framework.http
def trivial(request):
    return {"ok": True}, 201
