# shellcheck shell=bash
# An installation as containers, by compose.yaml. Needs say.sh, version.sh, settings_file.sh and
# installation.sh; `root` is the repository or an unpacked release, `home` where what runs later goes.
# shellcheck disable=SC2154  # those are the caller's

# Packages that have Compose, by the names of Debian 13, Ubuntu and Docker's own, then Debian 12.
readonly COMPOSE_PACKAGES=(docker-compose-v2 docker-compose-plugin docker-compose)
readonly COMPOSE_PROJECT=sandboxd

has_compose() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; }

need_compose() {
    local package
    for package in "${COMPOSE_PACKAGES[@]}"; do
        ! has_compose || return 0
        say "installing $package with apt"
        DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$package" >/dev/null 2>&1 || true
    done
    has_compose || die "Docker Compose is missing, and apt has none; install docker-compose-plugin"
}

# compose <folder of compose.yaml> <argument>...: with the installation's settings.
compose() {
    local program=(docker compose)
    docker compose version >/dev/null 2>&1 || program=(docker-compose)
    DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1 "${program[@]}" --project-name "$COMPOSE_PROJECT" \
        --env-file "$settings" --file "$1/compose.yaml" --project-directory "$1" "${@:2}"
}

# compose_prepare: the images. A release has the programs; a clone builds them in an image.
compose_prepare() {
    local bases=()
    need_compose
    keep_setting SANDBOXD_EDGE_ADDRESS "$(setting SANDBOXD_EDGE_BIND | sed 's/:[0-9]*$//')"
    if is_release; then
        install -D -m 0755 -t "$root/deploy/prebuilt" "$root"/bin/*
        export SANDBOXD_BINARIES=prebuilt
        [ -z "${SANDBOXD_IMAGE_ARCHIVE:-}" ] || bases=(runtime)
    fi
    export SANDBOXD_IMAGE_AGENTS=${SANDBOXD_AGENTS:-opencode}
    eval "$(scripts/bases "${bases[@]}")"
    say "building the images (the first time takes some minutes)"
    if [ -n "${SANDBOXD_IMAGE_ARCHIVE:-}" ]; then
        need_image
        compose "$root" build api worker >&2 || die "the images don't build; see above"
    else
        compose "$root" build >&2 || die "the images don't build; see above"
    fi
}

compose_install() {
    install -D -m 0644 "$root/compose.yaml" "$home/compose.yaml"
    say "starting the containers"
    compose "$home" up --detach --no-build --remove-orphans >&2 || die "the containers don't start; see above"
}

compose_uninstall() {
    [ -f "$home/compose.yaml" ] || return 0
    has_compose || die "Docker Compose is missing, which the installation was made with"
    compose "$home" run --rm --no-deps worker --remove-firewall >/dev/null 2>&1 ||
        say "the firewall rules are still there; restart the host or run iptables by hand"
    compose "$home" down --remove-orphans >&2
    [ "$purge" = false ] || docker images --format '{{.Repository}}:{{.Tag}}' \
        --filter reference=sandboxd-api --filter reference=sandboxd-worker |
        xargs -r -n 1 docker rmi >/dev/null 2>&1 || true
}

compose_logs() { echo "docker ps, docker logs sandboxd-api-1"; }
