//! Processes as the kernel sees them: what they computed, and what they hold in memory.

use std::{collections::BTreeMap, fs};

/// Ticks of a second in `/proc`, on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// Seconds computed so far, by who computed them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cpu(pub(crate) BTreeMap<&'static str, f64>);

impl Cpu {
    /// What was computed since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let differences = self.0.iter().map(|(name, seconds)| {
            let before = earlier.0.get(name).copied().unwrap_or(0.0);
            (*name, seconds - before)
        });
        Self(differences.collect())
    }

    /// The same with what another says.
    pub(crate) fn add(&mut self, other: &Self) {
        for (name, seconds) in &other.0 {
            *self.0.entry(name).or_default() += seconds;
        }
    }
}

/// What `/proc/<pid>/stat` says.
struct Stat {
    parent: u32,
    own: f64,
    /// Of children that ended.
    ended: f64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Fields are counted behind the command's name, which may hold anything.
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: (ticks(11)? + ticks(12)?) / TICKS,
            ended: (ticks(13)? + ticks(14)?) / TICKS,
        })
    }
}

/// The process that started another.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    Stat::read(pid).map(|stat| stat.parent)
}

/// Seconds that a process computed; 0 of one that is gone.
pub(crate) fn seconds(pid: u32) -> f64 {
    Stat::read(pid).map_or(0.0, |stat| stat.own)
}

/// Seconds that a process and its children computed, those that ended among them.
pub(crate) fn seconds_of_family(pid: u32) -> f64 {
    let Some(own) = Stat::read(pid) else {
        return 0.0;
    };
    let children = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Stat::read)
        .filter(|stat| stat.parent == pid);
    own.own + own.ended + children.map(|stat| stat.own).sum::<f64>()
}

/// MiB that a process holds: its own pages, and its part of those it shares.
pub(crate) fn memory(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// MiB that a process held at most since it began, those that it shares among them.
pub(crate) fn peak(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_is_read_behind_the_name() {
        let text = "42 (a) (b c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 9 0 1 2 3";
        let stat = Stat::parse(text).unwrap();
        assert_eq!(stat.parent, 7);
        assert!((stat.own - 2.0).abs() < 1e-9);
        assert!((stat.ended - 0.5).abs() < 1e-9);
        assert!(Stat::parse("no stat").is_none());
    }

    #[test]
    fn this_process_is_seen() {
        let pid = std::process::id();
        assert!(parent(pid).is_some());
        // Both grow while they are read, so what may not be more is read first.
        let held = memory(pid).unwrap();
        assert!(held > 0.1);
        assert!(peak(pid).unwrap() >= held);
        let computed = seconds(pid);
        assert!(seconds_of_family(pid) >= computed);
    }

    #[test]
    fn differences_are_by_name() {
        let at = |one, two| Cpu(BTreeMap::from([("one", one), ("two", two)]));
        let mut sum = at(3.0, 5.0).since(&at(1.0, 1.5));
        assert_eq!(sum, at(2.0, 3.5));
        sum.add(&at(1.0, 1.0));
        assert_eq!(sum, at(3.0, 4.5));
    }
}
