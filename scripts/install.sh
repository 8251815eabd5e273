#!/usr/bin/env bash
# Installs or upgrades sandboxd on this host and prints where it is. Safe beside other services: it
# takes two uncommon ports, and touches nothing that isn't its own. Run it again to upgrade: settings,
# secrets and data stay.
# Usage: [NAME=value…] scripts/install.sh [--kind systemd|compose] [--yes]
#   HTTP_PORT=18080                    previews, on all addresses; 80 on a host of sandboxd's own
#   SANDBOXD_API_BIND=127.0.0.1:19090  API and console
#   PUBLIC_IP=…  PREVIEW_DOMAIN=…      how previews are named; found out if not given
#   PREVIEW_TLS=true  SANDBOXD_PUBLIC_HTTP_PORT=443   with a proxy in front that ends TLS
#   SANDBOXD_WORKERS=2  SANDBOXD_AGENTS="opencode"  ASSUME_YES=1
# shellcheck disable=SC2154  # scripts/lib/installation.sh says where things are
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
for part in say install_packages version rust hash_inputs node console ports public_address \
    settings_file installation systemd_kind compose compose_kind; do
    # shellcheck source=/dev/null
    . "$root/scripts/lib/$part.sh"
done

usage() { sed -n '/^# Usage/,/^# shellcheck/{/^# shellcheck/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

yes=${ASSUME_YES:-}
kind=
while [ $# -gt 0 ]; do
    case $1 in
    --yes) yes=1 ;;
    --kind)
        [ $# -gt 1 ] || die "--kind takes systemd or compose"
        kind=$2
        shift
        ;;
    --help)
        usage
        exit 0
        ;;
    *) die "no option $1; see scripts/install.sh --help" ;;
    esac
    shift
done

# confirm: says what will be done and asks, unless told not to.
confirm() {
    local answer
    say "will install sandboxd $version as $kind: programs in $home, settings in $settings, data in $data"
    say "listening: previews on $(edge_bind), API and console on $(api_bind)"
    command -v dockerd >/dev/null || say "Docker is missing and will be installed with apt (docker.io)"
    [ -z "$yes" ] || return 0
    [ -t 0 ] || die "nobody can be asked here; run it with --yes or ASSUME_YES=1"
    read -r -p "Go on? [y/N] " answer
    [ "$answer" = y ] || [ "$answer" = Y ] || die "nothing was changed"
}

main() {
    check_host
    find_installation
    confirm
    install_packages ss=iproute2 curl=curl openssl=openssl
    check_ports
    check_disk
    need_engine
    check_subnet
    write_settings
    "${kind}_prepare"
    "${kind}_install"
    keep_uninstaller
    wait_ready
    print_installation
}

main
