//! Which address a new sandbox gets: one that no other sandbox of the node has, stopped ones
//! included, and not the one that was given back last.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use sandboxd_shared::ids::SandboxId;

/// The network's own address, the host's (the first), and the broadcast address are nobody's.
pub(super) fn is_usable(subnet: Ipv4Net, address: Ipv4Addr) -> bool {
    let first = u32::from(subnet.network()).saturating_add(1);
    subnet.contains(&address)
        && u32::from(address) > first
        && u32::from(address) < u32::from(subnet.broadcast())
}

/// The first free one from a place that depends on the sandbox.
pub(super) fn pick(
    subnet: Ipv4Net,
    taken: &HashSet<Ipv4Addr>,
    sandbox: SandboxId,
) -> Option<Ipv4Addr> {
    let first = u32::from(subnet.network()).checked_add(2)?;
    let count = u32::from(subnet.broadcast()).checked_sub(first)?;
    let hash = blake3::hash(sandbox.to_string().as_bytes());
    let start = u32::from_le_bytes(hash.as_bytes()[..4].try_into().ok()?).checked_rem(count)?;
    (0..count)
        .map(|step| Ipv4Addr::from(first + (start + step) % count))
        .find(|address| !taken.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_is_used_to_its_last_address_and_no_further() {
        let subnet: Ipv4Net = "10.1.0.0/28".parse().unwrap();
        let mut taken = HashSet::new();
        for _ in 0..13 {
            let address = pick(subnet, &taken, SandboxId::generate()).unwrap();
            assert!(is_usable(subnet, address), "{address}");
            assert!(taken.insert(address));
        }
        assert_eq!(pick(subnet, &taken, SandboxId::generate()), None);
        for nobodys in ["10.1.0.0", "10.1.0.1", "10.1.0.15", "10.2.0.2"] {
            assert!(!is_usable(subnet, nobodys.parse().unwrap()), "{nobodys}");
        }
        let none = HashSet::new();
        assert_eq!(pick("10.1.0.0/31".parse().unwrap(), &none, SandboxId::generate()), None);
    }
}
