#!/usr/bin/env bash
# Removes sandboxd from this host: its processes, units, containers, volumes, network and firewall
# rules. Workspaces, snapshots, settings and the image stay for a later installation, unless told.
# Usage: scripts/uninstall.sh [--purge] [--yes]     (--purge: data, settings and the image too)
# shellcheck disable=SC2154  # scripts/lib/installation.sh says where things are
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for part in say install_packages settings_file installation engine_leftovers systemd_kind compose compose_kind; do
    # shellcheck source=/dev/null
    . "$root/scripts/lib/$part.sh"
done

purge=false
yes=${ASSUME_YES:-}
while [ $# -gt 0 ]; do
    case $1 in
    --purge) purge=true ;;
    --yes) yes=1 ;;
    *) die "usage: scripts/uninstall.sh [--purge] [--yes]" ;;
    esac
    shift
done

confirm() {
    local answer what="its data in $data stays"
    [ "$purge" = false ] || what="and ALL ITS DATA in $data"
    say "will remove sandboxd ($kind) from this host; $what"
    [ -z "$yes" ] || return 0
    [ -t 0 ] || die "nobody can be asked here; run it with --yes or ASSUME_YES=1"
    read -r -p "Go on? [y/N] " answer
    [ "$answer" = y ] || [ "$answer" = Y ] || die "nothing was changed"
}

# remove_data: unless something is still mounted in it, in which case that would be lost as well.
remove_data() {
    ! grep -q -F " $data/" /proc/self/mountinfo || die "something is still mounted in $data; it stays"
    # It may be a disk of its own.
    find "$data" -xdev -mindepth 1 -delete
    rmdir "$data" 2>/dev/null || true
    rm -rf "$(dirname "$settings")"
    if getent passwd sandboxd >/dev/null; then userdel sandboxd; fi
}

main() {
    [ "$(id -u)" = 0 ] || die "removing takes root; run: sudo $0"
    kind=$(cat "$home/KIND" 2>/dev/null) || kind=
    if [ -z "$kind" ]; then
        say "no installation is in $home"
        # One that was interrupted, or removed before: what it may have left goes.
        if [ -d /run/systemd/system ]; then kind=systemd; else kind=compose; fi
    fi
    network=$(setting SANDBOXD_NETWORK)
    network=${network:-sandboxd}
    confirm
    "${kind}_uninstall"
    remove_engine_leftovers "$network" "$purge"
    rm -rf --one-file-system "$home"
    [ "$purge" = false ] || remove_data
    if [ "$purge" = true ]; then say "sandboxd is removed"; else
        say "sandboxd is removed; $data and $settings are kept"
    fi
}

main
