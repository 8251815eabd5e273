#!/bin/sh
# Turns a plain Debian bookworm root into the root of sandboxd-base: tools, Node, the sandbox user.
# Runs as root inside the new root (a Dockerfile RUN, or the chroot of mmdebstrap) and knows
# nothing of which of the two it is. Usage: provision.sh <dir with packages/ and certs/>
set -eu

inputs=$1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

install_debian_packages() {
    apt-get -q update
    apt-get -q -y --no-install-recommends install \
        ca-certificates curl git less procps python3 python3-venv ripgrep
}

# Certificates of the site that builds the image, for hosts where HTTPS passes an inspecting
# proxy. Harmless where there are none.
trust_site_certificates() {
    for cert in "$inputs"/certs/*.crt; do
        [ -f "$cert" ] || continue
        install -m 0644 "$cert" /usr/local/share/ca-certificates/
    done
    update-ca-certificates
}

# Unpacks one npm tarball, whose files all stand below `package/`.
unpack() {
    mkdir -p "$2"
    tar -xzf "$1" -C "$2" --strip-components=1 --no-same-owner
}

# Node comes as npm packages, since these reach every host that can build the templates. Headers
# and documents stay out: without a compiler in the image nothing could use them.
install_node() {
    modules=/usr/local/lib/node_modules
    unpack "$inputs/packages/node.tgz" /tmp/node
    install -m 0755 /tmp/node/bin/node /usr/local/bin/node
    install -D -m 0644 /tmp/node/LICENSE /usr/local/share/licenses/node
    rm -rf /tmp/node
    unpack "$inputs/packages/npm.tgz" "$modules/npm"
    unpack "$inputs/packages/pnpm.tgz" "$modules/pnpm"
    rm -rf "$modules/npm/docs" "$modules/npm/man"
    link_script "$modules/npm/bin/npm-cli.js" npm
    link_script "$modules/npm/bin/npx-cli.js" npx
    link_script "$modules/pnpm/bin/pnpm.cjs" pnpm
    chmod -R u=rwX,go=rX "$modules"
    # The bundle of the system holds the site's certificates too; npm reads no other.
    mkdir -p /usr/local/etc
    printf '%s\n' cafile=/etc/ssl/certs/ca-certificates.crt update-notifier=false fund=false \
        audit=false >/usr/local/etc/npmrc
}

link_script() {
    chmod 0755 "$1"
    ln -sf "$1" "/usr/local/bin/$2"
}

add_user() {
    groupadd --gid 1000 sandbox
    useradd --uid 1000 --gid 1000 --home-dir /home/sandbox --create-home --shell /bin/bash \
        --skel /nonexistent sandbox
    mkdir -p /run/sandboxd /opt/sandboxd/templates
    chown sandbox:sandbox /run/sandboxd
    # An identity, so that people and agents can commit; their own one in the workspace wins.
    git config --system init.defaultBranch main
    git config --system user.name sandbox
    git config --system user.email sandbox@localhost
}

# A sandbox is no place to read manuals in; what is left out here is what makes the image large.
strip_root() {
    rm -rf /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian \
        /usr/share/bash-completion /usr/share/gitweb /usr/share/perl5/Pod /usr/share/git-core/contrib
    find /usr/lib/python3 /usr/lib/python3.* -name __pycache__ -prune -exec rm -rf {} +
    # The suid programs are of no use under no-new-privileges.
    find /usr -type f -perm /6000 -exec chmod a-s {} +
    apt-get clean
    rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /var/tmp/* /root/.npm /etc/machine-id \
        /var/lib/dbus/machine-id
}

install_debian_packages
trust_site_certificates
install_node
add_user
strip_root
test "$(node --version | cut -d. -f1)" = v22
npm --version
pnpm --version
git --version
