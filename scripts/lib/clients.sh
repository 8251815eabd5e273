# shellcheck shell=bash
# What the client packages' checks need: npm packages, and a Python environment. Needs say.sh,
# install_packages.sh, hash_inputs.sh and node.sh; `root` is the repository.
# shellcheck disable=SC2154  # that is the caller's

# npm_packages <folder>: what its package-lock.json says, and nothing of it runs at installation.
npm_packages() {
    local wanted mark=$root/$1/node_modules/.sandboxd
    wanted=$(hash_inputs "$root/$1/package-lock.json")
    [ "$(cat "$mark" 2>/dev/null)" != "$wanted" ] || return 0
    say "installing the packages of $1"
    npm ci --silent --ignore-scripts --no-audit --no-fund --prefix "$root/$1" >&2 ||
        die "npm ci failed in $1: is its registry reachable?"
    echo "$wanted" >"$mark"
}

# python_packages: what clients/python/requirements.txt pins, in .cache/clients-python.
python_packages() {
    local pins=$root/clients/python/requirements.txt env=$root/.cache/clients-python wanted
    wanted=$(sha256sum <"$pins")
    [ "$(cat "$env/pins" 2>/dev/null)" != "$wanted" ] || return 0
    install_packages python3=python3
    # No program tells of this package: Debian's Python comes without it.
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages ensurepip=python3-venv
    say "installing what clients/python is checked with"
    rm -rf "$env"
    mkdir -p "${env%/*}"
    python3 -m venv "$env"
    "$env/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins" ||
        die "pip couldn't install what clients/python needs: is its registry reachable?"
    echo "$wanted" >"$env/pins"
}
