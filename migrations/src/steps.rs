//! Spec: spec/migrations/README.md
//!
//! All steps.

use crate::step::Step;

mod s0_to_1;
mod s10_to_11;
mod s11_to_12;
mod s12_to_13;
mod s13_to_14;
mod s14_to_15;
mod s15_to_16;
mod s16_to_17;
mod s17_to_18;
mod s1_to_2;
mod s2_to_3;
mod s3_to_4;
mod s4_to_5;
mod s5_to_6;
mod s6_to_7;
mod s7_to_8;
mod s8_to_9;
mod s9_to_10;

pub use s0_to_1::Step0To1;
pub use s1_to_2::Step1To2;
pub use s2_to_3::Step2To3;
pub use s3_to_4::Step3To4;
pub use s4_to_5::Step4To5;
pub use s5_to_6::Step5To6;
pub use s6_to_7::Step6To7;
pub use s7_to_8::Step7To8;
pub use s8_to_9::Step8To9;
pub use s9_to_10::Step9To10;
pub use s10_to_11::Step10To11;
pub use s11_to_12::Step11To12;
pub use s12_to_13::Step12To13;
pub use s13_to_14::Step13To14;
pub use s14_to_15::Step14To15;
pub use s15_to_16::Step15To16;
pub use s16_to_17::Step16To17;
pub use s17_to_18::Step17To18;

/// All steps, the lowest version first.
pub static ALL: &[&dyn Step] = &[
    &Step0To1,
    &Step1To2,
    &Step2To3,
    &Step3To4,
    &Step4To5,
    &Step5To6,
    &Step6To7,
    &Step7To8,
    &Step8To9,
    &Step9To10,
    &Step10To11,
    &Step11To12,
    &Step12To13,
    &Step13To14,
    &Step14To15,
    &Step15To16,
    &Step16To17,
    &Step17To18,
];
