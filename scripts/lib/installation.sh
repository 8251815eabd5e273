# shellcheck shell=bash
# What both kinds of installation have in common: where things are, what is checked first, settings,
# and what is said at the end. Needs say.sh, install_packages.sh, ports.sh, public_address.sh and
# settings_file.sh; `root` is the repository or an unpacked release, `kind` what was asked for.
# shellcheck disable=SC2034,SC2154  # shared with the scripts that read this

readonly home=/opt/sandboxd data=/var/lib/sandboxd settings=/etc/sandboxd/sandboxd.env
readonly programs=$home/bin
readonly DEFAULT_SUBNET=10.213.0.0/16
# What an image, a few layers and the engine take at least, and what an upgrade does, in MiB.
readonly DISK_LEAST=4096 DISK_LEAST_UPGRADE=1536
readonly READY_SECONDS=90

check_host() {
    local name=unknown
    [ "$(id -u)" = 0 ] || die "installing takes root; run: sudo $0"
    [ "$(uname -m)" = x86_64 ] || die "sandboxd runs on x86-64, and this host is $(uname -m)"
    [ "${SANDBOXD_DATA_DIR:-$data}" = "$data" ] ||
        die "an installation's data is in $data; mount a disk there to have it elsewhere"
    # shellcheck source=/dev/null
    name=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}") || true
    case $name in
    "debian 12" | "debian 13" | "ubuntu 22.04" | "ubuntu 24.04") ;;
    *) say "this system ($name) isn't one that this was written for: Debian 12 and 13, Ubuntu 22.04 and 24.04" ;;
    esac
}

systemd_runs() { [ -d /run/systemd/system ]; }

# find_installation: the kind that is there already, or else the one to make; and the version.
find_installation() {
    local there
    there=$(cat "$home/KIND" 2>/dev/null) || there=
    if [ -z "$kind" ]; then
        if systemd_runs; then kind=${there:-systemd}; else kind=${there:-compose}; fi
    fi
    case $kind in
    systemd) systemd_runs || die "systemd doesn't run here; use --kind compose" ;;
    compose) ;;
    *) die "--kind takes systemd or compose, not $kind" ;;
    esac
    [ -z "$there" ] || [ "$there" = "$kind" ] ||
        die "there is an installation of kind $there; remove it first (data stays): $home/scripts/uninstall.sh"
    version=$(release_version)
}

# check_ports: nothing is changed on a host where they are taken. 443 is nobody's business here.
check_ports() {
    local http api
    http=$(http_port)
    api=$(api_bind)
    need_free_port "$http" "previews" HTTP_PORT
    need_free_port "${api##*:}" "the API" SANDBOXD_API_BIND
    [ "$http" != "${api##*:}" ] || die "HTTP_PORT and SANDBOXD_API_BIND have the same port, $http"
}

check_disk() {
    local folder free least=$DISK_LEAST
    [ ! -f "$home/KIND" ] || least=$DISK_LEAST_UPGRADE
    for folder in "$data" /var/lib/docker; do
        while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
        free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
        [ "$free" -ge "$least" ] || die "$folder has $free MiB free; $least are needed"
    done
}

engine_answers() { timeout 5 docker version >/dev/null 2>&1; }

# need_engine: installed if it is missing, and started as this host starts services.
need_engine() {
    local left=30
    [ -z "${DOCKER_HOST:-}" ] || die "DOCKER_HOST is set; an installation uses the engine at /var/run/docker.sock"
    install_docker
    install_packages iptables=iptables
    engine_answers && return
    say "starting Docker"
    if systemd_runs; then systemctl start docker; else service docker start >/dev/null; fi ||
        die "Docker doesn't start; see its log"
    until engine_answers; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || die "Docker doesn't answer; see its log"
        sleep 1
    done
}

# check_subnet: the sandboxes' addresses are nobody else's on this host.
check_subnet() {
    local subnet network route
    subnet=$(choose SANDBOXD_SUBNET "$DEFAULT_SUBNET")
    network=$(choose SANDBOXD_NETWORK sandboxd)
    ! docker network inspect "$network" >/dev/null 2>&1 || return 0
    route=$({
        ip -4 route show root "$subnet"
        ip -4 route show match "$subnet"
    } | sed '/^default/d' | sed -n 1p)
    [ -z "$route" ] ||
        die "sandboxes would get addresses of $subnet, which this host reaches another way ($route). Choose others with SANDBOXD_SUBNET, as 10.77.0.0/16"
}

# write_settings: what was chosen now or before. Nothing of it changes at an upgrade unless asked for.
write_settings() {
    local name edge
    edge=$(edge_bind)
    keep_setting HTTP_PORT "$(http_port)"
    keep_setting SANDBOXD_EDGE_BIND "$edge"
    keep_setting SANDBOXD_API_BIND "$(api_bind)"
    name=$(choose PREVIEW_DOMAIN '')
    # An address given now is meant, whatever was there.
    if [ -z "$name" ] || { [ -n "${PUBLIC_IP:-}" ] && [ -z "${PREVIEW_DOMAIN:-}" ]; }; then
        name=$(preview_domain)
    fi
    keep_setting PREVIEW_DOMAIN "$name"
    keep_setting SANDBOXD_DATA_DIR "$data"
    keep_setting SANDBOXD_WORKERS "$(choose SANDBOXD_WORKERS 2)"
    # Renaming the host would make it another node.
    keep_setting SANDBOXD_NODE "$(choose SANDBOXD_NODE "$(uname -n)")"
    # Whatever else of ours was given; but for what is about building.
    for name in PREVIEW_TLS "${!SANDBOXD_@}"; do
        case $name in SANDBOXD_AGENTS | SANDBOXD_IMAGE_ARCHIVE | SANDBOXD_EDGE_BIND) continue ;; esac
        [ -z "${!name+set}" ] || keep_setting "$name" "${!name}"
    done
    # Kept apart from the data that it opens; data that has a key of its own keeps that.
    [ -f "$data/secrets.key" ] || keep_secret SANDBOXD_SECRETS_KEY
}

# need_image: of the sandboxes, in the engine. SANDBOXD_IMAGE_ARCHIVE is one that was made elsewhere;
# else it is built here, which takes npm.
need_image() {
    if [ -n "${SANDBOXD_IMAGE_ARCHIVE:-}" ]; then
        say "loading $SANDBOXD_IMAGE_ARCHIVE"
        docker load -q -i "$SANDBOXD_IMAGE_ARCHIVE" >/dev/null || die "the engine refused the image; is its disk full?"
    elif ! docker image inspect "sandboxd-base:$version" >/dev/null 2>&1 || ! is_release; then
        install_packages npm=npm
        scripts/image >/dev/null
    fi
}

# keep_uninstaller: so that removing needs neither a clone nor a release.
keep_uninstaller() {
    install -d -m 0755 "$home/scripts/lib"
    install -m 0755 "$root/scripts/uninstall.sh" "$home/scripts/"
    install -m 0644 "$root"/scripts/lib/*.sh "$home/scripts/lib/"
    echo "$kind" >"$home/KIND"
    echo "$version" >"$home/VERSION"
}

wait_ready() {
    local left=$READY_SECONDS at
    at=$(setting SANDBOXD_API_BIND)
    say "waiting until it is ready"
    until curl -fsS -o /dev/null --max-time 5 "http://$at/readyz" 2>/dev/null; do
        left=$((left - 1))
        [ "$left" -gt 0 ] ||
            die "not ready: $(curl -sS --max-time 5 "http://$at/readyz" 2>&1); see: $("${kind}_logs")"
        sleep 1
    done
}

# shown_port: as in preview URLs, with its colon, or nothing.
shown_port() {
    local port tls
    port=$(setting SANDBOXD_PUBLIC_HTTP_PORT)
    port=${port:-$(setting HTTP_PORT)}
    tls=$(setting PREVIEW_TLS)
    case $tls-$port in
    true-443 | -80 | false-80) ;;
    *) echo ":$port" ;;
    esac
}

print_token() {
    local shown=${settings%/*}/token-shown
    if [ ! -f "$data/token" ]; then
        echo "as set in SANDBOXD_API_TOKENS"
    elif [ -f "$shown" ]; then
        echo "unchanged; sudo cat $data/token"
    else
        echo "$(cat "$data/token")   (shown once; kept in $data/token)"
        touch "$shown"
    fi
}

# print_installation: the token is shown once.
print_installation() {
    local at scheme=http address
    at=$(setting SANDBOXD_API_BIND)
    [ "$(setting PREVIEW_TLS)" != true ] || scheme=https
    address=${PUBLIC_IP:-$(setting PREVIEW_DOMAIN | sed -n 's/^\([0-9]*\)-\([0-9]*\)-\([0-9]*\)-\([0-9]*\)\.sslip\.io$/\1.\2.\3.\4/p')}
    echo
    echo "  sandboxd $version runs."
    echo
    echo "  Previews  $scheme://s-<sandbox>-<port>.preview.$(setting PREVIEW_DOMAIN)$(shown_port)"
    echo "  Console   http://$at"
    echo "            from elsewhere: ssh -N -L ${at##*:}:$at ${SUDO_USER:-root}@${address:-<this host>}"
    echo "            then open http://127.0.0.1:${at##*:}, or put a proxy in front (docs/install.md)"
    echo "  API       http://$at/docs"
    echo "  Token     $(print_token)"
    echo "  Settings  $settings"
    echo "  Logs      $("${kind}_logs")"
    echo "  Upgrade   scripts/install.sh of the newer version"
    echo "  Remove    $home/scripts/uninstall.sh           (keeps the data; --purge removes it too)"
    echo
    ! command -v ufw >/dev/null || ! ufw status 2>/dev/null | grep -q '^Status: active' ||
        say "ufw is active here: previews need 'ufw allow $(setting HTTP_PORT)/tcp'"
}
