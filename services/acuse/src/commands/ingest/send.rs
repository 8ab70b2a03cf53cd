//! Sending batches by the stream `Ingest`, again on another one whenever it breaks.

use std::{collections::VecDeque, time::Duration};

use acuse_proto::ingestion::{
    BatchAcknowledgement, IngestRequest, IngestResponse, ingest_response::Outcome,
    ingestion_service_client::IngestionServiceClient,
};
use acuse_rpc::client::{Call, Channel};
use tokio::{
    sync::mpsc::{self, Receiver},
    time::{Instant, sleep},
};
use tonic::{Code, Status, Streaming};

use super::{
    batch::Batch,
    intake::Intake,
    patience::{Interrupt, Patience, Stop},
};
use crate::{
    connection::Server,
    failure::{Failure, Result},
    grpc::{reason, refused},
};

/// Batches that are sent and not answered, or about to be sent: as many as the service has under way at once.
const WINDOW: usize = 8;

/// How old a token is at least that another one is made for.
const TOKEN_AGE: Duration = Duration::from_secs(60);

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All of it is taken in.
    Whole,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// How a stream ended.
enum Ended {
    AsAll(End),
    Broken(Status),
}

/// What happens to a stream.
enum Event {
    Answered(std::result::Result<Option<IngestResponse>, Status>),
    Room,
    Came(Option<Result<Vec<Batch>>>),
    Stop(Stop),
}

/// The sending of one file.
pub(super) struct Sending<'a> {
    pub(super) server: &'a Server<'a>,
    pub(super) workspace: Option<&'a str>,
    pub(super) intake: &'a mut Intake,
    pub(super) batches: Receiver<Result<Vec<Batch>>>,
    /// In their order, with their numbers: first those that were sent on this stream.
    window: VecDeque<(u64, Batch)>,
    sent: usize,
    last: u64,
    /// Nothing comes any more.
    is_over: bool,
    /// Why not, where the rows could not be read to their end.
    failure: Option<Failure>,
    interrupt: Interrupt,
}

impl<'a> Sending<'a> {
    pub(super) fn new(
        server: &'a Server<'a>,
        workspace: Option<&'a str>,
        intake: &'a mut Intake,
        batches: Receiver<Result<Vec<Batch>>>,
    ) -> Self {
        Self {
            server,
            workspace,
            intake,
            batches,
            window: VecDeque::new(),
            sent: 0,
            last: 0,
            is_over: false,
            failure: None,
            interrupt: Interrupt::new(),
        }
    }

    /// Sends everything.
    pub(super) async fn run(mut self) -> Result<End> {
        let mut patience = Patience::new(self.server.patience());
        let mut channel: Option<(Channel, Instant)> = None;
        loop {
            if let Some(end) = self.anything().await? {
                return Ok(end);
            }
            let open = match &channel {
                Some((open, _)) => open.clone(),
                None => tokio::select! {
                    opened = self.server.as_ingester(self.workspace) => {
                        channel.insert((opened?, Instant::now())).0.clone()
                    }
                    _ = self.interrupt.next() => return Ok(End::Interrupted),
                },
            };
            let status = match self.stream(open, &mut patience).await? {
                Ended::AsAll(end) => return Ok(end),
                Ended::Broken(_) if self.interrupt.is_pressed() => return Ok(End::Interrupted),
                Ended::Broken(status) => status,
            };
            // One that was just made and has expired would be made for ever.
            let has_aged = channel
                .as_ref()
                .is_some_and(|(_, made)| made.elapsed() > TOKEN_AGE);
            if reason(&status) == "TOKEN_EXPIRED" && self.server.makes_tokens() && has_aged {
                channel = None;
                continue;
            }
            let Some(pause) = patience.pause(&status) else {
                return Err(refused("take in rows", self.server, &status));
            };
            self.intake.progress.waits(&format!(
                "{}; trying again in {:.1} s",
                told(&status),
                pause.as_secs_f32()
            ));
            tokio::select! {
                () = sleep(pause) => {}
                _ = self.interrupt.next() => return Ok(End::Interrupted),
            }
        }
    }

    /// Waits until there is something to send; gives how it ended where nothing is.
    async fn anything(&mut self) -> Result<Option<End>> {
        loop {
            self.settle_unsent()?;
            if !self.window.is_empty() {
                return Ok(None);
            }
            if self.is_over {
                return self.whole().map(Some);
            }
            tokio::select! {
                came = self.batches.recv() => self.take(came),
                _ = self.interrupt.next() => return Ok(Some(End::Interrupted)),
            }
        }
    }

    /// Sends on one stream for as long as it lasts.
    async fn stream(&mut self, channel: Channel, patience: &mut Patience) -> Result<Ended> {
        self.sent = 0;
        let (requests, mut receiver) = mpsc::channel(1);
        let stream = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
        let mut client = IngestionServiceClient::new(channel);
        let call = client.ingest(Call::plain().endless().request(stream));
        let mut answers: Streaming<IngestResponse> = tokio::select! {
            answer = call => match answer {
                Ok(answer) => answer.into_inner(),
                Err(status) => return Ok(Ended::Broken(status)),
            },
            _ = self.interrupt.next() => return Ok(Ended::AsAll(End::Interrupted)),
        };
        loop {
            self.settle_unsent()?;
            if self.window.is_empty() && self.is_over {
                return match self.interrupt.is_pressed() {
                    true => Ok(Ended::AsAll(End::Interrupted)),
                    false => self.whole().map(Ended::AsAll),
                };
            }
            let has_more = self.sent < self.window.len();
            let has_place = !self.is_over && self.window.len() < WINDOW;
            let event = tokio::select! {
                biased;
                answer = answers.message() => Event::Answered(answer),
                stop = self.interrupt.next() => Event::Stop(stop),
                permit = requests.reserve(), if has_more => {
                    if let (Ok(permit), Some((number, batch))) = (permit, self.window.get(self.sent)) {
                        permit.send(request(*number, batch));
                    }
                    Event::Room
                }
                came = self.batches.recv(), if has_place => Event::Came(came),
            };
            match event {
                Event::Answered(Ok(Some(answer))) => {
                    patience.renew();
                    self.answered(answer)?;
                }
                Event::Answered(Ok(None)) => {
                    let status = Status::unavailable("the service ended the stream");
                    return Ok(Ended::Broken(status));
                }
                Event::Answered(Err(status)) => return Ok(Ended::Broken(status)),
                Event::Room => self.sent += 1,
                Event::Came(came) => self.take(came),
                Event::Stop(Stop::Soon) => self.stop(),
                Event::Stop(Stop::Now) => return Ok(Ended::AsAll(End::Interrupted)),
            }
        }
    }

    fn take(&mut self, came: Option<Result<Vec<Batch>>>) {
        match came {
            Some(Ok(batches)) => {
                for batch in batches {
                    self.last += 1;
                    self.window.push_back((self.last, batch));
                }
            }
            // What was read before it is taken in all the same.
            Some(Err(failure)) => {
                self.failure = Some(failure);
                self.is_over = true;
            }
            None => self.is_over = true,
        }
    }

    /// Everything that was read is answered for.
    fn whole(&mut self) -> Result<End> {
        self.failure.take().map_or(Ok(End::Whole), Err)
    }

    /// Sends nothing more.
    fn stop(&mut self) {
        self.window.truncate(self.sent);
        self.is_over = true;
    }

    /// Answers for rows of which none is sent, once everything before them is answered.
    fn settle_unsent(&mut self) -> Result<()> {
        while self
            .window
            .front()
            .is_some_and(|(_, batch)| batch.items.is_none())
        {
            if let Some((_, batch)) = self.window.pop_front() {
                self.intake.settle(batch, BatchAcknowledgement::default())?;
            }
            self.sent = self.sent.saturating_sub(1);
        }
        while let Some((_, batch)) = self.window.get(self.sent)
            && batch.items.is_none()
        {
            self.sent += 1;
        }
        Ok(())
    }

    fn answered(&mut self, answer: IngestResponse) -> Result<()> {
        let first = self.window.pop_front();
        let Some((_, batch)) = first.filter(|(number, _)| *number == answer.sequence) else {
            let text = format!(
                "the service answers batch {}, which was not asked",
                answer.sequence
            );
            return Err(Failure::new(text));
        };
        self.sent = self.sent.saturating_sub(1);
        match answer.outcome {
            Some(Outcome::Acknowledged(acknowledged)) => self.intake.settle(batch, acknowledged),
            Some(Outcome::Refused(error)) => Err(Failure::new(format!(
                "the service refuses a whole batch: {}",
                error.message
            ))),
            None => Err(Failure::new("the service answers a batch with nothing")),
        }
    }
}

fn request(sequence: u64, batch: &Batch) -> IngestRequest {
    IngestRequest {
        sequence,
        items: batch.items.clone(),
        all_results: false,
    }
}

/// Why nothing goes on, for people.
pub(super) fn told(status: &Status) -> String {
    match status.code() {
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => {
            status.message().to_owned()
        }
        _ => "the connection broke".to_owned(),
    }
}
