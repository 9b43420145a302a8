#!/usr/bin/env bash
# Starts compose.scale.yaml as it is, with docker compose, and lets a chat subscribe: two gateways, two readers
# and two deliverers among its processes, a pretended Telegram and news sites beside them. Then kills a worker,
# which must come back, and stops everything, which must be in time and end well. Needs root and
#   apt install buildah debootstrap docker.io docker-compose
# The Docker daemon it starts is its own, in a network of its own: this machine's addresses and firewall stay
# as they are. Where postgres:16 can't be pulled, Debian's PostgreSQL stands in, started as that image starts it.
#   bash deploy/check_scale.sh
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
work="$(mktemp -d /tmp/newsdesk-scale-XXXXXX)"
. "$root/deploy/image.sh"
say() { echo "check_scale: $*"; }
daemon=""
finish() {
    code=$?
    if [ -n "$daemon" ]; then
        [ "$code" = 0 ] || compose logs --no-color --tail 15 2>&1 | cut -c1-300 || true
        compose down --volumes --timeout 5 >/dev/null 2>&1 || true
        kill "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null || true
    fi
    umount --recursive --lazy "$work"/docker/* 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

build
database="$(sed -n 's/^ *image: \(postgres:.*\)$/\1/p' "$root/deploy/compose.scale.yaml")"
if ! pulled "$database"; then
    say "$database can't be pulled; Debian's PostgreSQL stands in for it"
    base="$(sed -n 's/^FROM \([^ ]*\)$/\1/p' "$root/Dockerfile")"
    from="$(builder from --pull-never "$base")"
    builder run "$from" -- sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends postgresql && ln -s /usr/lib/postgresql/*/bin /opt/postgres' >"$work/log" 2>&1 \
        || { tail "$work/log"; exit 1; }
    cat >"$work/start" <<'START'
#!/bin/bash
# As docker.io/library/postgres: an empty folder becomes a database of that user, made where no network reaches it.
set -e
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /run/postgresql && chown postgres "$PGDATA" /run/postgresql && chmod 700 "$PGDATA"
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --username "$POSTGRES_USER" --pwfile <(echo "$POSTGRES_PASSWORD") --encoding UTF8 \
        --auth-local trust --auth-host scram-sha-256
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl --wait --options "-c listen_addresses=''" start
    createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl --wait --mode fast stop
fi
exec "$@" -c listen_addresses='*'
START
    chmod 755 "$work/start"
    builder copy --quiet "$from" "$work/start" /usr/local/bin/start >/dev/null
    builder config --env PATH=/opt/postgres:/usr/local/bin:/usr/bin:/bin --env PGDATA=/var/lib/postgresql/data \
        --entrypoint '["start"]' --stop-signal SIGINT "$from"
    builder commit --quiet --rm "$from" "docker.io/library/$database" >/dev/null
fi

say "starting a Docker daemon"
export DOCKER_HOST="unix://$work/docker.sock"
unshare --net --mount sh -c 'ip link set lo up && exec dockerd --data-root "$0/docker" --exec-root "$0/exec" \
    --pidfile "$0/docker.pid" --host "unix://$0/docker.sock" --storage-driver "$1"' \
    "$work" "${STORAGE:-overlay2}" >"$work/dockerd.log" 2>&1 &
daemon=$!
for _ in $(seq 60); do
    docker info >/dev/null 2>&1 && break
    kill -0 "$daemon" 2>/dev/null || { tail "$work/dockerd.log"; daemon=""; exit 1; }
    sleep 0.5
done
for image in newsdesk "$database"; do
    builder push --quiet "$image" "docker-archive:$work/image.tar:$image" >/dev/null
    docker load --quiet --input "$work/image.tar" >/dev/null
    rm "$work/image.tar"
done
docker tag localhost/newsdesk newsdesk 2>/dev/null || true

# The files that a person puts beside the compose file; one more service is the world around it.
mkdir -p "$work/desk/deploy"
cp "$root/deploy/compose.scale.yaml" "$work/desk/deploy/"
cp -R "$root/tests" "$work/desk/tests"
chmod -R a+rX "$work" && chmod 711 "$work"
cd "$work/desk/deploy"
printf '%s\n' POSTGRES_PASSWORD=onlyhere NEWSDESK_TELEGRAM__TOKEN=4242:fake-token-of-the-pretended-telegram >.env
cat >config.toml <<'CONFIG'
[access]
admins = ["telegram:7"]
[telegram]
base_url = "http://world:8001/bot"
[watch]
allow_private = true
CONFIG
cat >world.yaml <<'WORLD'
services:
  world:
    image: newsdesk
    entrypoint: ["python", "-m", "tests.deploy.scale_world"]
    command: []
    working_dir: /world
    environment: {PYTHONPATH: /world}
    healthcheck: {disable: true}
    volumes: ["../tests:/world/tests:ro"]
WORLD
if docker compose version >/dev/null 2>&1; then program=(docker compose); else program=(docker-compose); fi
compose() { "${program[@]}" --project-name newsdesk -f compose.scale.yaml -f world.yaml "$@"; }

say "starting the services"
compose up --detach --no-build --scale reader=2 --scale deliverer=2 >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
of() { docker ps --all --quiet --filter "label=com.docker.compose.service=$1"; }
for wanted in database:1 watcher:1 reader:2 editor:1 deliverer:2 gateway:2; do
    [ "$(of "${wanted%:*}" | wc -l)" = "${wanted#*:}" ] || { say "not as asked: $wanted"; docker ps --all; exit 1; }
done
said=""
for _ in $(seq 200); do
    said="$(docker logs "$(of world)" 2>/dev/null | tail -1)"
    [ -z "$said" ] || break
    sleep 1
done
say "a chat subscribed: ${said:-nothing was heard}"
case "$said" in *messages*) ;; *) docker logs "$(of world)"; exit 1 ;; esac

say "killing the watcher, which must come back, and waiting until whatever has a health check is healthy"
one="$(of watcher)"
kill -KILL "$(docker inspect --format '{{.State.Pid}}' "$one")"
states() { docker ps --all --quiet | xargs docker inspect --format '{{.Name}} {{.RestartCount}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{end}}'; }
for _ in $(seq 120); do
    states >"$work/states"
    # a process that is only starting hears no signal: the first of a container has to ask for them
    [ "$(docker logs "$one" 2>&1 | grep -c 'working as watch')" = 2 ] \
        && ! grep -Eq 'exited|restarting|starting|unhealthy' "$work/states" && break
    sleep 1
done
[ "$(grep -c ' running' "$work/states")" = 10 ] && [ "$(grep -c ' healthy' "$work/states")" = 3 ] \
    && [ "$(grep -c ' 0 running' "$work/states")" = 9 ] || { cat "$work/states"; exit 1; }

began="$(date +%s)"
compose stop watcher reader editor deliverer gateway >"$work/log" 2>&1
say "stopped in $(($(date +%s) - began)) s"
for service in watcher reader editor deliverer gateway; do
    for one in $(of "$service"); do
        code="$(docker inspect --format '{{.State.ExitCode}}' "$one")"
        [ "$code" = 0 ] || { say "a $service ended with $code"; docker logs --tail 20 "$one"; exit 1; }
    done
done
say "all of it works"
