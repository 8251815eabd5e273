# shellcheck shell=bash
# Debian packages that a script can't do without. Needs say.sh.

# install_packages <program>=<package>...: installs the packages whose program is missing.
install_packages() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "install ${missing[*]} with this system's package manager"
    [ "$(id -u)" = 0 ] || die "missing: ${missing[*]}. Run: sudo apt-get install ${missing[*]}"
    say "installing ${missing[*]} with apt"
    DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}" \
        >/dev/null 2>&1 && return
    apt-get -q update >/dev/null || die "apt-get update failed: is a package mirror reachable?"
    DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}" \
        >/dev/null || die "apt-get couldn't install ${missing[*]}; see above"
}

# install_docker: the engine and its command, which Debian 13 has in a package of its own.
install_docker() {
    install_packages dockerd=docker.io
    install_packages docker=docker-cli
}
