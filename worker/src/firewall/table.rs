//! The filter table as iptables-save prints it: compared with what is wanted, and the shortest text
//! for iptables-restore that makes it so in one step.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ruleset::Ruleset;

/// What our jumps begin with, whichever bridge they are of.
const OURS: &str = "-j SBX-";
/// A chain by the name of an address: this many hexadecimal digits.
const ADDRESS_DIGITS: usize = 8;

/// Chains with their rules, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table(BTreeMap<String, Vec<String>>);

impl Table {
    /// Reads what iptables-save has printed.
    pub(super) fn parse(text: &str) -> Self {
        let mut chains: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            if let Some(chain) = line.strip_prefix(':') {
                let name = chain.split(' ').next().unwrap_or_default();
                chains.entry(name.to_owned()).or_default();
            } else if let Some((chain, rule)) =
                line.strip_prefix("-A ").and_then(|rest| rest.split_once(' '))
            {
                chains.entry(chain.to_owned()).or_default().push(rule.trim_end().to_owned());
            }
        }
        Self(chains)
    }

    pub(super) fn has_chain(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Where packets that are forwarded have to be caught as well: Docker's jump to `DOCKER-USER`
    /// is gone if somebody has emptied FORWARD.
    fn skips_docker_user(&self) -> bool {
        let rules = self.0.get("FORWARD").map(Vec::as_slice).unwrap_or_default();
        let first = rules.iter().find(|rule| !rule.contains(OURS));
        first.is_none_or(|rule| rule != "-j DOCKER-USER")
    }

    fn hooks(&self, wanted: &Ruleset) -> Vec<(&'static str, String)> {
        let mut hooks = wanted.hooks.clone();
        if self.skips_docker_user() {
            let forwarded = wanted.hooks.iter().filter(|(parent, _)| *parent == "DOCKER-USER");
            hooks.extend(forwarded.map(|(_, rule)| ("FORWARD", rule.clone())));
        }
        hooks
    }

    /// The first difference to what is wanted, in words for a log.
    pub(super) fn difference(&self, wanted: &Ruleset) -> Option<String> {
        for (name, rules) in &wanted.chains {
            match self.0.get(name) {
                None => return Some(format!("chain {name} is missing")),
                Some(found) if found != rules => return Some(format!("chain {name} differs")),
                Some(_) => {}
            }
        }
        if let Some(stale) = self.stale(wanted).next() {
            return Some(format!("chain {stale} is left over"));
        }
        self.hooks(wanted).iter().find_map(|(parent, rule)| {
            let rules = self.0.get(*parent).map(Vec::as_slice).unwrap_or_default();
            // Nothing but other jumps of ours may come before: it could let a packet through.
            let leads = rules.iter().take_while(|found| found.contains(OURS));
            let (leading, all) = (count(leads, rule), count(rules.iter(), rule));
            (leading != 1 || all != 1).then(|| format!("{parent} does not begin with {rule}"))
        })
    }

    /// The input of `iptables-restore --noflush` that makes it as wanted. It is applied whole or
    /// not at all.
    pub(super) fn change(&self, wanted: &Ruleset) -> String {
        let mut text = "*filter\n".to_owned();
        // Declaring a chain makes it, or empties it.
        for name in wanted.chains.keys() {
            let _ = writeln!(text, ":{name} - [0:0]");
        }
        self.unhook(&wanted.prefix, &mut text);
        for (name, rules) in &wanted.chains {
            for rule in rules {
                let _ = writeln!(text, "-A {name} {rule}");
            }
        }
        for (parent, rule) in self.hooks(wanted).iter().rev() {
            let _ = writeln!(text, "-I {parent} 1 {rule}");
        }
        self.delete(self.stale(wanted), &mut text);
        text + "COMMIT\n"
    }

    /// The input that takes away everything of ours; none if there is nothing.
    pub(super) fn removal(&self, prefix: &str) -> Option<String> {
        let ours: Vec<&String> = self.0.keys().filter(|name| is_ours(name, prefix)).collect();
        let mut text = "*filter\n".to_owned();
        self.unhook(prefix, &mut text);
        if ours.is_empty() {
            return None;
        }
        self.delete(ours.into_iter(), &mut text);
        Some(text + "COMMIT\n")
    }

    /// Chains of ours that nothing wants any more.
    fn stale<'a>(&'a self, wanted: &'a Ruleset) -> impl Iterator<Item = &'a String> + Clone {
        self.0
            .keys()
            .filter(|name| is_ours(name, &wanted.prefix) && !wanted.chains.contains_key(*name))
    }

    fn unhook(&self, prefix: &str, text: &mut String) {
        for (parent, rules) in self.0.iter().filter(|(name, _)| !is_ours(name, prefix)) {
            for rule in rules {
                let target = rule.rsplit(' ').next().unwrap_or_default();
                if is_ours(target, prefix) {
                    let _ = writeln!(text, "-D {parent} {rule}");
                }
            }
        }
    }

    #[expect(clippy::unused_self, reason = "of one family with the rest")]
    fn delete<'a>(&self, chains: impl Iterator<Item = &'a String> + Clone, text: &mut String) {
        for name in chains.clone() {
            let _ = writeln!(text, "-F {name}");
        }
        for name in chains {
            let _ = writeln!(text, "-X {name}");
        }
    }
}

fn count<'a>(rules: impl Iterator<Item = &'a String>, wanted: &str) -> usize {
    rules.filter(|rule| *rule == wanted).count()
}

/// Whether a chain is of this bridge: another's name may begin with this one's.
fn is_ours(chain: &str, prefix: &str) -> bool {
    chain.strip_prefix(prefix).is_some_and(|rest| {
        matches!(rest, "IN" | "FW" | "GR" | "NO")
            || (rest.len() == ADDRESS_DIGITS && rest.bytes().all(|c| c.is_ascii_hexdigit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKER: &str = ":INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n";

    fn wanted() -> Ruleset {
        Ruleset {
            prefix: "SBX-b-".to_owned(),
            chains: BTreeMap::from([
                ("SBX-b-IN".to_owned(), vec!["-j DROP".to_owned()]),
                ("SBX-b-FW".to_owned(), vec!["-j DROP".to_owned()]),
            ]),
            hooks: vec![
                ("INPUT", "-i b -j SBX-b-IN".to_owned()),
                ("DOCKER-USER", "-i b -j SBX-b-FW".to_owned()),
            ],
        }
    }

    fn table(rules: &str) -> Table {
        Table::parse(&format!("*filter\n{DOCKER}{rules}COMMIT\n"))
    }

    const GOOD: &str = ":SBX-b-IN - [0:0]\n:SBX-b-FW - [0:0]\n-A INPUT -i b -j SBX-b-IN\n\
        -A INPUT -j ACCEPT\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -i c -j SBX-c-FW\n\
        -A DOCKER-USER -i b -j SBX-b-FW\n-A DOCKER-USER -j RETURN\n-A SBX-b-IN -j DROP\n\
        -A SBX-b-FW -j DROP\n";

    #[test]
    fn what_is_wanted_is_recognised() {
        assert_eq!(table(GOOD).difference(&wanted()), None);
    }

    #[test]
    fn every_way_to_be_wrong_is_seen() {
        for (from, to) in [
            ("-A INPUT -i b -j SBX-b-IN\n", ""),
            // Behind a rule that lets all through.
            (
                "-A INPUT -i b -j SBX-b-IN\n-A INPUT -j ACCEPT\n",
                "-A INPUT -j ACCEPT\n-A INPUT -i b -j SBX-b-IN\n",
            ),
            (
                "-A INPUT -i b -j SBX-b-IN\n",
                "-A INPUT -i b -j SBX-b-IN\n-A INPUT -i b -j SBX-b-IN\n",
            ),
            ("-A SBX-b-IN -j DROP\n", ""),
            ("-A SBX-b-FW -j DROP\n", "-A SBX-b-FW -j RETURN\n-A SBX-b-FW -j DROP\n"),
            (":SBX-b-FW - [0:0]\n", ":SBX-b-FW - [0:0]\n:SBX-b-0ad50003 - [0:0]\n"),
            ("-A DOCKER-USER -i b -j SBX-b-FW\n", ""),
            ("-A FORWARD -j DOCKER-USER\n", ""),
            ("-A FORWARD -j DOCKER-USER\n", "-A FORWARD -j ACCEPT\n-A FORWARD -j DOCKER-USER\n"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let found = table(&GOOD.replacen(from, to, 1));
            assert!(found.difference(&wanted()).is_some(), "{from:?} → {to:?} was not seen");
        }
    }

    #[test]
    fn a_change_puts_ours_first_and_leaves_others_alone() {
        let found = table(
            ":SBX-b-0ad50003 - [0:0]\n:SBX-b-c-IN - [0:0]\n-A INPUT -j ACCEPT\n\
             -A INPUT -i b -j SBX-b-IN\n-A INPUT -i b-c -j SBX-b-c-IN\n-A FORWARD -j DOCKER-USER\n",
        );
        let change = found.change(&wanted());
        assert_eq!(
            change,
            "*filter\n:SBX-b-FW - [0:0]\n:SBX-b-IN - [0:0]\n-D INPUT -i b -j SBX-b-IN\n\
             -A SBX-b-FW -j DROP\n-A SBX-b-IN -j DROP\n-I DOCKER-USER 1 -i b -j SBX-b-FW\n\
             -I INPUT 1 -i b -j SBX-b-IN\n-F SBX-b-0ad50003\n-X SBX-b-0ad50003\nCOMMIT\n"
        );
    }

    #[test]
    fn an_emptied_forward_chain_is_hooked_itself() {
        let found = table(&GOOD.replace("-A FORWARD -j DOCKER-USER\n", ""));
        assert!(found.change(&wanted()).contains("-I FORWARD 1 -i b -j SBX-b-FW\n"));
        let hooked =
            table(&GOOD.replace("-A FORWARD -j DOCKER-USER\n", "-A FORWARD -i b -j SBX-b-FW\n"));
        assert_eq!(hooked.difference(&wanted()), None);
    }

    #[test]
    fn a_removal_leaves_nothing_of_this_bridge() {
        let removal = table(GOOD).removal("SBX-b-").unwrap();
        assert_eq!(
            removal,
            "*filter\n-D DOCKER-USER -i b -j SBX-b-FW\n-D INPUT -i b -j SBX-b-IN\n\
             -F SBX-b-FW\n-F SBX-b-IN\n-X SBX-b-FW\n-X SBX-b-IN\nCOMMIT\n"
        );
        assert_eq!(table("").removal("SBX-b-"), None);
    }
}
