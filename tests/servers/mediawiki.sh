#!/usr/bin/env bash
# MediaWiki (Debian's), on SQLite and PHP's own server: the REST API, where a PUT names the revision in its body, and the server merges
# what it can by itself.
NAME=mediawiki; . "$(dirname "$0")/_lib.sh"
do_install() { lab_deb mediawiki mediawiki php8.2-cli php8.2-sqlite3 php8.2-mbstring php8.2-xml php8.2-intl php8.2-common; }
do_start() {
  local d=$LAB/mediawiki run=$LAB/mediawiki/run-$PORT one; lab_deb_env mediawiki
  rm -rf "$run"; mkdir -p "$run/data"; cp -rL "$d/usr/share/mediawiki" "$run/www" 2>/dev/null || true
  local own=(-n -d extension_dir="$(echo "$d"/usr/lib/php/2*)" -d memory_limit=512M -d date.timezone=UTC -d sys_temp_dir="$run/data")
  for one in mbstring xml dom ctype iconv fileinfo intl pdo pdo_sqlite tokenizer xmlreader calendar posix; do
    [ -f "$d"/usr/lib/php/2*/$one.so ] && own+=(-d extension=$one)
  done
  cd "$run/www"; rm -f LocalSettings.php
  php8.2 "${own[@]}" maintenance/install.php --dbtype sqlite --dbpath "$run/data" --dbname lab --server "http://127.0.0.1:$PORT" --scriptpath "" \
    --pass "lab-lab-lab-lab" --confpath "$run/www" --skins "" Lab Admin >&2
  cat >> LocalSettings.php <<'P'
$wgGroupPermissions['*']['edit'] = $wgGroupPermissions['*']['createpage'] = $wgGroupPermissions['*']['delete'] = true;
$wgRateLimits = [];
$wgMainCacheType = CACHE_NONE;
$wgParserCacheType = CACHE_NONE;
P
  say "http://127.0.0.1:$PORT/rest.php/v1/page/"
  lab_front plain php8.2 "${own[@]}" -S "127.0.0.1:$((PORT+1))" -t "$run/www"
}
lab_main "$@"
