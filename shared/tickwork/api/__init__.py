"""HTTP: routes, requests, responses, the error table, OpenAPI. The only room that imports Flask."""
