"""HTTP: pages, files, the API, health and metrics, behind one hardened server.

Reading order: `site` (what a handler may use), `headers` (what every answer carries), `pages`,
`static`, `api`, `health`, `metrics`, `urls` (the routes), `server` (sockets, limits, proxies).
"""
