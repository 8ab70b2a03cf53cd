//! What every report is asked, and of whom.

use std::sync::LazyLock;

use acuse_proto::reporting::{
    GetConsolidatedRequest, Period as AskedPeriod, Preset, Question, period,
    reporting_service_client::ReportingServiceClient,
    saved_report_service_client::SavedReportServiceClient,
};
use acuse_rpc::client::{Call, Channel};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use prost::Message;
use tonic::{Request, Response, Status};

use super::{counted::CountedIn, filter::Filter, period::Period};
use crate::{
    connection::{Access, Reporting},
    failure::{Failure, Result},
    grpc::refused,
    output::{json, say},
};

/// The zones built in, never the machine's: days are cut here as the service cuts them.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Whom reports are asked of.
pub(super) type Client = ReportingServiceClient<Channel>;

/// Who keeps saved reports.
pub(super) type Keeper = SavedReportServiceClient<Channel>;

/// Options of every report.
#[derive(Debug, clap::Args)]
pub(crate) struct Ask {
    /// Slug of the workspace, where the command makes its own token
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    /// What to cover: today, yesterday, last_7_days, last_14_days, last_30_days, last_90_days, this_month, last_month, or
    /// FROM..TO as days (both included) or instants (TO left out)
    #[arg(long, value_name = "PERIOD", default_value = "last_7_days")]
    period: Period,
    /// Zone that cuts days and hours, for example America/Santiago; the workspace's if left out
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    zone: Option<String>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    reporting: Reporting,
    #[command(flatten)]
    access: Access,
}

/// Which messages a report is about, of those of its period.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// Only these messages: DIMENSION=VALUE,…, DIMENSION!=VALUE, or contact, phone, correlation, conversation, ticket or
    /// message=ID,…. May be given again; all have to hold
    #[arg(long, value_name = "FILTER")]
    filter: Vec<Filter>,
    /// Only the messages that this figure counts: a metric, of a rate also which part of it (numerator, denominator or
    /// left_out). May be given again; they have to count in all of them
    #[arg(long, value_name = "METRIC[:PART]")]
    counted_in: Vec<CountedIn>,
}

impl Which {
    /// As the API asks for them, of any period.
    pub(crate) fn question(self) -> Question {
        let counted_in = self.counted_in.into_iter();
        let mut question = Question {
            counted_in: counted_in.map(|CountedIn(it)| it).collect(),
            ..Question::default()
        };
        for filter in self.filter {
            match filter {
                Filter::Values(filter) => question.filters.push(filter),
                Filter::Ids(filter) => question.id_filters.push(filter),
            }
        }
        question
    }
}

/// How a report is printed, where not as a table.
#[derive(Debug, clap::Args)]
pub(super) struct Form {
    /// Print the whole answer as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Print every figure of every line as CSV
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
}

/// Options of commands that ask about no messages.
#[derive(Debug, clap::Args)]
pub(super) struct Within {
    /// Slug of the workspace, where the command makes its own token
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    #[command(flatten)]
    reporting: Reporting,
    #[command(flatten)]
    access: Access,
}

impl Within {
    /// Connects.
    pub(super) async fn open(self) -> Result<Asking> {
        let server = self.access.to(&self.reporting);
        let channel = server.as_reader(self.workspace.as_deref()).await?;
        Ok(Asking {
            workspace: self.workspace,
            access: self.access,
            reporting: self.reporting,
            channel,
            question: Question::default(),
        })
    }
}

impl Form {
    /// Prints an answer, whose name in the API is `name`, as it is wanted.
    pub(super) fn print<T: Message>(
        &self,
        name: &str,
        answer: &T,
        csv: impl FnOnce(&T) -> Result<()>,
        table: impl FnOnce(&T) -> Result<()>,
    ) -> Result<()> {
        if self.json {
            say(&json(answer, &format!("acuse.reporting.v1.{name}"))?)
        } else if self.csv {
            csv(answer)
        } else {
            table(answer)
        }
    }
}

/// A line to the service, and the question to ask.
pub(crate) struct Asking {
    /// Slug of the workspace, where it was named.
    pub(crate) workspace: Option<String>,
    /// Who asks.
    pub(crate) access: Access,
    reporting: Reporting,
    channel: Channel,
    /// What is asked of every report.
    pub(crate) question: Question,
}

impl Ask {
    /// Connects, and puts the question together.
    pub(crate) async fn begin(self) -> Result<Asking> {
        let server = self.access.to(&self.reporting);
        let channel = server.as_reader(self.workspace.as_deref()).await?;
        let mut asking = Asking {
            workspace: self.workspace,
            access: self.access,
            reporting: self.reporting,
            channel,
            question: Question {
                time_zone: self.zone,
                ..self.which.question()
            },
        };
        let zone = match &asking.question.time_zone {
            None if self.period.is_local() => asking.zone_of_workspace().await?,
            None => TimeZone::UTC,
            Some(name) => found(name)?,
        };
        let period = self.period.asked(&zone);
        asking.question.period =
            Some(period.ok_or_else(|| Failure::usage("--period is beyond the calendar"))?);
        Ok(asking)
    }
}

impl Asking {
    /// Asks for a report; `what` is what that is to do, as in "rank".
    pub(super) async fn get<Q, T>(
        &self,
        what: &str,
        request: Q,
        call: impl AsyncFnOnce(&mut Client, Request<Q>) -> std::result::Result<Response<T>, Status>,
    ) -> Result<T> {
        let request = Call::plain().idempotent().request(request);
        self.ask(what, request, call).await
    }

    /// Asks, as the request says how.
    pub(super) async fn ask<Q, T>(
        &self,
        what: &str,
        request: Request<Q>,
        call: impl AsyncFnOnce(&mut Client, Request<Q>) -> std::result::Result<Response<T>, Status>,
    ) -> Result<T> {
        let answer = call(&mut Client::new(self.channel.clone()), request).await;
        self.told(what, answer)
    }

    /// Asks the keeper of saved reports, as the request says how.
    pub(super) async fn ask_saved<Q, T>(
        &self,
        what: &str,
        request: Request<Q>,
        call: impl AsyncFnOnce(&mut Keeper, Request<Q>) -> std::result::Result<Response<T>, Status>,
    ) -> Result<T> {
        let answer = call(&mut Keeper::new(self.channel.clone()), request).await;
        self.told(what, answer)
    }

    fn told<T>(&self, what: &str, answer: std::result::Result<Response<T>, Status>) -> Result<T> {
        let answer = answer.map_err(|status| self.failed(what, &status))?;
        Ok(answer.into_inner())
    }

    /// The failure of a call.
    pub(super) fn failed(&self, what: &str, status: &Status) -> Failure {
        refused(what, &self.access.to(&self.reporting), status)
    }

    /// The zone by which the workspace cuts days: every answer names the one that was used.
    async fn zone_of_workspace(&self) -> Result<TimeZone> {
        let preset = period::Period::Preset(Preset::Today.into());
        let request = GetConsolidatedRequest {
            question: Some(Question {
                period: Some(AskedPeriod {
                    period: Some(preset),
                }),
                ..Question::default()
            }),
            ..GetConsolidatedRequest::default()
        };
        let what = "ask for the workspace's time zone";
        let answer = self.get(what, request, Client::get_consolidated).await?;
        found(&answer.basis.unwrap_or_default().time_zone)
    }
}

/// The zone of a name that the service gave or took.
pub(super) fn found(name: &str) -> Result<TimeZone> {
    ZONES.get(name).map_err(|_| {
        Failure::new(format!("the time zone {name} is not known here"))
            .advise("this command is older than the service")
    })
}

fn zone(text: &str) -> std::result::Result<String, &'static str> {
    match ZONES.get(text) {
        Ok(zone) => Ok(zone.iana_name().unwrap_or(text).to_owned()),
        Err(_) => Err("not a time zone, such as America/Lima"),
    }
}
