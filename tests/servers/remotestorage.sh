#!/usr/bin/env bash
# Armadietto, a remoteStorage server: strong tags, `If-Match`, `If-None-Match: *`, an OAuth token.
NAME=remotestorage; . "$(dirname "$0")/_lib.sh"
do_install() { lab_npm armadietto "armadietto@${ARMADIETTO_VERSION:-0.6}"; }
do_start() {
  local run=$LAB/armadietto/run-$PORT; rm -rf "$run"; mkdir -p "$run"
  cat > "$run/conf.json" <<J
{ "host_identity": "127.0.0.1", "basePath": "", "allow_signup": true, "storage_path": "$run/files", "cache_views": true,
  "lock_timeout_ms": 30000, "lock_stale_after_ms": 60000, "http": { "host": "127.0.0.1", "port": $((PORT+1)) }, "https": { "enable": false },
  "logging": { "log_dir": "$run/log", "stdout": ["error"], "log_files": ["error"] } }
J
  say "http://127.0.0.1:$PORT/storage/lab/notes/"
  lab_front remotestorage "$LAB/armadietto/node_modules/.bin/armadietto" -c "$run/conf.json"
}
lab_main "$@"
