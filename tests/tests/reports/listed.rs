//! Lists, page by page, and streams of the same messages.

use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    ListFailedMessagesRequest, ListInboundMessagesRequest, ListInfo, ListOutboundMessagesRequest,
    RowPreset, StreamRowsRequest,
};
use acuse_proto::types::{
    Channel, Direction, Message, MessageState, MessageType, ReceivedMessage, Source,
};
use acuse_tests::reference::report::{Clock, Dimension, Row, Sums};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::compare::{Faults, basis};
use crate::random::Ground;
use crate::rig::Client;
use crate::wire::{micros, question};

/// Which messages, and how they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Outbound,
    Inbound,
    Failed,
    Individual,
}

/// How they are asked for.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// As a list, in pages of so many.
    List(i32),
    /// As a stream of rows.
    Stream(RowPreset),
}

/// What is asked for, and what there should be.
pub(crate) struct Case {
    kind: Kind,
    way: Way,
    /// The newest first.
    expected: Vec<Told>,
    total: Sums,
}

/// A message by what tells it from most others: its time, and what it is.
type Told = (i64, Vec<Option<String>>);

/// By what messages are told apart.
const BY: [Dimension; 7] = [
    Dimension::Channel,
    Dimension::Agent,
    Dimension::Department,
    Dimension::Campaign,
    Dimension::Source,
    Dimension::Type,
    Dimension::State,
];

impl Case {
    pub(crate) fn draw(rng: &mut StdRng, ground: &Ground<'_>) -> Self {
        let (kind, way) = way(rng);
        let rows: Vec<&Row> = ground.covered.as_ref().map_or_else(Vec::new, |request| {
            let all = ground.population.select(request).into_iter();
            // Unattached messages are listed where they are asked for.
            let unattached = request.counted_in.iter();
            let unattached = unattached
                .filter(|figure| figure.name == "unattached")
                .count()
                > 0;
            all.filter(|row| kind.is(row, unattached)).collect()
        });
        let mut expected: Vec<Told> = rows.iter().map(|row| expected(row, kind)).collect();
        expected.sort();
        expected.reverse();
        let now = ground.asked.request.now;
        Self {
            kind,
            way,
            expected,
            total: ground.population.sum(rows, now),
        }
    }

    pub(crate) fn what(&self) -> String {
        let count = self.expected.len();
        format!("{count} of {:?} by {:?}", self.kind, self.way)
    }

    pub(crate) async fn check(&self, ground: &Ground<'_>, client: Client) -> Faults {
        let mut faults = Faults::default();
        let mut found = match self.way {
            Way::List(size) => self.list(&mut faults, ground, client, size).await,
            Way::Stream(preset) => self.stream(&mut faults, ground, client, preset).await,
        };
        let newest_first = matches!(self.way, Way::List(_));
        let times: Vec<i64> = found.iter().map(|(at, _)| *at).collect();
        let in_order = match newest_first {
            true => times.is_sorted_by(|one, other| one >= other),
            false => times.is_sorted(),
        };
        faults.same("order", &true, &in_order);
        found.sort();
        found.reverse();
        faults.same("messages", &self.expected, &found);
        faults
    }

    async fn list(
        &self,
        faults: &mut Faults,
        ground: &Ground<'_>,
        mut client: Client,
        page_size: i32,
    ) -> Vec<Told> {
        let mut found = Vec::new();
        let mut page_token = String::new();
        let mut is_first = true;
        loop {
            let (page, next, info) = self.page(ground, &mut client, page_size, page_token).await;
            let all = i64::try_from(self.expected.len()).unwrap();
            faults.same("total", &all, &info.total_size);
            faults.same("beyond reach", &0, &info.beyond_reach);
            faults.same(
                "basis comes with the first page",
                &is_first,
                &info.basis.is_some(),
            );
            if is_first {
                self.compare_basis(faults, ground, info.basis.as_ref());
            }
            let size = usize::try_from(page_size).unwrap();
            faults.same("size of a page", &true, &(page.len() <= size));
            found.extend(page);
            if next.is_empty() || found.len() > self.expected.len() {
                return found;
            }
            (page_token, is_first) = (next, false);
        }
    }

    async fn page(
        &self,
        ground: &Ground<'_>,
        client: &mut Client,
        page_size: i32,
        page_token: String,
    ) -> (Vec<Told>, String, ListInfo) {
        let question = Some(question(ground.asked));
        match self.kind {
            Kind::Outbound | Kind::Individual => {
                let request = ListOutboundMessagesRequest {
                    question,
                    page_size,
                    page_token,
                };
                let answer = client.list_outbound_messages(request).await.unwrap();
                let answer = answer.into_inner();
                let page = answer.messages.iter().map(sent).collect();
                (page, answer.next_page_token, answer.info.unwrap())
            }
            Kind::Failed => {
                let request = ListFailedMessagesRequest {
                    question,
                    page_size,
                    page_token,
                };
                let answer = client.list_failed_messages(request).await.unwrap();
                let answer = answer.into_inner();
                let page = answer.messages.iter().map(sent).collect();
                (page, answer.next_page_token, answer.info.unwrap())
            }
            Kind::Inbound => {
                let request = ListInboundMessagesRequest {
                    question,
                    page_size,
                    page_token,
                };
                let answer = client.list_inbound_messages(request).await.unwrap();
                let answer = answer.into_inner();
                let page = answer.messages.iter().map(received).collect();
                (page, answer.next_page_token, answer.info.unwrap())
            }
        }
    }

    async fn stream(
        &self,
        faults: &mut Faults,
        ground: &Ground<'_>,
        mut client: Client,
        preset: RowPreset,
    ) -> Vec<Told> {
        let request = StreamRowsRequest {
            question: Some(question(ground.asked)),
            preset: preset.into(),
            batch_size: Some(7),
        };
        let mut parts = client.stream_rows(request).await.unwrap().into_inner();
        let mut found = Vec::new();
        while let Some(answer) = parts.message().await.unwrap() {
            match answer.part.unwrap() {
                Part::Header(header) => {
                    let all = i64::try_from(self.expected.len()).unwrap();
                    faults.same("expected rows", &all, &header.expected_rows);
                    self.compare_basis(faults, ground, header.basis.as_ref());
                }
                Part::Messages(batch) => {
                    let rows: Vec<Message> = batch.decoded().unwrap();
                    found.extend(rows.iter().map(sent));
                }
                Part::ReceivedMessages(batch) => {
                    let rows: Vec<ReceivedMessage> = batch.decoded().unwrap();
                    found.extend(rows.iter().map(received));
                }
                Part::HsmManagement(_) => faults.0.push("rows of another table".to_owned()),
            }
        }
        found
    }

    fn compare_basis(
        &self,
        faults: &mut Faults,
        ground: &Ground<'_>,
        is: Option<&acuse_proto::reporting::Basis>,
    ) {
        let of_inbound = match self.kind {
            Kind::Individual => false,
            Kind::Outbound | Kind::Inbound | Kind::Failed => ground.of_inbound(),
        };
        basis(faults, ground, &self.total, of_inbound, is);
    }
}

fn way(rng: &mut StdRng) -> (Kind, Way) {
    let size = *[1, 2, 7, 50, 1_000].choose(rng).unwrap();
    *[
        (Kind::Outbound, Way::List(size)),
        (Kind::Inbound, Way::List(size)),
        (Kind::Failed, Way::List(size)),
        (Kind::Outbound, Way::Stream(RowPreset::Outbound)),
        (Kind::Outbound, Way::Stream(RowPreset::DetailedSent)),
        (Kind::Inbound, Way::Stream(RowPreset::Inbound)),
        (Kind::Inbound, Way::Stream(RowPreset::DetailedReceived)),
        (Kind::Failed, Way::Stream(RowPreset::Failed)),
        (Kind::Individual, Way::Stream(RowPreset::IndividualSends)),
    ]
    .choose(rng)
    .unwrap()
}

impl Kind {
    fn is(self, row: &Row, unattached: bool) -> bool {
        let counts = |name: &str| row.counts.0.contains_key(name);
        let is = |dimension, word: &str| value(row, dimension).as_deref() == Some(word);
        let is_sent = counts("messages") || (unattached && counts("unattached"));
        match self {
            Self::Outbound => row.direction == Direction::Outbound && is_sent,
            Self::Inbound => row.direction == Direction::Inbound,
            Self::Failed => ["failed_dispatch", "failed_send", "failed_delivery"]
                .iter()
                .any(|name| counts(name)),
            Self::Individual => {
                is_sent && is(Dimension::Type, "template") && is(Dimension::Source, "user")
            }
        }
    }
}

fn value(row: &Row, dimension: Dimension) -> Option<String> {
    row.value(dimension, &Clock::named("UTC"))
}

fn expected(row: &Row, kind: Kind) -> Told {
    let known = |dimension: &Dimension| kind != Kind::Inbound || dimension.is_of_inbound();
    let values = BY.iter().filter(|dimension| known(dimension));
    let values = values.map(|dimension| value(row, *dimension));
    (row.at, values.collect())
}

fn word(name: &str, prefix: &str) -> Option<String> {
    Some(name.strip_prefix(prefix)?.to_lowercase())
}

fn sent(message: &Message) -> Told {
    let channel = message.channel.map(|_| message.channel());
    let kind = message.r#type.map(|_| message.r#type());
    let values = vec![
        channel.and_then(|channel: Channel| word(channel.as_str_name(), "CHANNEL_")),
        message.agent.as_ref().map(|agent| agent.id.clone()),
        message.department.as_ref().map(|it| it.id.clone()),
        message.campaign.as_ref().map(|it| it.id.clone()),
        word(Source::as_str_name(&message.source()), "SOURCE_"),
        kind.and_then(|kind: MessageType| word(kind.as_str_name(), "MESSAGE_TYPE_")),
        // Reports know no state of an unattached one.
        (!message.unattached)
            .then(|| {
                word(
                    MessageState::as_str_name(&message.state()),
                    "MESSAGE_STATE_",
                )
            })
            .flatten(),
    ];
    (micros(message.origin_at.as_ref()).unwrap(), values)
}

fn received(message: &ReceivedMessage) -> Told {
    let values = vec![
        word(message.channel().as_str_name(), "CHANNEL_"),
        message.agent.as_ref().map(|agent| agent.id.clone()),
        message.department.as_ref().map(|it| it.id.clone()),
        message.campaign.as_ref().map(|it| it.id.clone()),
    ];
    (micros(message.received_at.as_ref()).unwrap(), values)
}
