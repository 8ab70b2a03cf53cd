//! What a schedule was asked to be: checked when it is written, and read again whenever it is due.

use acuse_domain::calendar::{
    Cadence, Due, Interval, TimeOfDay, Timetable, UnknownZone, Weekdays, Zone,
};
use acuse_domain::error::{Error, ErrorKind, FieldViolation, Result};
use acuse_domain::time::Timestamp;
use acuse_proto::export::schedule::Cadence as WireCadence;
use acuse_proto::export::{ExportRequest, Schedule as Wire, TimeOfDay as WireTime};
use acuse_store::export::{Asker, Schedule, Workspace};
use prost::Message as _;

use super::covering;
use crate::parts::Parts;
use crate::{asked, question, saved};

const LONGEST_NAME: usize = 200;

const PLACE: &str = "schedule";

/// What a schedule is, checked: what is kept of it is [`Definition::encoded`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    /// What it is called.
    pub(crate) name: String,
    /// When it is due.
    pub(crate) timetable: Timetable,
    /// What it asks for, without a period.
    pub(crate) export: ExportRequest,
    /// The period of its runs by name, by its number; `None` for what lies behind the day of each.
    pub(crate) preset: Option<i32>,
    /// The same as it was written.
    wire: Wire,
}

/// Checks a schedule to create, and fills in what was left out.
///
/// # Errors
///
/// INVALID_ARGUMENT, naming every field that is wrong.
pub(crate) fn draft(
    wire: Option<Wire>,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<Definition> {
    let Some(wire) = wire else {
        return Err(Error::invalid_field(PLACE, "must be given"));
    };
    let id = (!wire.id.is_empty())
        .then(|| FieldViolation::new("schedule.id", "must be left out; Acuse gives it"));
    checked(wire, workspace, now).map_or_else(
        |mut found| {
            found.extend(id.clone());
            Err(Error::invalid(found))
        },
        |definition| match id.clone() {
            None => Ok(definition),
            Some(id) => Err(Error::invalid(vec![id])),
        },
    )
}

/// Checks all of a schedule but its id.
pub(super) fn checked(
    wire: Wire,
    workspace: &Workspace,
    now: Timestamp,
) -> std::result::Result<Definition, Vec<FieldViolation>> {
    let mut found = Vec::new();
    let mut note = |field: &str, problem: Option<String>| {
        found.extend(problem.map(|text| FieldViolation::new(format!("{PLACE}.{field}"), text)));
    };
    note("name", wrong_name(&wire.name));
    let cadence = cadence(wire.cadence.as_ref(), &mut note);
    let time = wire.time_of_day.as_ref().and_then(time);
    if time.is_none() {
        let right = "must be given: an hour of 0 to 23 and a minute of 0 to 59";
        note("time_of_day", Some(right.to_owned()));
    }
    let zone = zone(wire.time_zone.as_deref(), workspace);
    if let Err(unknown) = &zone {
        note("time_zone", Some(unknown.to_string()));
    }
    if let Some(number) = wire.preset
        && question::preset(number).is_none()
    {
        let right = "must be a preset such as PRESET_LAST_7_DAYS, or be left out";
        note("preset", Some(right.to_owned()));
    }
    note("export", unfit_export(wire.export.as_ref()));
    if wire.export.as_ref().and_then(covering::period_of).is_some() {
        let right =
            "must be left out; preset says what a run covers, or the days of the schedule do";
        note("export.question.period", Some(right.to_owned()));
    }
    let definition = match (cadence, time, zone) {
        (Some(cadence), Some(time), Ok(zone)) => {
            let timetable = Timetable {
                cadence,
                time,
                zone,
            };
            Some(Definition::new(wire.clone(), timetable))
        }
        _ => None,
    };
    if let Some(export) = &wire.export {
        // What a saved report asks is looked at by who may see it.
        let is_saved = export.saved_report.is_some();
        // As a run that is due now would ask for it; where it is not known when that is, as of any day.
        let asked = match &definition {
            _ if is_saved => export.clone(),
            Some(definition) => definition.request(definition.period(now, None)),
            None => covering::within(export.clone(), None),
        };
        let checked = match is_saved {
            true => asked::check(&asked, now),
            false => asked::checked(Some(asked), workspace, now).map(drop),
        };
        if let Err(error) = checked
            && let ErrorKind::InvalidArgument(violations) = error.kind
        {
            found.extend(violations.into_iter().map(|violation| violation.at(PLACE)));
        }
    }
    match definition {
        Some(definition) if found.is_empty() => Ok(definition),
        _ => Err(found),
    }
}

fn wrong_name(name: &str) -> Option<String> {
    let length = name.len();
    if !(1..=LONGEST_NAME).contains(&length) {
        return Some(format!("must be given: 1 to {LONGEST_NAME} bytes"));
    }
    let unreadable = name.chars().any(char::is_control) || name.trim().is_empty();
    unreadable.then(|| "must have something to read, and no control characters".to_owned())
}

fn unfit_export(export: Option<&ExportRequest>) -> Option<String> {
    let Some(export) = export else {
        return Some("must be given".to_owned());
    };
    asked::too_long(export)
}

fn cadence(
    wire: Option<&WireCadence>,
    note: &mut impl FnMut(&str, Option<String>),
) -> Option<Cadence> {
    match wire {
        Some(WireCadence::Daily(_)) => Some(Cadence::Daily),
        Some(WireCadence::Weekly(weekly)) => {
            let mut days = Weekdays::default();
            for (index, number) in weekly.weekdays.iter().enumerate() {
                match u8::try_from(*number) {
                    Ok(number @ 1..=7) => days = days.with(number - 1),
                    _ => note(
                        &format!("weekly.weekdays[{index}]"),
                        Some("must be WEEKDAY_MONDAY to WEEKDAY_SUNDAY".to_owned()),
                    ),
                }
            }
            if weekly.weekdays.is_empty() {
                note(
                    "weekly.weekdays",
                    Some("must name a day at least".to_owned()),
                );
            }
            (!days.is_empty()).then_some(Cadence::Weekly(days))
        }
        Some(WireCadence::Monthly(monthly)) => match u8::try_from(monthly.day) {
            Ok(day @ 1..=31) => Some(Cadence::Monthly(day)),
            _ => {
                note("monthly.day", Some("must be 1 to 31".to_owned()));
                None
            }
        },
        None => {
            let right = "must be given: one of daily, weekly, monthly";
            note("cadence", Some(right.to_owned()));
            None
        }
    }
}

fn time(wire: &WireTime) -> Option<TimeOfDay> {
    TimeOfDay::new(
        i8::try_from(wire.hour).ok()?,
        i8::try_from(wire.minute).ok()?,
    )
}

fn zone(name: Option<&str>, workspace: &Workspace) -> std::result::Result<Zone, UnknownZone> {
    name.unwrap_or(&workspace.time_zone).parse()
}

impl Definition {
    fn new(mut wire: Wire, timetable: Timetable) -> Self {
        // Nothing but what a schedule is.
        wire = Wire {
            name: wire.name,
            export: wire.export,
            cadence: wire.cadence,
            time_of_day: wire.time_of_day,
            time_zone: Some(timetable.zone.name().to_owned()),
            preset: wire.preset,
            ..Wire::default()
        };
        Self {
            name: wire.name.clone(),
            timetable,
            export: wire.export.clone().unwrap_or_default(),
            preset: wire.preset,
            wire,
        }
    }

    /// What is kept.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        self.wire.encode_to_vec()
    }

    /// What was kept of a schedule.
    ///
    /// # Errors
    ///
    /// INTERNAL for what cannot be read.
    pub(crate) fn stored(schedule: &Schedule) -> Result<Self> {
        let wire = Self::wire_of(schedule)?;
        let unfit = || Error::internal(format!("schedule {}: definition", schedule.id));
        let cadence = cadence(wire.cadence.as_ref(), &mut |_, _| {}).ok_or_else(unfit)?;
        let time = wire.time_of_day.as_ref().and_then(time).ok_or_else(unfit)?;
        let zone = wire.time_zone.as_deref().unwrap_or_default();
        let zone: Zone = zone.parse().map_err(|_: UnknownZone| unfit())?;
        let timetable = Timetable {
            cadence,
            time,
            zone,
        };
        Ok(Self::new(wire, timetable))
    }

    /// What was kept of a schedule, as callers see it.
    ///
    /// # Errors
    ///
    /// INTERNAL for what cannot be read.
    pub(crate) fn wire_of(schedule: &Schedule) -> Result<Wire> {
        Wire::decode(schedule.definition.as_slice()).map_err(Error::internal)
    }

    /// The zone that cuts the days of what is exported.
    fn zone(&self) -> Zone {
        let named = covering::zone_of(&self.export).and_then(|name| name.parse().ok());
        named.unwrap_or_else(|| self.timetable.zone.clone())
    }

    /// What a run covers that is due at `at`, for the day of `due` where it is a time of the schedule's.
    pub(crate) fn period(&self, at: Timestamp, due: Option<Due>) -> Interval {
        let zone = self.zone();
        if let Some(preset) = self.preset.and_then(question::preset) {
            return preset.interval(at, &zone);
        }
        let day = match due {
            // The clock may have skipped to another day before it was due.
            Some(due) if zone == self.timetable.zone => due.day,
            _ => zone.day_of(at),
        };
        self.timetable.cadence.period_before(day, &zone)
    }

    /// The same with what its saved report asks, as `owner` sees it now; as it is where it names none. What it covers is the
    /// schedule's.
    ///
    /// # Errors
    ///
    /// NOT_FOUND where there is no such report for the owner, FAILED_PRECONDITION where it is none that can be exported,
    /// UNAVAILABLE while reporting is.
    pub(crate) async fn resolved(mut self, parts: &Parts, owner: &Asker) -> Result<Self> {
        if self.export.saved_report.is_some() {
            self.export.name.get_or_insert_with(|| self.name.clone());
            let export = Box::pin(saved::resolved(parts, owner, self.export)).await?;
            self.export = covering::within(export, None);
        }
        Ok(self)
    }

    /// That a run which is due now could be made of what the saved report asks, where one is named.
    ///
    /// # Errors
    ///
    /// As [`Definition::resolved`], and INVALID_ARGUMENT for columns that it has not.
    pub(crate) async fn check_saved(
        &self,
        parts: &Parts,
        owner: &Asker,
        (workspace, now): (&Workspace, Timestamp),
    ) -> Result<()> {
        if self.export.saved_report.is_none() {
            return Ok(());
        }
        let chosen = !self.export.columns.is_empty();
        let resolved = self.clone().resolved(parts, owner).await?;
        let request = resolved.request(resolved.period(now, None));
        let checked = asked::checked(Some(request), workspace, now);
        match checked.map_err(|error| saved::outdated(error, chosen)) {
            Ok(_) => Ok(()),
            Err(mut error) => {
                if let ErrorKind::InvalidArgument(violations) = error.kind {
                    let at = violations.into_iter().map(|violation| violation.at(PLACE));
                    error = Error::invalid(at.collect());
                }
                Err(error)
            }
        }
    }

    /// What a run of that period asks for.
    pub(crate) fn request(&self, period: Interval) -> ExportRequest {
        let mut request = covering::within(self.export.clone(), Some(period));
        covering::default_zone(&mut request, self.timetable.zone.name());
        request.name.get_or_insert_with(|| self.name.clone());
        request
    }
}
