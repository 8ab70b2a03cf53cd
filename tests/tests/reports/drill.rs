//! From a figure to the list of its messages, by what the answer carries.

use acuse_proto::reporting::{
    CountedIn, Filter, FirstReply, ListInboundMessagesRequest, ListOutboundMessagesRequest, Metric,
    Question, RatePart,
};
use acuse_tests::reference::report::Sums;

use crate::compare::{Faults, word};
use crate::rig::Client;

/// What leaves the messages of a figure, beside the question of its report.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drill {
    pub(crate) filters: Vec<Filter>,
    pub(crate) counted_in: Vec<CountedIn>,
    pub(crate) first_reply: Option<FirstReply>,
}

impl Drill {
    /// Compares how many messages the list has with how many the figure says. Without a question there are none.
    pub(crate) async fn check(
        self,
        faults: &mut Faults,
        client: &mut Client,
        question: Option<Question>,
        expected: i64,
    ) {
        let Some(mut question) = question else {
            faults.same("without a question", &0, &expected);
            return;
        };
        let what = format!("list of {:?} {:?}", self.filters, self.counted_in);
        let mut figures = self.counted_in.iter();
        let is_inbound = figures.any(|figure| figure.metric() == Metric::Received);
        question.filters.extend(self.filters);
        question.counted_in.extend(self.counted_in);
        question.first_reply = self.first_reply.or(question.first_reply);
        let question = Some(question);
        let info = match is_inbound {
            true => {
                let request = ListInboundMessagesRequest {
                    question,
                    page_size: 1,
                    ..ListInboundMessagesRequest::default()
                };
                let answer = client.list_inbound_messages(request).await;
                answer.unwrap().into_inner().info
            }
            false => {
                let request = ListOutboundMessagesRequest {
                    question,
                    page_size: 1,
                    ..ListOutboundMessagesRequest::default()
                };
                let answer = client.list_outbound_messages(request).await;
                answer.unwrap().into_inner().info
            }
        };
        faults.same(&what, &expected, &info.unwrap().total_size);
    }
}

/// How many messages a figure of some messages counts, of a rate in a part of it.
pub(crate) fn counted(sums: &Sums, metric: Metric, part: RatePart) -> i64 {
    let name = word(metric);
    if name.ends_with("_rate") {
        let (hits, base) = sums.rate(&name);
        return match part {
            RatePart::Denominator => base,
            RatePart::LeftOut => sums.left_out(&name),
            _ => hits,
        };
    }
    let spans = [
        (1, "time_to_deliver"),
        (2, "time_to_read"),
        (3, "time_to_reply"),
    ];
    match spans.iter().find(|(_, time)| name.starts_with(time)) {
        Some((span, _)) => {
            let count = sums.took.get(span).map_or(0, Vec::len);
            i64::try_from(count).unwrap()
        }
        None => sums.count(&name),
    }
}
