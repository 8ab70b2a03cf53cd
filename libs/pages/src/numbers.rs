//! Numbers as a language writes them.

/// How a language writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// What stands before decimals.
    pub decimal: char,
    /// What stands between thousands.
    pub group: char,
    /// What stands after the number of a share, a space included where there is one.
    pub percent: &'static str,
}

/// What values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Whole numbers of things.
    Count,
    /// Shares of a whole: 1 is all of it.
    Share,
}

impl Numbers {
    /// A value with so many decimals.
    #[must_use]
    pub fn decimals(self, value: f64, places: usize) -> String {
        let plain = format!("{:.places$}", value.abs());
        let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
        let negative = value < 0.0 && plain.bytes().any(|digit| matches!(digit, b'1'..=b'9'));
        let mut text = String::new();
        if negative {
            text.push('-');
        }
        for (nth, digit) in whole.chars().enumerate() {
            if nth > 0 && (whole.len() - nth).is_multiple_of(3) {
                text.push(self.group);
            }
            text.push(digit);
        }
        if !rest.is_empty() {
            text.push(self.decimal);
            text.push_str(rest);
        }
        text
    }

    /// A whole number.
    #[must_use]
    pub fn count(self, value: f64) -> String {
        self.decimals(value.round(), 0)
    }

    /// A share, with one decimal.
    #[must_use]
    pub fn share(self, value: f64) -> String {
        format!("{}{}", self.decimals(value * 100.0, 1), self.percent)
    }

    /// A value of a unit.
    pub(crate) fn shown(self, value: f64, unit: Unit) -> String {
        match unit {
            Unit::Count => self.count(value),
            Unit::Share => self.share(value),
        }
    }

    /// The label of a tick, of which one step apart there is another.
    pub(crate) fn tick(self, value: f64, step: f64, unit: Unit) -> String {
        match unit {
            Unit::Count => self.decimals(value, places(step)),
            Unit::Share => {
                let places = places(step * 100.0);
                format!("{}{}", self.decimals(value * 100.0, places), self.percent)
            }
        }
    }
}

/// The decimals that it takes to tell steps apart.
fn places(step: f64) -> usize {
    if step >= 0.999 { 0 } else { 1 }
}

/// A round step and how many of them reach `most`: at most five.
pub(crate) fn ticks(most: f64, unit: Unit) -> (f64, usize) {
    let most = if most.is_finite() && most > 0.0 {
        most
    } else {
        1.0
    };
    let least = match unit {
        Unit::Count => 1.0,
        Unit::Share => 0.001,
    };
    let rough = (most / 5.0).max(least);
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| step * 5.0 >= most * (1.0 - 1e-9) && is_whole(*step, unit))
        .unwrap_or(10.0 * power);
    (step, (most / step - 1e-9).ceil().max(1.0) as usize)
}

fn is_whole(step: f64, unit: Unit) -> bool {
    unit != Unit::Count || (step - step.round()).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPANISH: Numbers = Numbers {
        decimal: ',',
        group: '.',
        percent: "\u{a0}%",
    };

    #[test]
    fn numbers_are_those_of_the_language() {
        assert_eq!(SPANISH.count(1_234_567.0), "1.234.567");
        assert_eq!(SPANISH.share(0.9876), "98,8\u{a0}%");
        assert_eq!(SPANISH.share(-0.0001), "0,0\u{a0}%");
        assert_eq!(SPANISH.decimals(-1_234.5, 1), "-1.234,5");
        let english = Numbers {
            decimal: '.',
            group: ',',
            percent: "%",
        };
        assert_eq!(english.share(12.345), "1,234.5%");
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.0, Unit::Count), (1.0, 1));
        assert_eq!(ticks(3.0, Unit::Count), (1.0, 3));
        assert_eq!(ticks(12.0, Unit::Count), (5.0, 3));
        assert_eq!(ticks(1_234.0, Unit::Count), (250.0, 5));
        assert_eq!(ticks(1.0, Unit::Share), (0.2, 5));
        let (step, count) = ticks(0.031, Unit::Share);
        assert!((step - 0.01).abs() < 1e-9);
        assert_eq!(count, 4);
        assert_eq!(SPANISH.tick(0.25, 0.05, Unit::Share), "25\u{a0}%");
    }
}
