//! Where the time goes: what each kind of work took, and who computed meanwhile.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::{
    figure::{align, sheet, short},
    postgres::Database,
    process::{self, Cpu},
    stats::rate,
    suite::Suite,
};

/// By whom processor time is told apart, in the order of the table.
const WHO: [&str; 6] = [
    "postgres",
    "message-state",
    "ingestion",
    "reporting",
    "export",
    "bench",
];

/// Everything under way that is watched.
pub(crate) struct Running<'a> {
    /// The services.
    pub(crate) suite: &'a Suite,
    /// Their database.
    pub(crate) database: &'a Database,
}

impl Running<'_> {
    /// What everybody computed so far.
    pub(crate) fn cpu(&self) -> Cpu {
        let mut cpu = self.suite.cpu();
        cpu.0
            .insert("postgres", self.database.cpu().unwrap_or_default());
        cpu.0.insert("bench", process::seconds(std::process::id()));
        cpu
    }

    /// Waits until the work that answers left behind is done: webhooks in the inbox, changes that are not folded.
    pub(crate) async fn caught_up(&self) -> Result<()> {
        self.database.folded().await
    }
}

#[derive(Debug, Default, Clone)]
struct Phase {
    events: usize,
    seconds: f64,
    answered: f64,
    cpu: Cpu,
}

/// The kinds of work done, each summed over its repetitions.
#[derive(Debug, Default)]
pub(crate) struct Phases(BTreeMap<&'static str, Phase>);

impl Phases {
    /// Adds a repetition: its events, after how many seconds the last was answered and after how many everything was
    /// done, and what was computed.
    pub(crate) fn add(
        &mut self,
        name: &'static str,
        events: usize,
        (answered, seconds): (f64, f64),
        cpu: &Cpu,
    ) {
        let phase = self.0.entry(name).or_default();
        phase.events += events;
        phase.seconds += seconds;
        phase.answered += answered;
        phase.cpu.add(cpu);
    }

    /// As a table for people.
    pub(crate) fn table(&self) -> String {
        let mut header = vec!["work", "events", "events/s", "answered/s"];
        header.extend(WHO);
        let mut table = sheet(&header);
        for (name, phase) in &self.0 {
            let mut row = vec![
                (*name).to_owned(),
                short(rate(phase.events, 1.0)),
                short(rate(phase.events, phase.seconds)),
                short(rate(phase.events, phase.answered)),
            ];
            row.extend(WHO.map(|who| {
                let seconds = phase.cpu.0.get(who).copied().unwrap_or(0.0);
                short(seconds * 100_000.0 / rate(phase.events.max(1), 1.0))
            }));
            table.add_row(row);
        }
        align(&mut table, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        format!("{table}\nprocessor time in seconds for 100,000 events")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_add_up() {
        let mut phases = Phases::default();
        let cpu = Cpu(BTreeMap::from([("postgres", 1.0)]));
        phases.add("register", 20_000, (1.0, 2.0), &cpu);
        phases.add("register", 30_000, (2.0, 3.0), &cpu);
        let table = phases.table();
        let line = table.lines().find(|line| line.contains("register"));
        let cells: Vec<_> = line.unwrap().split_whitespace().collect();
        // 2 seconds for 50,000 events are 4 for 100,000.
        assert_eq!(
            &cells[..5],
            ["register", "50,000", "10,000", "16,667", "4.00"]
        );
    }
}
