//! `acuse report funnel`: how far proactive sends came.

use acuse_proto::reporting::{
    FunnelStage, FunnelStep, GetFunnelRequest, GetFunnelResponse, ProactiveSends,
};

use super::{
    ask::{Ask, Asking, Client, Form},
    basis, columns, csv, look,
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{fitted, number, say, table},
};

/// Shows how far proactive sends (templates) came, step by step, in messages and in the tickets that they opened. Replies are a
/// share of what was delivered or replied to: not every reply has its delivery reported.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only individual sends: those that a user sent
    #[arg(long)]
    individual: bool,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    ask: Ask,
}

impl Args {
    /// Connects, and puts together what is asked for.
    pub(super) async fn asked(self) -> Result<(Asking, Form, GetFunnelRequest)> {
        let asking = self.ask.begin().await?;
        let request = GetFunnelRequest {
            question: Some(asking.question.clone()),
            sends: self.individual.then(|| ProactiveSends::Individual.into()),
        };
        Ok((asking, self.form, request))
    }
}

/// Shows the report.
pub(super) async fn run(args: Args) -> Result<()> {
    let (asking, form, request) = args.asked().await?;
    let answer = asking.get("get the funnel", request, Client::get_funnel);
    print(&answer.await?, &form)
}

/// Prints an answer.
pub(super) fn print(answer: &GetFunnelResponse, form: &Form) -> Result<()> {
    form.print("GetFunnelResponse", answer, lines, show)
}

fn lines(answer: &GetFunnelResponse) -> Result<()> {
    let of = |what: &str| {
        let share = columns::rate_names(&format!("{what}_share"));
        [what.to_owned()].into_iter().chain(share)
    };
    let header = ["stage".to_owned()].into_iter().chain(of("messages"));
    csv::line(header.chain(of("tickets")))?;
    for step in &answer.steps {
        let messages = columns::rate_cells(step.messages_share);
        let tickets = columns::rate_cells(step.tickets_share);
        let stage = [step.stage().word(), step.messages.to_string()].into_iter();
        let cells = stage.chain(messages).chain([step.tickets.to_string()]);
        csv::line(cells.chain(tickets))?;
    }
    Ok(())
}

fn show(answer: &GetFunnelResponse) -> Result<()> {
    let mut rests_on = answer.basis.clone().unwrap_or_default();
    let zone = basis::zone(&rests_on)?;
    say(&basis::heading(&rests_on, &zone))?;
    say(&format!("\n{}\n", steps(&answer.steps)))?;
    // That received messages are no sends is not worth a remark.
    rests_on
        .components
        .retain(|component| !component.not_applicable_by.iter().any(|by| by == "type"));
    let rates = answer.steps.iter().filter_map(|step| {
        let (rate, _) = measure(step.stage())?;
        Some((rate, step.messages_share))
    });
    basis::tell_remarks(&rests_on, rates, &zone)
}

/// Step by step: its messages as a bar beside all of them, and as a share of what the step is measured by.
fn steps(steps: &[FunnelStep]) -> String {
    let header = ["", "messages", "", "share", "", "tickets", "share"];
    let mut shown = table(&header, &[1, 3, 5, 6]);
    let all = steps.first().map_or(0, |step| step.messages).max(1);
    for step in steps {
        let share = |rate: Option<_>| rate.map_or_else(String::new, |rate| look::rate(Some(&rate)));
        let of = measure(step.stage()).map(|(_, of)| of);
        shown.add_row([
            step.stage().word(),
            number(step.messages),
            look::bar(step.messages as f64 / all as f64),
            share(step.messages_share),
            of.unwrap_or_default().to_owned(),
            number(step.tickets),
            share(step.tickets_share),
        ]);
    }
    fitted(shown, &[], 2)
}

/// Which rate a step's share is, and of what; the first step is measured by nothing.
fn measure(stage: FunnelStage) -> Option<(&'static str, &'static str)> {
    match stage {
        FunnelStage::Sent => Some(("sent_rate", "of all")),
        FunnelStage::Bounced => Some(("bounce_rate", "of all")),
        FunnelStage::Delivered => Some(("delivery_rate", "of sent")),
        FunnelStage::Read => Some(("read_rate", "of delivered")),
        FunnelStage::Replied => Some(("reply_rate", "of delivered")),
        FunnelStage::All | FunnelStage::Unspecified => None,
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::reporting::Rate;

    use super::*;

    fn step(stage: FunnelStage, messages: (i64, i64), tickets: (i64, i64)) -> FunnelStep {
        let rate = |(numerator, denominator): (i64, i64)| Rate {
            numerator,
            denominator,
            quotient: (denominator > 0).then(|| numerator as f64 / denominator as f64),
            ..Rate::default()
        };
        let has_share = stage != FunnelStage::All;
        FunnelStep {
            stage: stage.into(),
            messages: messages.0,
            messages_share: has_share.then(|| rate(messages)),
            tickets: tickets.0,
            tickets_share: has_share.then(|| rate(tickets)),
            ..FunnelStep::default()
        }
    }

    #[test]
    fn bars_are_of_all_and_shares_of_the_step_before() {
        let shown = steps(&[
            step(FunnelStage::All, (1_200, 0), (7, 0)),
            step(FunnelStage::Sent, (600, 1_200), (7, 7)),
            step(FunnelStage::Replied, (0, 600), (0, 0)),
        ]);
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        let expected = [
            "           messages                  share                  tickets    share",
            " all          1,200   ████████████                                7",
            " sent           600   ██████         50.0%   of all               7   100.0%",
            " replied          0                   0.0%   of delivered         0        -",
        ];
        assert_eq!([lines[0], lines[2], lines[3], lines[4]], expected);
    }

    #[test]
    fn every_step_but_the_first_has_a_measure() {
        let without: Vec<_> = FunnelStage::all()
            .filter(|stage| measure(*stage).is_none())
            .collect();
        assert_eq!(without, [FunnelStage::All]);
    }
}
