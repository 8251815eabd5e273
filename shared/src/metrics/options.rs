//! Where a process shows its metrics.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use clap::Args;

/// Where, if anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsBind {
    /// Nothing is measured.
    Off,
    /// On this address, or on one of the next ports where it is taken.
    At(SocketAddr),
}

impl FromStr for MetricsBind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::At).map_err(|_| format!("{text:?} is no address:port, nor off"))
    }
}

/// The setting of all processes.
#[derive(Debug, Clone, Args)]
pub struct MetricsOptions {
    /// Where /metrics is served, or `off`. If the port is taken, the next that is free of 16 is
    /// used: several processes may have the same setting. If not given, they begin at port 9091 of
    /// 127.0.0.1 (API), 9092 (gateway) and 9093 (workers).
    #[arg(long, env = "SANDBOXD_METRICS_BIND")]
    pub metrics_bind: Option<MetricsBind>,
}

/// Which process this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// `sandboxd-api serve`
    Api,
    /// `sandboxd-api gateway`
    Gateway,
    /// `sandboxd-worker`
    Worker,
}

impl Process {
    /// As labels have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Gateway => "gateway",
            Self::Worker => "worker",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::Api => 9091,
            Self::Gateway => 9092,
            Self::Worker => 9093,
        }
    }
}

impl MetricsOptions {
    /// Where `process` is to listen, if at all.
    #[must_use]
    pub fn address(&self, process: Process) -> Option<SocketAddr> {
        match self.metrics_bind {
            Some(MetricsBind::Off) => None,
            Some(MetricsBind::At(address)) => Some(address),
            None => Some((Ipv4Addr::LOCALHOST, process.port()).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_has_a_port_of_its_own_unless_told() {
        let port = |bind: Option<&str>, process| {
            let metrics_bind = bind.map(|text| text.parse().unwrap());
            MetricsOptions { metrics_bind }.address(process).map(|address| address.to_string())
        };
        assert_eq!(port(None, Process::Api).unwrap(), "127.0.0.1:9091");
        assert_eq!(port(None, Process::Worker).unwrap(), "127.0.0.1:9093");
        assert_eq!(port(Some("10.0.0.1:80"), Process::Gateway).unwrap(), "10.0.0.1:80");
        assert_eq!(port(Some("off"), Process::Gateway), None);
        assert!("9091".parse::<MetricsBind>().is_err());
    }
}
