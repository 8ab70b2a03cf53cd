//! Colours: told apart in greyscale, and by people who see fewer of them.

/// Red, green and blue, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Colour(pub(crate) f32, pub(crate) f32, pub(crate) f32);

impl Colour {
    const fn hex(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        Self(
            red as f32 / 255.0,
            green as f32 / 255.0,
            blue as f32 / 255.0,
        )
    }

    /// How light it looks, from 0 to 1.
    pub(crate) fn lightness(self) -> f32 {
        0.299 * self.0 + 0.587 * self.1 + 0.114 * self.2
    }

    /// The colour of text that can be read on it.
    pub(crate) fn text_on(self) -> Self {
        if self.lightness() > 0.55 { INK } else { PAPER }
    }
}

/// What most is written in.
pub(crate) const INK: Colour = Colour::hex(0x1b_27_33);
/// What stands beside it.
pub(crate) const MUTED: Colour = Colour::hex(0x5a_68_77);
/// Lines that only guide the eye.
pub(crate) const HAIR: Colour = Colour::hex(0xd3_da_e1);
/// Every other row.
pub(crate) const ZEBRA: Colour = Colour::hex(0xf5_f8_fb);
/// Headers of tables, and totals.
pub(crate) const HEAD: Colour = Colour::hex(0xe4_ec_f4);
/// Titles, and what is to be seen first.
pub(crate) const ACCENT: Colour = Colour::hex(0x17_40_6d);
/// What is printed on.
pub(crate) const PAPER: Colour = Colour(1.0, 1.0, 1.0);

/// Series and shares, in their order: neighbours differ in lightness as well as in hue.
const SERIES: [Colour; 8] = [
    Colour::hex(0x1f_4e_79),
    Colour::hex(0xf0_a6_3a),
    Colour::hex(0x2c_8c_99),
    Colour::hex(0xa9_cc_e9),
    Colour::hex(0x7b_3f_61),
    Colour::hex(0xcd_c5_9a),
    Colour::hex(0x5b_64_70),
    Colour::hex(0xdd_e0_e3),
];

/// The colour of the nth series or share.
pub(crate) fn series(nth: usize) -> Colour {
    SERIES[nth % SERIES.len()]
}

/// The steps of a scale from little to much, which only grows darker.
const SCALE: [Colour; 4] = [
    Colour::hex(0xee_f4_fa),
    Colour::hex(0x9f_c5_e8),
    Colour::hex(0x2f_6f_ae),
    Colour::hex(0x0b_2c_54),
];

/// The colour of a share of the most, from 0 to 1.
pub(crate) fn scale(share: f32) -> Colour {
    let last = SCALE.len() - 1;
    let place = share.clamp(0.0, 1.0) * last as f32;
    let step = (place as usize).min(last - 1);
    let (from, to, part) = (SCALE[step], SCALE[step + 1], place - step as f32);
    let mix = |from: f32, to: f32| from + (to - from) * part;
    Colour(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_told_apart_in_greyscale() {
        for nth in 0..SERIES.len() - 1 {
            let apart = (series(nth).lightness() - series(nth + 1).lightness()).abs();
            assert!(apart > 0.15, "{nth}: {apart}");
        }
    }

    #[test]
    fn a_scale_grows_darker() {
        let steps: Vec<f32> = (0..=20_u8)
            .map(|step| scale(f32::from(step) / 20.0).lightness())
            .collect();
        assert!(steps.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
