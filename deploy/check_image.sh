#!/usr/bin/env bash
# Builds the image from the Dockerfile and runs it as its compose file does: nobody's user, no capability, a
# root that can't be written. Needs root and buildah (apt install buildah debootstrap).
#   bash deploy/check_image.sh
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
work="$(mktemp -d /tmp/newsdesk-image-XXXXXX)"
. "$root/deploy/image.sh"
finish() {
    builder umount --all >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
say() { echo "check_image: $*"; }

build
ours="$(builder from --pull-never newsdesk)"
asked() { builder inspect --format "$1" "$ours"; }
user="$(asked '{{.Docker.Config.User}}')"
[ "$user" = 10001:10001 ] || { say "it would run as $user"; exit 1; }
mounted="$(builder mount "$ours")"
say "it is $(du -sm "$mounted" | cut -f1) MB with its base, $(du -sm "$mounted/opt/newsdesk" | cut -f1) MB without"
[ -z "$(find "$mounted" -xdev -perm -4000 -path "$mounted/opt/*")" ]

# The image's own environment, then what runs in it. Two commands of the desk at once need one root.
asked '{{range .Docker.Config.Env}}{{println .}}{{end}}' >"$work/env"
[ "$(asked '{{.Docker.Config.Healthcheck.Test}}')" = "[CMD newsdesk healthy]" ]
cat >"$work/inside.sh" <<'INSIDE'
set -euo pipefail
cd /data
! touch /opt/newsdesk/x 2>/dev/null || { echo "the root can be written"; exit 1; }
[ "$(id -u)" = 10001 ]
newsdesk --version
code=0
newsdesk run 2>/tmp/err || code=$?
[ "$code" = 2 ] && grep -q "No chat is left" /tmp/err || { echo "exit code $code"; cat /tmp/err; exit 1; }
newsdesk doctor
# a token that leads nowhere: the desk must stay up without its platform
NEWSDESK_TELEGRAM__TOKEN=1:none NEWSDESK_TELEGRAM__BASE_URL=http://127.0.0.1:9/bot newsdesk run 2>/tmp/log &
desk=$!
for _ in $(seq 120); do
    newsdesk healthy >/dev/null 2>&1 && break
    kill -0 "$desk" || { cat /tmp/log; exit 1; }
    sleep 0.5
done
TIMEFORMAT="healthy takes %U s of the processor"
time newsdesk healthy || { cat /tmp/log; exit 1; }
newsdesk backup /data/copy.sqlite3
kill -TERM "$desk"
wait "$desk" || { echo "it did not end well"; cat /tmp/log; exit 1; }
[ "$(find /data -name '*.pyc' | wc -l)" = 0 ]
INSIDE
say "running"
export work mounted user
unshare --mount --propagation private bash -euo pipefail -c '
    mount --bind "$mounted" "$mounted"
    cp "$work/inside.sh" "$mounted/inside.sh"
    mount -t tmpfs tmpfs "$mounted/tmp"
    mount -t tmpfs -o "uid=${user%:*},gid=${user#*:}" tmpfs "$mounted/data"
    mount -t proc proc "$mounted/proc"
    mount --bind /dev "$mounted/dev"
    mount --bind /etc/resolv.conf "$mounted/etc/resolv.conf"
    mount -o remount,ro,bind "$mounted"
    exec env --ignore-environment $(cat "$work/env") HOME=/data chroot "$mounted" \
        setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs \
        --bounding-set=-all --inh-caps=-all bash /inside.sh
'
say "all of it works"
