#!/usr/bin/env bash
# etcd (Debian's), through its JSON gateway: every request is a POST, and a failed comparison is a 200.
NAME=etcd; . "$(dirname "$0")/_lib.sh"
do_install() { lab_deb etcd etcd-server; }
do_start() {
  local run=$LAB/etcd/run-$PORT; rm -rf "$run"; mkdir -p "$run"; lab_deb_env etcd
  say "http://127.0.0.1:$PORT/v3/kv/range"
  lab_front plain etcd --data-dir "$run" --listen-client-urls "http://127.0.0.1:$((PORT+1))" --advertise-client-urls "http://127.0.0.1:$((PORT+1))" \
    --listen-peer-urls "http://127.0.0.1:$((PORT+2))" --initial-advertise-peer-urls "http://127.0.0.1:$((PORT+2))" \
    --initial-cluster "default=http://127.0.0.1:$((PORT+2))" --log-level error
}
lab_main "$@"
