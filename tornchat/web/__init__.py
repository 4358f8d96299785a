"""HTTP: pages, files, the API, health and metrics, behind one hardened server.

Reading order: `site` (what a handler may use), `headers` (what every answer carries), `pages`,
`static`, `bearer` (who asks the API), `bearers` (what they may), `bodies`, `api`, `health`,
`metrics`, `wellknown`, `urls` (the routes), `application` (which of them answers), `server`
(sockets, limits, proxies).
"""
