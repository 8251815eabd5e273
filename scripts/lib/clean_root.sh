# shellcheck shell=bash
# A fresh root as a container. Needs say.sh, wait_until.sh and clean_root_image.sh; `DOCKER_HOST` is set.
# shellcheck disable=SC2154  # clean_image comes from there

readonly CLEAN_NAME=sandboxd-clean-root-$$
readonly BOOT_TENTHS=300
slirp_pid=
unused=

# clean_root_up <command>...: runs it as process 1, with a network that leads out and disks of its
# own for what can't stand on overlayfs. Privileged but for what this host can't give.
clean_root_up() {
    local folder
    docker rm -f -v "$CLEAN_NAME" >/dev/null 2>&1 || true
    local options=(--name "$CLEAN_NAME" --hostname clean --network none --cgroupns host --env container=docker
        --cap-add ALL --security-opt seccomp=unconfined --security-opt apparmor=unconfined
        --security-opt systempaths=unconfined --device-cgroup-rule 'a *:* rwm'
        --tmpfs /run --tmpfs "/tmp:exec,mode=1777" --stop-signal SIGRTMIN+3)
    clean_root_cgroups
    has_all_capabilities || options+=(--cap-drop SYS_RESOURCE)
    for folder in /var/lib/docker /var/lib/containerd /var/lib/sandboxd /root; do options+=(--volume "$folder"); done
    [ -z "${SANDBOXD_IMAGE_ARCHIVE:-}" ] ||
        options+=(--volume "$(realpath "$SANDBOXD_IMAGE_ARCHIVE"):/image.tar:ro" --env SANDBOXD_IMAGE_ARCHIVE=/image.tar)
    [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || options+=(--env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt)
    [ -z "${RUST_FOLDERS:-}" ] || options+=(--volume "$HOME/.rustup:/root/.rustup:ro" --volume "$HOME/.cargo/bin:/root/.cargo/bin:ro")
    docker run --detach "${options[@]}" "$clean_image" "$@" >/dev/null
    clean_root_network
}

# The host's cgroups. Of version 1 each hierarchy by itself: systemd makes all others too, with folders
# beside these, and an engine of the host that finds those hears of no lack of memory any more.
clean_root_cgroups() {
    unused=$(unused_controllers)
    if ! mountpoint -q /sys/fs/cgroup/memory; then
        options+=(--volume /sys/fs/cgroup:/sys/fs/cgroup:rw)
        return
    fi
    options+=(--tmpfs /sys/fs/cgroup:mode=755)
    for folder in /sys/fs/cgroup/*; do
        ! mountpoint -q "$folder" || options+=(--volume "$folder:$folder:rw")
    done
}

# unused_controllers: those of version 1 that no hierarchy has.
unused_controllers() { awk '!/^#/ && $2 == 0 { print $1 }' /proc/cgroups; }

is_unused() { unused_controllers | grep -x "$1" >/dev/null; }

# What systemd has made of those goes again.
drop_hierarchies() {
    local controller place
    place=$(mktemp -d)
    for controller in $unused; do
        drop_hierarchy "$controller" "$place" || say "a cgroup hierarchy of $controller is left; see /proc/cgroups"
    done
    rmdir "$place"
}

# drop_hierarchy <controller> <folder to mount it on>: it lives until it is empty and mounted nowhere, and
# both, it and what was in it, end a moment later. Mounting it sooner makes it anew.
drop_hierarchy() {
    for _ in 1 2 3 4 5; do
        ! wait_until 20 is_unused "$1" || return 0
        mount -t cgroup -o "$(with_others "$1")" none "$2" 2>/dev/null || continue
        find "$2" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null || true
        umount "$2"
    done
    wait_until 20 is_unused "$1"
}

# with_others <controller>: and those that are in one hierarchy with it, as net_cls,net_prio: one alone can't
# be mounted.
with_others() {
    awk -v one="$1" '{ of[$1] = $2 } END { for (name in of) if (of[name] == of[one]) print name }' /proc/cgroups |
        paste -sd,
}

# Whether this process could have every capability there is.
has_all_capabilities() {
    local bits last
    bits=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
    last=$(cat /proc/sys/kernel/cap_last_cap)
    [ $((16#$bits)) = $(((1 << (last + 1)) - 1)) ]
}

# Out through this host, by a program: no rule or route of this host changes.
clean_root_network() {
    local pid
    [ -z "$slirp_pid" ] || kill "$slirp_pid" 2>/dev/null || true
    pid=$(docker inspect -f '{{.State.Pid}}' "$CLEAN_NAME")
    slirp4netns --configure --mtu=1400 --disable-host-loopback "$pid" tap0 >/dev/null 2>&1 9>&- &
    slirp_pid=$!
    wait_until 100 has_address "$pid" || die "slirp4netns gives the root no network"
    inside 'echo "nameserver 10.0.2.3" >/etc/resolv.conf'
}

has_address() { nsenter --target "$1" --net -- ip addr show tap0 2>/dev/null | grep 'inet ' >/dev/null; }

# inside <line>: in the root, as its administrator.
inside() { docker exec --workdir /root "$CLEAN_NAME" bash -ec "$1"; }

# Degraded is what it may be in a container: it can't load modules.
booted() { [[ $(docker exec "$CLEAN_NAME" systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]; }

# clean_root_boot: with systemd as process 1, whose newer versions (256) want to be told that they may use
# cgroups of version 1.
clean_root_boot() {
    clean_root_up /sbin/init SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
    clean_root_wait
}

clean_root_wait() {
    wait_until "$BOOT_TENTHS" booted || die "systemd doesn't come up in the root; see: docker logs $CLEAN_NAME"
}

clean_root_reboot() {
    docker restart --time 60 "$CLEAN_NAME" >/dev/null
    clean_root_network
    clean_root_wait
}

# What is known when something went wrong.
clean_root_state() { inside 'journalctl --no-pager --output cat --lines 40 --unit "sandboxd-*"' >&2 2>/dev/null || true; }

clean_root_down() {
    [ -z "$slirp_pid" ] || kill "$slirp_pid" 2>/dev/null || true
    docker rm -f -v "$CLEAN_NAME" >/dev/null 2>&1 || true
    drop_hierarchies
}
