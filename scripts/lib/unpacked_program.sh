# shellcheck shell=bash
# Programs of Debian packages that would start services if they were installed: only unpacked, in a
# folder of their own. Needs say.sh; `root` is the repository.
# shellcheck disable=SC2154  # that is the caller's

# need_unpacked <package> <program in it>: the program is .cache/<package>/<program> then.
need_unpacked() {
    local at=$root/.cache/$1 work
    [ ! -x "$at/$2" ] || return 0
    say "fetching $1"
    mkdir -p "$root/.cache"
    work=$(mktemp -d "$root/.cache/$1.XXXXXX")
    chmod 755 "$work"
    (cd "$work" && { apt-get -q download "$1" || { apt-get -q update && apt-get -q download "$1"; }; } >/dev/null 2>&1) ||
        die "apt-get couldn't fetch $1: is a package mirror reachable?"
    dpkg-deb --extract "$work"/*.deb "$work"
    rm -f "$work"/*.deb
    rm -rf "$at"
    mv -T "$work" "$at"
}

# Proxies that suites put in front of an installation.
need_proxies() {
    need_unpacked nginx usr/sbin/nginx
    need_unpacked caddy usr/bin/caddy
    need_traefik
}
