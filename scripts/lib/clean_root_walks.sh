# shellcheck shell=bash
# What is done in a fresh root. Needs say.sh and clean_root.sh; `root` is the repository.
# shellcheck disable=SC2016,SC2154  # lines are run there; that is the caller's

# What lines in the root may use.
readonly THERE='
so() { "$@" || { echo "not so: $*" >&2; exit 1; }; }
not_so() { ! "$@" || { echo "but: $*" >&2; exit 1; }; }
at=http://127.0.0.1:19090
api() { curl -fsS --max-time 60 -H "Authorization: Bearer $(cat /var/lib/sandboxd/token)" -H "Content-Type: application/json" -H "Prefer: wait=30" "$@"; }
preview() {
    local url
    url=$(api $at/v1/sandboxes/$(cat /root/sandbox) | jq -r .preview.url)
    so curl -fsS -o /dev/null --max-time 60 "$url"
}
kept() { so [ "$(api "$at/v1/sandboxes/$(cat /root/sandbox)/files/content?path=note.txt")" = kept ]; }
'

# timed <what> <command>...
timed() {
    local what=$1 begun=$SECONDS
    shift
    "$@"
    printf '  %-56s %5d s\n' "$what" $((SECONDS - begun))
}

there() { inside "$THERE$1"; }

# walk_up: the README's two commands. Rust is this host's, as rustup would have brought it.
walk_up() {
    RUST_FOLDERS=1 clean_root_up sleep infinity
    git bundle create --quiet "/tmp/$CLEAN_NAME.bundle" HEAD
    docker cp "/tmp/$CLEAN_NAME.bundle" "$CLEAN_NAME:/var/lib/sandboxd/sandboxd.bundle" >/dev/null
    rm "/tmp/$CLEAN_NAME.bundle"
    timed "git clone" there 'git -c advice.detachedHead=false clone --quiet /var/lib/sandboxd/sandboxd.bundle sandboxd'
    timed "sudo scripts/up --yes, until it is ready" there '
        cd sandboxd
        (code=0; setsid sudo scripts/up --yes >/root/up.log 2>&1 || code=$?; echo $code >/root/up.end) &
        until grep -q "Ctrl-C stops everything" /root/up.log 2>/dev/null; do
            [ ! -e /root/up.end ] || { cat /root/up.log; exit 1; }
            sleep 1
        done
        cat /root/up.log'
    timed "sudo scripts/demo" there 'cd sandboxd; so sudo scripts/demo'
    timed "Ctrl-C" there '
        for process in /proc/[0-9]*; do
            [ "$(tr "\0" " " <$process/cmdline 2>/dev/null)" != "bash scripts/up --yes " ] || kill -INT ${process#/proc/} 2>/dev/null
        done
        until [ -e /root/up.end ]; do sleep 0.2; done
        so [ "$(cat /root/up.end)" = 0 ]'
}

walk_systemd() {
    clean_root_boot
    install_walk "$1" systemd
    confined_walk
    low_port_walk
    timed "a reboot, until a sandbox has woken" reboot_walk
    remove_walk systemd
}

walk_compose() {
    clean_root_boot
    install_walk "$1" compose
    timed "a reboot, until a sandbox has woken" reboot_walk
    remove_walk compose
}

# install_walk <tarball> <kind>: twice, the second time with another setting.
install_walk() {
    docker cp "$1" "$CLEAN_NAME:/var/lib/sandboxd/release.tar.gz" >/dev/null
    there 'tar -xzf /var/lib/sandboxd/release.tar.gz; rm /var/lib/sandboxd/release.tar.gz; mv sandboxd-* release'
    there 'cd release; so sha256sum --quiet --check SHA256SUMS'
    timed "scripts/install.sh" there "cd release; so env ASSUME_YES=1 scripts/install.sh --kind $2"
    timed "the same again, with a domain" there 'cd release; so env ASSUME_YES=1 PREVIEW_DOMAIN=localhost scripts/install.sh'
    there 'so [ "$(stat -c %a /etc/sandboxd/sandboxd.env)" = 600 ]
        apt-get -q -y install jq python3 procps >/dev/null 2>&1
        app=$(api -d "{\"name\":\"Kept\"}" $at/v1/apps | jq -r .id)
        api -d "{\"template\":\"static\"}" $at/v1/apps/$app/sandbox | jq -r .id >/root/sandbox
        api -X PUT --data-binary kept "$at/v1/sandboxes/$(cat /root/sandbox)/files/content?path=note.txt" >/dev/null
        preview; kept'
    timed "scripts/demo" there 'cd release; so env SANDBOXD_API_BIND=127.0.0.1:19090 SANDBOXD_DATA_DIR=/var/lib/sandboxd scripts/demo >/root/demo.log'
    port_walk
}

# A port that is taken is named, with who has it, and nothing is changed.
port_walk() {
    there '
        python3 -m http.server 18999 >/dev/null 2>&1 & server=$!
        sleep 1; before=$(cat /etc/sandboxd/sandboxd.env)
        cd release
        if said=$(ASSUME_YES=1 HTTP_PORT=18999 scripts/install.sh 2>&1); then exit 1; fi
        kill $server
        so grep -q "port 18999, for previews, is taken by python3 (process $server).*HTTP_PORT" <<<"$said"
        so [ "$before" = "$(cat /etc/sandboxd/sandboxd.env)" ]'
}

# The API's user, where the API is, sees no workspace and replaces nothing that root works in.
confined_walk() {
    there '
        api=$(systemctl show -P MainPID sandboxd-api)
        as_api() { nsenter -t "$api" -m -- setpriv --reuid sandboxd --regid sandboxd --clear-groups "$@"; }
        so as_api test -w /var/lib/sandboxd/sandboxd.db
        for own in w l trash tmp run/s run/locks; do not_so as_api ls "/var/lib/sandboxd/$own/." 2>/dev/null; done
        for own in w l trash tmp run run/s run/locks; do
            not_so as_api mv "/var/lib/sandboxd/$own" "/var/lib/sandboxd/aside" 2>/dev/null
        done
        so [ "$(ps -o user= -p "$api")" = sandboxd ]
        so grep -q "^CapEff:.*0000000000000000$" "/proc/$api/status"'
}

# A host of sandboxd's own: from here on previews are on port 80, through a reboot, too.
low_port_walk() {
    timed "scripts/install.sh with HTTP_PORT=80" there '
        cd release
        so env ASSUME_YES=1 HTTP_PORT=80 scripts/install.sh
        so grep -qx "http://[^:/]*/" <<<"$(api $at/v1/sandboxes/$(cat /root/sandbox) | jq -r .preview.url)"
        preview
        so [ -z "$(ss -Hltn "sport = :18080")" ]
        so [ "$(ps -o user= -p "$(systemctl show -P MainPID sandboxd-gateway)")" = sandboxd ]'
}

reboot_walk() {
    clean_root_reboot
    there 'until curl -fsS -o /dev/null $at/readyz 2>/dev/null; do sleep 0.5; done; preview; kept'
}

# remove_walk <kind>: data outlives a removal, and not a purge; of the rest nothing is left, either time.
remove_walk() {
    timed "uninstall.sh" there 'so /opt/sandboxd/scripts/uninstall.sh --yes'
    nothing_left
    there 'so [ -f /var/lib/sandboxd/sandboxd.db ]; so [ -f /etc/sandboxd/sandboxd.env ]'
    timed "install.sh over the data" there "cd release; so env ASSUME_YES=1 scripts/install.sh --kind $1"
    there 'kept; preview; kept'
    timed "uninstall.sh --purge" there 'so /opt/sandboxd/scripts/uninstall.sh --yes --purge'
    nothing_left
    there 'so [ ! -e /etc/sandboxd ]; so [ -z "$(ls /var/lib/sandboxd 2>/dev/null)" ]
        not_so getent passwd sandboxd; so [ -z "$(docker images -q)" ]'
    timed "uninstall.sh once more" there 'so release/scripts/uninstall.sh --yes --purge'
}

nothing_left() {
    there '
        so [ ! -e /opt/sandboxd ]; so [ ! -e /usr/local/bin/sandboxd-admin ]; so [ ! -L /usr/local/bin/sandboxctl ]
        so [ -z "$(find /etc/systemd /run/systemd/system -name "sandboxd*" 2>/dev/null)" ]
        so [ -z "$(docker ps -aq)$(docker volume ls -q)" ]
        so [ "$(docker network ls --format "{{.Name}}" | sort | paste -sd" ")" = "bridge host none" ]
        so [ -z "$(iptables-save | grep -iE "sandboxd|sbx")" ]
        so [ -z "$(ss -Hltn "sport = :80 or sport = :18080 or sport = :19090")" ]'
}
