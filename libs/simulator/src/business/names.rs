//! Names of people and businesses.

use super::countries::Country;
use crate::dice::Dice;

/// Businesses: name, slug, home.
pub(super) const BUSINESSES: &[(&str, &str, Country)] = &[
    ("Farmacias del Valle", "farmacias-del-valle", Country::Peru),
    ("Banco Cordillera", "banco-cordillera", Country::Chile),
    ("Lojas Ipê", "lojas-ipe", Country::Brazil),
    ("Tiendas La Esquina", "tiendas-la-esquina", Country::Mexico),
    ("Seguros Andinos", "seguros-andinos", Country::Colombia),
    (
        "Clínica San Gabriel",
        "clinica-san-gabriel",
        Country::Argentina,
    ),
    ("Viajes Galápagos", "viajes-galapagos", Country::Ecuador),
    (
        "Cooperativa del Este",
        "cooperativa-del-este",
        Country::Uruguay,
    ),
];

const FIRST: &[&str] = &[
    "Diana",
    "Luis",
    "María",
    "José",
    "Camila",
    "Andrés",
    "Valentina",
    "Juan",
    "Lucía",
    "Carlos",
    "Daniela",
    "Miguel",
    "Gabriela",
    "Jorge",
    "Sofía",
    "Pedro",
    "Isabel",
    "Diego",
    "Paula",
    "Rodrigo",
    "Carmen",
    "Felipe",
    "Rosa",
    "Martín",
    "Elena",
    "Óscar",
    "Natalia",
    "Héctor",
    "Julieta",
    "Iván",
    "Beatriz",
    "Tomás",
    "Renata",
    "Nicolás",
    "Mariana",
    "Raúl",
];

const LAST: &[&str] = &[
    "Huapaya",
    "Quispe",
    "Rojas",
    "González",
    "Muñoz",
    "Silva",
    "Souza",
    "Ferreira",
    "Hernández",
    "Martínez",
    "Gómez",
    "Fernández",
    "Vargas",
    "Castillo",
    "Paredes",
    "Mamani",
    "Torres",
    "Flores",
    "Díaz",
    "Pereira",
    "Lima",
    "Cárdenas",
    "Salazar",
    "Ortiz",
    "Ibáñez",
    "Núñez",
    "Medina",
    "Rivas",
    "Acosta",
    "Benítez",
    "Molina",
    "Suárez",
    "Campos",
    "Vega",
];

/// A person's first name and surname.
pub(super) fn person(dice: &mut Dice) -> (&'static str, &'static str) {
    (*dice.pick(FIRST), *dice.pick(LAST))
}

/// A text as it stands in an address: lower case, letters and digits of ASCII, dots between words.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter_map(|letter| match letter {
            'á' | 'Á' | 'ã' => Some('a'),
            'é' | 'É' | 'ê' => Some('e'),
            'í' | 'Í' => Some('i'),
            'ó' | 'Ó' => Some('o'),
            'ú' | 'Ú' => Some('u'),
            'ñ' | 'Ñ' => Some('n'),
            ' ' => Some('.'),
            letter if letter.is_ascii_alphanumeric() => Some(letter.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}
