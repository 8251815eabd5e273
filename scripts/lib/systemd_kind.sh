# shellcheck shell=bash
# An installation as systemd units. Needs say.sh and settings_file.sh; `root` is the repository or an
# unpacked release, `home` where programs go, `settings` the file of settings, `data` the data
# directory.
# shellcheck disable=SC2154  # those are the caller's

readonly UNIT_FOLDER=/etc/systemd/system
readonly UNITS=(sandboxd.target sandboxd-api.service sandboxd-gateway.service sandboxd-worker@.service)
readonly ADMIN=/usr/local/bin/sandboxd-admin CTL=/usr/local/bin/sandboxctl

# systemd_user: of API and gateway. Files of an installation that ran as root become its own.
systemd_user() {
    getent passwd sandboxd >/dev/null ||
        useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin sandboxd
    install -d -m 0700 -o sandboxd -g sandboxd "$data"
    find "$data" -maxdepth 1 -type f -exec chown sandboxd:sandboxd {} +
}

# A file that runs is replaced, never written to.
systemd_programs() {
    local program
    install -d -m 0755 "$home/bin"
    for program in "$binaries"/*; do
        install -m 0755 "$program" "$home/bin/${program##*/}.new"
        mv -T "$home/bin/${program##*/}.new" "$home/bin/${program##*/}"
    done
}

systemd_units() {
    local unit
    for unit in "${UNITS[@]}"; do
        install -m 0644 "$root/deploy/systemd/$unit" "$UNIT_FOLDER/$unit"
    done
    install -m 0755 "$root/deploy/systemd/sandboxd-admin" "$ADMIN"
    ln -sfT "$home/bin/sandboxctl" "$CTL"
    systemctl daemon-reload
}

# systemd_workers <count>: that many, and none that an earlier installation had beyond them.
systemd_workers() {
    local unit number
    for unit in $(systemctl list-units --all --plain --no-legend 'sandboxd-worker@*' | cut -d' ' -f1); do
        number=${unit#*@}
        number=${number%.service}
        [[ $number =~ ^[0-9]+$ && $number -gt $1 ]] || continue
        systemctl --quiet disable --now "$unit"
    done
    for number in $(seq "$1"); do systemctl --quiet enable "sandboxd-worker@$number"; done
}

# systemd_prepare: the programs and the image; built here unless this is a release.
systemd_prepare() {
    binaries=$root/bin
    if ! is_release; then
        need_rust
        # Rust brings no linker, and SQLite is compiled from C.
        install_packages cc=build-essential
        need_node
        say "building (the first time takes some minutes)"
        console_build
        cargo build --quiet --release --locked -p sandboxd-api -p sandboxd-worker -p sandboxd-cli ||
            die "it doesn't build; see above"
    fi
    need_image
    is_release || gather_programs
}

# gather_programs: what was built, in one folder. sandbox-init is the image's own, which needs no
# libraries of this host.
gather_programs() {
    binaries=$root/target/programs
    install -D -m 0755 -t "$binaries" target/release/{sandboxd-api,sandboxd-worker,sandboxctl} \
        target/static/x86_64-unknown-linux-gnu/release/sandbox-init
}

systemd_install() {
    say "installing programs in $home and units in $UNIT_FOLDER"
    systemd_user
    systemd_programs
    systemd_units
    systemctl --quiet enable sandboxd.target sandboxd-api sandboxd-gateway
    systemd_workers "$(setting SANDBOXD_WORKERS)"
    # Restart also starts; workers hand back what they have under way.
    systemctl restart sandboxd-api sandboxd-gateway 'sandboxd-worker@*' || die "it doesn't start; see: $(systemd_logs)"
    systemctl start sandboxd.target
}

systemd_uninstall() {
    local unit
    systemctl --quiet disable --now sandboxd.target 2>/dev/null || true
    for unit in $(systemctl list-units --all --plain --no-legend 'sandboxd-*' | cut -d' ' -f1); do
        systemctl --quiet disable --now "$unit" 2>/dev/null || true
    done
    if [ -x "$home/bin/sandboxd-worker" ]; then
        SANDBOXD_NETWORK=$network "$home/bin/sandboxd-worker" --remove-firewall >/dev/null ||
            say "the firewall rules are still there; restart the host or run iptables by hand"
    fi
    for unit in "${UNITS[@]}"; do rm -f "$UNIT_FOLDER/$unit"; done
    find "$UNIT_FOLDER/sandboxd.target.wants" -name 'sandboxd-*' -delete 2>/dev/null || true
    rmdir "$UNIT_FOLDER/sandboxd.target.wants" 2>/dev/null || true
    rm -f "$ADMIN" "$CTL"
    systemctl daemon-reload
    systemctl reset-failed 'sandboxd-*' 2>/dev/null || true
}

systemd_logs() { echo "journalctl -u 'sandboxd-*'"; }
