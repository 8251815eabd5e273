# shellcheck shell=bash
# A Docker engine of our own, for tests: in a network namespace of its own, with all that it writes
# in one folder. Needs say.sh. `dir` is that folder, absolute.
# shellcheck disable=SC2154  # which is the caller's

engine_name() { echo "sandboxd-$(printf %s "$dir" | sha256sum | cut -c1-8)"; }
engine_host() { echo "unix://$dir/docker.sock"; }
engine_answers() { timeout 5 docker -H "$(engine_host)" version >/dev/null 2>&1; }

# engine_pid: of the daemon, if the process that the file names is one and is this one.
engine_pid() {
    local pid
    pid=$(cat "$dir/dockerd.pid" 2>/dev/null) || return 1
    engine_owns "$pid" && echo "$pid"
}

# engine_owns <pid>: whether that is a program of the engine's with a path in our folder.
engine_owns() {
    case $(cat "/proc/$1/comm" 2>/dev/null) in
    dockerd | containerd | containerd-shim*) ;;
    *) return 1 ;;
    esac
    tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | grep -q -F -- "$dir/exec"
}

# Everything of this engine that runs: the daemon, what it started, and the containers, which
# nothing but their cgroup tells from other processes once their shim is gone.
engine_processes() {
    local pid
    for pid in /proc/[0-9]*; do
        pid=${pid#/proc/}
        if engine_owns "$pid"; then echo "$pid"; fi
    done
    find /sys/fs/cgroup -path "*/$(engine_name)/*" -name cgroup.procs -exec cat {} + 2>/dev/null |
        sort -u
}

engine_gone() { [ -z "$(engine_processes)" ]; }

# Ends what is left of the engine, however it ended, and takes its mounts away.
engine_clear() {
    local mount pids
    pids=$(engine_processes)
    # shellcheck disable=SC2086  # a list
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || true
    wait_until 50 engine_gone || die "these don't end: $(engine_processes | paste -sd' ')"
    # Deepest first; a mount can cover another.
    awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r mount; do umount -l "$mount" 2>/dev/null || true; done
    find /sys/fs/cgroup -depth -type d -path "*/$(engine_name)*" -exec rmdir {} + 2>/dev/null || true
    rm -f "$dir/dockerd.pid" "$dir/docker.sock"
    rm -rf --one-file-system "$dir/exec"
}
