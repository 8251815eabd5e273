# shellcheck shell=bash
# Schemathesis, pinned, in a Python environment of its own. Needs say.sh and install_packages.sh;
# `root` is the repository.
# shellcheck disable=SC2154  # that is the caller's

# need_schemathesis: installs it where the suite looks for it, unless it is there as pinned.
need_schemathesis() {
    local pins=$root/tests/schemathesis/requirements.txt env=$root/.cache/schemathesis wanted
    wanted=$(sha256sum <"$pins")
    [ "$(cat "$env/pins" 2>/dev/null)" != "$wanted" ] || return 0
    install_packages python3=python3
    # No program tells of this package: Debian's Python comes without it.
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages ensurepip=python3-venv
    say "installing schemathesis"
    rm -rf "$env"
    mkdir -p "${env%/*}"
    python3 -m venv "$env"
    "$env/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins" ||
        die "pip couldn't install schemathesis: is its registry reachable?"
    echo "$wanted" >"$env/pins"
}
