//! Reading variables while collecting what is wrong with them.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    ops::RangeInclusive,
    str::FromStr,
    time::Duration,
};

use super::file;

/// The variable that names the configuration file.
const CONFIG_FILE: &str = "ACUSE_CONFIG";

/// Gives a variable by its name.
type Lookup = dyn Fn(&str) -> Option<String>;

/// One variable that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Name of the variable.
    pub name: String,
    /// What is wrong with it. Never quotes the value, which may be a secret.
    pub problem: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.problem)
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a fault:")?,
            many => write!(f, "the configuration has {many} faults:")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for Faults {}

/// One variable that a service reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What it may hold.
    pub kind: Kind,
    /// What holds where it is absent; `None` where nothing does.
    pub default: Option<String>,
}

/// What a variable may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A text of a form of its own.
    Text,
    /// Such texts, separated by commas.
    List,
    /// `true` or `false`.
    Flag,
    /// A whole number within a range.
    Number(RangeInclusive<u64>),
    /// The name of a file, which is read.
    File,
}

/// Variables, looked up in the environment first and in a file second.
///
/// Each getter notes what is wrong and goes on, so that [`Settings::finish`] can tell all of it. A getter that gives an
/// `Option` gives `None` both for what is absent and for what is wrong; `finish` tells them apart.
pub struct Settings {
    lookup: Box<Lookup>,
    file: BTreeMap<String, String>,
    asked: BTreeMap<String, Asked>,
    faults: Vec<Fault>,
}

impl fmt::Debug for Settings {
    // Values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("asked", &self.asked.keys())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads variables through `lookup`, and through the TOML file that the variable `ACUSE_CONFIG` names, if it does.
    /// In the file, `listen = "…"` is `ACUSE_LISTEN`.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        let mut settings = Self {
            lookup: Box::new(lookup),
            file: BTreeMap::new(),
            asked: BTreeMap::new(),
            faults: Vec::new(),
        };
        settings.note(CONFIG_FILE, Kind::File, None);
        if let Some(path) = (settings.lookup)(CONFIG_FILE).filter(|path| !path.is_empty()) {
            match std::fs::read_to_string(&path) {
                Ok(text) => match file::parse(&text) {
                    Ok(values) => settings.file = values,
                    Err(faults) => settings.faults.extend(faults),
                },
                Err(error) => settings.fault(CONFIG_FILE, format!("cannot be read: {error}")),
            }
        }
        settings
    }

    /// Reads variables from the process's environment.
    pub fn from_environment() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// A variable that may be absent. An empty one is absent.
    pub fn optional<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        self.optional_as(name, str::parse)
    }

    /// What `make` makes of a variable that may be absent.
    pub fn optional_as<T, E: Display>(
        &mut self,
        name: &str,
        make: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name, Kind::Text, None)?;
        self.made(name, make(&text))
    }

    /// A variable that may be absent, or wrong: `default` then.
    pub fn usual<T>(&mut self, name: &str, default: T) -> T
    where
        T: FromStr<Err: Display> + Display,
    {
        let read = self.optional(name);
        self.note(name, Kind::Text, Some(default.to_string()));
        read.unwrap_or(default)
    }

    /// A variable that must be there.
    pub fn required<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        self.required_as(name, str::parse)
    }

    /// What `make` makes of a variable that must be there.
    pub fn required_as<T, E: Display>(
        &mut self,
        name: &str,
        make: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Some(text) = self.text(name, Kind::Text, None) else {
            self.fault(name, "is required");
            return None;
        };
        self.made(name, make(&text))
    }

    /// A list separated by commas; empty if absent.
    pub fn list<T>(&mut self, name: &str) -> Vec<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text(name, Kind::List, None).unwrap_or_default();
        let mut values = Vec::new();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match part.parse::<T>() {
                Ok(value) => values.push(value),
                Err(error) => self.fault(name, error.to_string()),
            }
        }
        values
    }

    /// `true` or `false`; false if absent.
    pub fn flag(&mut self, name: &str) -> bool {
        let usual = Some(false.to_string());
        match self.text(name, Kind::Flag, usual).as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(_) => {
                self.fault(name, "neither true nor false");
                false
            }
        }
    }

    /// A whole number within a range; `default` if absent.
    pub fn number(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> u64 {
        let kind = Kind::Number(range.clone());
        let read = self.text(name, kind, Some(default.to_string()));
        match read.map(|text| text.parse::<u64>()) {
            None => default,
            Some(Ok(number)) if range.contains(&number) => number,
            Some(_) => {
                let (from, to) = range.into_inner();
                self.fault(name, format!("not a whole number from {from} to {to}"));
                default
            }
        }
    }

    /// How many of something there are to be, within a range; `default` if absent.
    pub fn count(&mut self, name: &str, default: usize, range: RangeInclusive<usize>) -> usize {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let (from, to) = range.into_inner();
        let read = self.number(name, wide(default), wide(from)..=wide(to));
        usize::try_from(read).unwrap_or(default)
    }

    /// A number of seconds within a range; `default` if absent.
    pub fn seconds(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(name, default, range))
    }

    /// The content of the file that a variable names, if it is there.
    pub fn content(&mut self, name: &str) -> Option<Vec<u8>> {
        let path = self.text(name, Kind::File, None)?;
        match std::fs::read(path) {
            Ok(content) => Some(content),
            Err(error) => {
                self.fault(name, format!("the file cannot be read: {error}"));
                None
            }
        }
    }

    /// What `make` makes of the content of the file that a variable names, if it is there.
    pub fn content_as<T, E: Display>(
        &mut self,
        name: &str,
        make: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Option<T> {
        let content = self.content(name)?;
        let made = make(&content).map_err(|error| format!("the file {error}"));
        self.made(name, made)
    }

    /// Notes that a variable cannot be used, for a reason that only its reader knows.
    pub fn fault(&mut self, name: &str, problem: impl Into<String>) {
        self.faults.push(Fault {
            name: name.to_owned(),
            problem: problem.into(),
        });
    }

    /// Names variables that are read by someone else, so that a file which holds them has no unknown keys.
    pub fn known(&mut self, names: &[&str]) {
        for name in names {
            self.note(name, Kind::Text, None);
        }
    }

    /// Builds the configuration out of what was read, unless something was wrong with it.
    ///
    /// `build` gives `None` where something that it needs is absent because of a fault that was noted.
    ///
    /// # Errors
    ///
    /// Every fault at once, keys of the file that nobody asked for included.
    pub fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, Faults> {
        let unknown: Vec<_> = self
            .file
            .keys()
            .filter(|name| !self.asked.contains_key(*name))
            .cloned()
            .collect();
        for name in unknown {
            self.fault(
                &name,
                "is in the configuration file, but there is no such setting",
            );
        }
        if !self.faults.is_empty() {
            return Err(Faults(self.faults));
        }
        build().ok_or_else(|| {
            Faults(vec![Fault {
                name: "configuration".to_owned(),
                problem: "is incomplete".to_owned(),
            }])
        })
    }

    /// What was asked for up to now, by name.
    pub fn asked(&self) -> &BTreeMap<String, Asked> {
        &self.asked
    }

    /// What is wrong up to now. Where nothing at all is set, these are the variables that must be.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Notes that a variable was asked for; the last time counts.
    fn note(&mut self, name: &str, kind: Kind, default: Option<String>) {
        self.asked.insert(name.to_owned(), Asked { kind, default });
    }

    /// What was made of a variable, if it could be.
    fn made<T, E: Display>(&mut self, name: &str, made: Result<T, E>) -> Option<T> {
        match made {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, error.to_string());
                None
            }
        }
    }

    fn text(&mut self, name: &str, kind: Kind, default: Option<String>) -> Option<String> {
        self.note(name, kind, default);
        (self.lookup)(name)
            .filter(|text| !text.is_empty())
            .or_else(|| self.file.get(name).cloned())
    }
}
