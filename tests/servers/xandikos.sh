#!/usr/bin/env bash
# Xandikos, a CalDAV server: `Schedule-Tag` beside the ETag, and `If-Schedule-Tag-Match` on writes (RFC 6638, 3.2.10). The thin shell below
# adds CORS, of which it has none, and is Xandikos' own `serve` otherwise.
NAME=xandikos; . "$(dirname "$0")/_lib.sh"
do_install() { lab_pip xandikos "xandikos==${XANDIKOS_VERSION:-0.4.*}"; }
do_start() {
  local run=$LAB/xandikos/run-$PORT; rm -rf "$run"; mkdir -p "$run"; cd "$run"
  cat > lab.py <<'P'
import os, re, sys
from aiohttp import web
from xandikos.web import SingleUserFilesystemBackend, XandikosApp

def own(request):
    origin = request.headers.get("Origin", "")
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Access-Control-Expose-Headers": "ETag, Schedule-Tag, Location"} \
        if re.fullmatch(r"http://127\.0\.0\.1(:\d+)?", origin) else {}

async def cors(request, response):
    response.headers.update(own(request))

async def answer(request):
    if request.method == "OPTIONS" and "Origin" in request.headers:
        return web.Response(status=204, headers={"Access-Control-Allow-Methods": "GET, PUT, DELETE",
            "Access-Control-Allow-Headers": "content-type, if-match, if-none-match, if-schedule-tag-match"})
    return await dav.aiohttp_handler(request, "/")

backend = SingleUserFilesystemBackend(os.path.join(os.getcwd(), "dav"), default_email="ann@example.com")
backend._mark_as_principal("/user/")
os.makedirs("dav")
backend.create_principal("/user/", create_defaults=True)
dav = XandikosApp(backend, current_user_principal="/user/")
app = web.Application()
app.on_response_prepare.append(cors)
app.router.add_route("*", "/{path_info:.*}", answer)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
P
  say "http://127.0.0.1:$PORT/user/calendars/calendar/"
  exec "$LAB/xandikos/bin/python" lab.py "$PORT"
}
lab_main "$@"
