#!/usr/bin/env bash
# Community Solid Server: strong tags, `If-Match`, `If-None-Match: *`.
NAME=solid; . "$(dirname "$0")/_lib.sh"
do_install() { lab_npm solid "@solid/community-server@${SOLID_VERSION:-7}"; }
do_start() {
  say "http://127.0.0.1:$PORT/"
  # In memory, with public access.
  lab_front plain "$LAB/solid/node_modules/.bin/community-solid-server" -p $((PORT+1)) -b "http://127.0.0.1:$PORT/" -l warn \
    -c @css:config/default.json
}
lab_main "$@"
