# For check_image.sh and check_scale.sh to read in: builds the image "newsdesk" from the Dockerfile with buildah.
# They set $root and $work; needs root, buildah and debootstrap. Where no registry can be reached, it makes a
# base of its own from Debian's Python.
# shellcheck shell=bash
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot BUILDAH_FORMAT=docker
builder() { buildah --root "$work/storage" --runroot "$work/run" "$@"; }

# Has the image, or says that it can't be pulled.
pulled() { timeout 60 buildah --root "$work/storage" --runroot "$work/run" pull "$1" >/dev/null 2>&1; }

# Debian with Python under the name in $1.
debian_as() {
    debootstrap --variant=minbase \
        --include=python3.11,python3.11-venv,python3-distutils,python3-lib2to3,ca-certificates \
        bookworm "$work/base" >"$work/log" || { tail "$work/log"; exit 1; }
    ln -s python3.11 "$work/base/usr/bin/python"
    # this machine's way to the package indexes
    for file in /etc/pip.conf /etc/xdg/pip /etc/ssl/certs/ca-certificates.crt /etc/apt/sources.list \
        /etc/apt/sources.list.d /etc/apt/apt.conf.d; do
        [ ! -e "$file" ] || { mkdir -p "$work/base${file%/*}" && cp -aT "$file" "$work/base$file"; }
    done
    local from
    from="$(builder from scratch)"
    builder copy --quiet "$from" "$work/base" / >/dev/null
    builder config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$from"
    builder commit --quiet --rm "$from" "docker.io/library/$1" >/dev/null
    rm -rf "$work/base"
}

# The image of the desk, tagged newsdesk.
build() {
    local base
    base="$(sed -n 's/^FROM \([^ ]*\)$/\1/p' "$root/Dockerfile")"
    pulled "$base" || { say "$base can't be pulled; Debian's Python stands in for it"; debian_as "$base"; }
    say "building"
    builder bud --quiet --pull-never --tag newsdesk --file "$root/Dockerfile" "$root" >"$work/log" 2>&1 \
        || { tail -20 "$work/log"; exit 1; }
}
