//! Countries: what people's numbers look like there, and when they are awake.

use crate::dice::Dice;

/// A language that the business writes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Spanish.
    Spanish,
    /// Portuguese.
    Portuguese,
}

/// A country of Latin America.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Country {
    Peru,
    Chile,
    Colombia,
    Mexico,
    Argentina,
    Brazil,
    Ecuador,
    Uruguay,
}

/// A mobile number in the two ways in which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mobile {
    /// As the business noted it down, E.164.
    pub(crate) noted: String,
    /// As WhatsApp writes it: digits alone.
    pub(crate) network: String,
}

impl Country {
    pub(crate) const ALL: [Self; 8] = [
        Self::Peru,
        Self::Chile,
        Self::Colombia,
        Self::Mexico,
        Self::Argentina,
        Self::Brazil,
        Self::Ecuador,
        Self::Uruguay,
    ];

    /// The IANA zone of its capital.
    pub(crate) fn zone(self) -> &'static str {
        match self {
            Self::Peru => "America/Lima",
            Self::Chile => "America/Santiago",
            Self::Colombia => "America/Bogota",
            Self::Mexico => "America/Mexico_City",
            Self::Argentina => "America/Argentina/Buenos_Aires",
            Self::Brazil => "America/Sao_Paulo",
            Self::Ecuador => "America/Guayaquil",
            Self::Uruguay => "America/Montevideo",
        }
    }

    pub(crate) fn language(self) -> Language {
        match self {
            Self::Brazil => Language::Portuguese,
            _ => Language::Spanish,
        }
    }

    /// A mobile number of the country; `subscriber` is below ten million, and two of them are two numbers.
    ///
    /// Brazil, Mexico and Argentina have a digit that some networks write and others do not: what is noted down and what
    /// WhatsApp says may differ in it.
    pub(crate) fn mobile(self, subscriber: u64, dice: &mut Dice) -> Mobile {
        let plain = |digits: String| Mobile {
            noted: format!("+{digits}"),
            network: digits,
        };
        match self {
            Self::Peru => plain(format!("5197{subscriber:07}")),
            Self::Chile => plain(format!("5698{subscriber:07}")),
            Self::Colombia => plain(format!("57310{subscriber:07}")),
            Self::Ecuador => plain(format!("59398{subscriber:07}")),
            Self::Uruguay => plain(format!("5989{subscriber:07}")),
            Self::Mexico => {
                let area = dice.pick(&["55", "33", "81"]);
                let one = if dice.chance(0.4) { "1" } else { "" };
                Mobile {
                    noted: format!("+52{one}{area}2{subscriber:07}"),
                    network: format!("521{area}2{subscriber:07}"),
                }
            }
            Self::Argentina => {
                let nine = if dice.chance(0.7) { "9" } else { "" };
                Mobile {
                    noted: format!("+54{nine}115{subscriber:07}"),
                    network: format!("549115{subscriber:07}"),
                }
            }
            Self::Brazil => {
                let area = *dice.pick(&["11", "21", "31", "41", "51", "71"]);
                // Outside São Paulo and Rio WhatsApp kept the numbers of its early users as they were.
                let nine = if area < "31" { "9" } else { "" };
                Mobile {
                    noted: format!("+55{area}98{subscriber:07}"),
                    network: format!("55{area}{nine}8{subscriber:07}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::phone::{canonical, is_possible, matching_key};

    use super::*;

    #[test]
    fn numbers_are_possible_and_both_ways_of_writing_are_one() {
        let mut dice = Dice::new(3);
        for country in Country::ALL {
            for subscriber in [0, 1, 4_711_000, 9_999_999] {
                let mobile = country.mobile(subscriber, &mut dice);
                assert!(is_possible(&mobile.noted), "{mobile:?}");
                let noted = canonical(&mobile.noted).unwrap();
                assert_eq!(
                    matching_key(&noted),
                    matching_key(&mobile.network),
                    "{mobile:?}"
                );
            }
        }
    }

    #[test]
    fn zones_exist() {
        for country in Country::ALL {
            assert!(jiff::tz::TimeZone::get(country.zone()).is_ok());
        }
    }
}
