//! The wallet's signed lifetime limit, 80 bytes: tag `weft-aut` ‖ domain ‖ account ‖ limit u64. Anyone may submit it.
use crate::{bytes32_at, u64_at, Bytes32};

pub const AUTHORISATION_BYTES: usize = 80;
pub const AUTHORISATION_TAG: &[u8; 8] = b"weft-aut";

pub struct Authorisation<'a>(&'a [u8; AUTHORISATION_BYTES]);

impl<'a> Authorisation<'a> {
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let bytes: &[u8; AUTHORISATION_BYTES] = bytes.try_into().ok()?;
        (bytes[..8] == AUTHORISATION_TAG[..]).then_some(Authorisation(bytes))
    }
    pub fn domain(&self) -> &'a Bytes32 {
        bytes32_at(self.0, 8)
    }
    pub fn account(&self) -> &'a Bytes32 {
        bytes32_at(self.0, 40)
    }
    /// Lifetime micro-credits that may be settled.
    pub fn limit(&self) -> u64 {
        u64_at(self.0, 72)
    }
}
