# shellcheck shell=bash
# The settings of an installation: a file of NAME=value lines, for root only. Needs say.sh.
# `settings` is the file.
# shellcheck disable=SC2154  # that is the caller's

# setting <name>: its value in the file; nothing if it isn't there.
setting() { [ ! -f "$settings" ] || sed -n "s/^$1=//p" "$settings" | tail -n 1; }

# choose <name> <default>: what the caller's environment says, else the file, else the default.
choose() {
    local kept
    if [ -n "${!1+set}" ]; then
        echo "${!1}"
        return
    fi
    kept=$(setting "$1")
    echo "${kept:-$2}"
}

# keep_setting <name> <value>: in the file, in place of an earlier value; all other lines stay.
keep_setting() {
    local fresh=$settings.new
    # What the shell, systemd and compose would read in different ways.
    [[ $2 =~ ^[A-Za-z0-9_./:,=@%+*-]*$ ]] || die "$1: $2 has characters that a settings file can't hold"
    install -d -m 0755 "$(dirname "$settings")"
    (
        umask 077
        { [ ! -f "$settings" ] || grep -v "^$1=" "$settings" || true; } >"$fresh"
        echo "$1=$2" >>"$fresh"
    )
    mv -T "$fresh" "$settings"
}

# keep_secret <name>: 32 random bytes as hex, unless the file has one already.
keep_secret() {
    [ -n "$(setting "$1")" ] || keep_setting "$1" "$(openssl rand -hex 32)"
}
