//! The header: 160 bytes, little-endian, the one message that witnesses certify (`protocol/wire/header.ts`).
use crate::{bytes32_at, u64_at, Bytes32};

pub const HEADER_BYTES: usize = 160;
pub const HEADER_TAG: &[u8; 8] = b"weft-hdr";
const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;

/// A header in place: reads the fields out of the certified bytes.
#[derive(Clone, Copy)]
pub struct Header<'a>(&'a [u8; HEADER_BYTES]);

impl<'a> Header<'a> {
    /// The header in `bytes`, or `None` if they are not the encoding of one: another length, tag, or unknown flags.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let bytes: &[u8; HEADER_BYTES] = bytes.try_into().ok()?;
        let header = Header(bytes);
        let numbers = [header.epoch(), header.height(), header.time_ms(), header.last_seq()];
        let valid = bytes[..8] == HEADER_TAG[..]
            && header.flags() <= 1
            && numbers.iter().all(|number| *number <= SAFE_INTEGER_MAX);
        valid.then_some(header)
    }

    pub fn bytes(&self) -> &'a [u8; HEADER_BYTES] {
        self.0
    }
    pub fn domain(&self) -> &'a Bytes32 {
        bytes32_at(self.0, 8)
    }
    pub fn account(&self) -> &'a Bytes32 {
        bytes32_at(self.0, 40)
    }
    pub fn state_root(&self) -> &'a Bytes32 {
        bytes32_at(self.0, 72)
    }
    pub fn epoch(&self) -> u64 {
        u64_at(self.0, 104)
    }
    pub fn height(&self) -> u64 {
        u64_at(self.0, 112)
    }
    pub fn time_ms(&self) -> u64 {
        u64_at(self.0, 120)
    }
    pub fn spent(&self) -> u64 {
        u64_at(self.0, 128)
    }
    pub fn reserved(&self) -> u64 {
        u64_at(self.0, 136)
    }
    pub fn last_seq(&self) -> u64 {
        u64_at(self.0, 144)
    }
    pub fn rules_version(&self) -> u32 {
        (u64_at(self.0, 152) & 0xffff_ffff) as u32
    }
    pub fn sealed(&self) -> bool {
        self.flags() == 1
    }
    fn flags(&self) -> u32 {
        (u64_at(self.0, 152) >> 32) as u32
    }
}
