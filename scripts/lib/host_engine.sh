# shellcheck shell=bash
# The host's Docker engine: used if it runs, started if it is only installed, installed if it is
# missing. Needs say.sh and install_packages.sh.

readonly ENGINE_TENTHS=300
host_engine_pid=

host_engine_answers() { timeout 5 docker version >/dev/null 2>&1; }

# Says what would be installed and asks, unless told not to.
confirm_missing() {
    local yes=$1 pair missing=() answer
    # Rust brings no linker, and SQLite is compiled from C.
    local -r needed=(curl=curl npm=npm cc=build-essential)
    for pair in docker=docker.io "${needed[@]}"; do
        command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "missing, to be installed with apt: ${missing[*]}"
    if [ "$yes" = false ]; then
        [ -t 0 ] || die "nobody can be asked here; run scripts/up --yes"
        read -r -p "Install them? [y/N] " answer
        [ "$answer" = y ] || [ "$answer" = Y ] || die "nothing was changed"
    fi
    command -v docker >/dev/null || install_docker
    install_packages "${needed[@]}"
}

ensure_host_engine() {
    host_engine_answers && return
    [ -z "${DOCKER_HOST:-}" ] || die "no engine answers at DOCKER_HOST=$DOCKER_HOST"
    install_docker
    install_packages iptables=iptables
    if [ -d /run/systemd/system ]; then
        say "starting Docker"
        systemctl start docker || die "Docker doesn't start; see: journalctl -u docker"
    else
        say "starting Docker: there is none, and no systemd that would"
        # The hard limit on open files is the host's: a larger one makes containers fail.
        ulimit -S -n "$(ulimit -H -n)"
        setsid dockerd >"$SANDBOXD_DATA_DIR/logs/dockerd.log" 2>&1 </dev/null 8>&- &
        host_engine_pid=$!
    fi
    local left=$ENGINE_TENTHS
    until host_engine_answers; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || die "Docker doesn't answer; see $SANDBOXD_DATA_DIR/logs/dockerd.log"
        sleep 0.1
    done
}

# Stops the engine if this script started it.
stop_host_engine() {
    [ -n "$host_engine_pid" ] || return 0
    say "stopping Docker, which was started here"
    kill -TERM "$host_engine_pid" 2>/dev/null || true
    wait "$host_engine_pid" 2>/dev/null || true
}
