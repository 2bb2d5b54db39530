#!/usr/bin/env bash
# Kinto: the document is in `data`, beside `permissions`, and contains `last_modified`. A 412 contains the current record.
NAME=kinto; . "$(dirname "$0")/_lib.sh"
do_install() { lab_pip kinto "kinto>=${KINTO_VERSION:-20}" "setuptools<81"; }
do_start() {
  local run=$LAB/kinto/run-$PORT; rm -rf "$run"; mkdir -p "$run"
  cat > "$run/kinto.ini" <<I
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = $((PORT+1))
[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.cache_backend = kinto.core.cache.memory
multiauth.policies = basicauth
kinto.userid_hmac_secret = lab
kinto.bucket_create_principals = system.Authenticated
I
  say "http://127.0.0.1:$PORT/v1/buckets/lab/collections/notes/records"
  lab_front kinto "$LAB/kinto/bin/kinto" start --ini "$run/kinto.ini" --port $((PORT+1))
}
lab_main "$@"
