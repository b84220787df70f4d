#!/usr/bin/env bash
# What the tests need beside Python: Chromium, Firefox, PostgreSQL, Redis, coturn, Dovecot, nginx with its RTMP module, ip(8) and what builds the packet core. Installed quietly when we may, otherwise said.
# `debian_packages.sh bench`: what the benchmarks beside other servers need instead.
set -euo pipefail

missing=()
need() { # package, what shows that it is there
  compgen -G "$2" >/dev/null || command -v "$(basename "$2")" >/dev/null || missing+=("$1")
}
if [ "${1:-tests}" = bench ]; then
  need janus /usr/bin/janus
  need nginx-light /usr/sbin/nginx
  need ffmpeg /usr/bin/ffmpeg
  need iproute2 /usr/sbin/ip
  need gcc /usr/bin/gcc
  need libc6-dev /usr/include/stdlib.h
else
  need chromium /usr/bin/chromium
  need chromium-headless-shell /usr/bin/chromium-headless-shell
  need firefox-esr /usr/bin/firefox-esr
  need coturn /usr/bin/turnserver
  need dovecot-imapd /usr/sbin/dovecot
  need postgresql '/usr/lib/postgresql/*/bin/initdb'
  need redis-server /usr/bin/redis-server
  need nginx-light /usr/sbin/nginx
  need libnginx-mod-rtmp /usr/lib/nginx/modules/ngx_rtmp_module.so
  need iproute2 /usr/sbin/ip
  need gcc /usr/bin/gcc
  need libc6-dev /usr/include/stdlib.h
  need python3-dev "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h"
fi

[ ${#missing[@]} -gt 0 ] || exit 0

sentence="This needs Debian's packages: ${missing[*]}. Install them with: sudo apt-get install ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || { echo "$sentence" >&2; exit 1; }
  as_root=(sudo -n)
fi
command -v apt-get >/dev/null || { echo "$sentence" >&2; exit 1; }

echo "Installing from Debian's packages: ${missing[*]} ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" </dev/null >>"$log" 2>&1; }
run apt-get update -qq || true
run apt-get install -y -qq --no-install-recommends "${missing[@]}" || { tail -n 20 "$log" >&2; echo "$sentence" >&2; exit 1; }
