#!/usr/bin/env bash
# Django and FastAPI, for the recipes of docs/guide/servers.md: start PORT FILE runs one.
NAME=python; . "$(dirname "$0")/_lib.sh"
do_install() { lab_pip python "django==5.2.*" "fastapi==0.*" "uvicorn==0.*"; }
do_start() { PORT=$PORT exec "$LAB/python/bin/python" "$1"; }
lab_main "$@"
