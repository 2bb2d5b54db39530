#!/usr/bin/env bash
# Amazon S3, as moto emulates it: strong tags that are hashes of the content, `If-Match` and `If-None-Match: *` on PUT, `If-Match` on DELETE.
NAME=s3; . "$(dirname "$0")/_lib.sh"
do_install() { lab_pip s3 "moto[server,s3]==${MOTO_VERSION:-5.*}"; }
do_start() {
  say "http://127.0.0.1:$PORT/lab/"
  lab_front s3 "$LAB/s3/bin/moto_server" -H 127.0.0.1 -p $((PORT+1))
}
lab_main "$@"
