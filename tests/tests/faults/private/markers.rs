//! Texts that stand nowhere else, of which each is looked for in all that was written down.

use std::sync::Mutex;

use rand::Rng as _;

/// Letters and digits of a marker. Nothing that is logged is told apart from so many by chance.
pub(super) const LENGTH: usize = 24;

/// What is private.
struct Marker {
    what: &'static str,
    /// What is looked for, as it may be written: as text, as bytes that are printed as a list, and in hexadecimal digits.
    forms: [String; 3],
}

/// All of one test.
#[derive(Default)]
pub(super) struct Markers(Mutex<Vec<Marker>>);

impl Markers {
    /// A text that is `what`.
    pub(super) fn fresh(&self, what: &'static str) -> String {
        let mut dice = rand::rng();
        let letters = (0..LENGTH).map(|_| char::from(dice.sample(rand::distr::Alphanumeric)));
        let text: String = letters.collect();
        self.is_private(what, &text);
        text
    }

    /// A mobile number of Peru.
    pub(super) fn phone(&self) -> String {
        // With its country's digits it is too long to be met by chance within a time in nanoseconds.
        let number = format!("519{:08}", rand::rng().random_range(0..100_000_000));
        self.is_private("a phone number", &number);
        format!("+{number}")
    }

    /// Has a text looked for.
    pub(super) fn is_private(&self, what: &'static str, text: &str) {
        let listed: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
        let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let forms = [text.to_owned(), listed.join(", "), digits];
        self.0.lock().unwrap().push(Marker { what, forms });
    }

    /// The lines that hold what is private, with what they hold.
    pub(super) fn found_in(&self, text: &str) -> Vec<String> {
        let markers = self.0.lock().unwrap();
        let mut found = Vec::new();
        for Marker { what, forms } in markers.iter() {
            for form in forms.iter().filter(|form| text.contains(form.as_str())) {
                let line = text.lines().find(|line| line.contains(form.as_str()));
                let line: String = line.unwrap().chars().take(2_000).collect();
                found.push(format!("{what}, {form}:\n  {line}"));
            }
        }
        found
    }
}
