# shellcheck shell=bash
# Which ports an installation takes, and whether they are free. Needs say.sh and settings_file.sh; `ss`
# is there.

readonly DEFAULT_HTTP_PORT=18080 DEFAULT_API_BIND=127.0.0.1:19090

# http_port: of previews. An address that is given has its port with it.
http_port() {
    if [ -n "${SANDBOXD_EDGE_BIND:-}" ]; then
        echo "${SANDBOXD_EDGE_BIND##*:}"
    else
        choose HTTP_PORT "$DEFAULT_HTTP_PORT"
    fi
}

# edge_bind: where previews are served. A port that is given moves the address that was kept.
edge_bind() {
    local kept
    kept=$(choose SANDBOXD_EDGE_BIND 0.0.0.0:)
    echo "${kept%:*}:$(http_port)"
}

api_bind() { choose SANDBOXD_API_BIND "$DEFAULT_API_BIND"; }

# port_holder <port>: the program that listens on it, with its process, as `nginx (process 812)`;
# nothing if nobody does.
port_holder() {
    local line name pid
    line=$(ss -H -l -t -n -p "sport = :$1" | head -n 1)
    [ -n "$line" ] || return 0
    name=$(sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1/p' <<<"$line")
    pid=$(sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\2/p' <<<"$line")
    if [ -n "$name" ]; then echo "$name (process $pid)"; else echo "another program"; fi
}

# port_is_ours <port>: whether what listens on it is of an earlier installation. `programs` is where
# those have their binaries.
# shellcheck disable=SC2154  # that is the caller's
port_is_ours() {
    local pid pids
    pids=$(ss -H -l -t -n -p "sport = :$1" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u)
    [ -n "$pids" ] || return 1
    for pid in $pids; do
        case $(readlink "/proc/$pid/exe") in
        # In a container it has the container's path.
        "$programs"/* | /usr/local/bin/sandboxd-api) ;;
        *) return 1 ;;
        esac
    done
}

# need_free_port <port> <what for> <variable>: dies if somebody else has it.
need_free_port() {
    local holder
    [[ $1 =~ ^[1-9][0-9]{0,4}$ && $1 -le 65535 ]] || die "$3: $1 is no port"
    holder=$(port_holder "$1")
    [ -n "$holder" ] || return 0
    ! port_is_ours "$1" || return 0
    die "port $1, for $2, is taken by $holder. Choose another with $3, or end that program"
}
