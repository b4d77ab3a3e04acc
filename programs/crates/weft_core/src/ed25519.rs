//! Reads the instruction of the Ed25519 precompile. The runtime has verified it; what it verified is in its data:
//! `count u8 ‖ 0 ‖ count × (signature offset, instruction; key offset, instruction; message offset, size, instruction)`, all u16.
use crate::Bytes32;

const OFFSETS_AT: usize = 2;
const OFFSETS_BYTES: usize = 14;
/// An instruction index that means "this instruction".
const SAME_INSTRUCTION: u16 = u16::MAX;

/// One verified signature.
pub struct Signed<'a> {
    pub key: &'a Bytes32,
    pub message: &'a [u8],
    /// Where the message starts: equal offsets and sizes are one message.
    pub message_at: u16,
}

/// Signatures that the precompile instruction with `data` verified.
pub fn count(data: &[u8]) -> usize {
    data.first().copied().unwrap_or(0) as usize
}

/// The `index`-th signature, or `None` if any of its offsets leaves `data`: then it was verified over other bytes.
pub fn signed(data: &[u8], index: usize) -> Option<Signed<'_>> {
    let at = OFFSETS_AT + index * OFFSETS_BYTES;
    let field = |i: usize| Some(u16::from_le_bytes(data.get(at + 2 * i..at + 2 * i + 2)?.try_into().ok()?));
    let own = [field(1)?, field(3)?, field(6)?].iter().all(|instruction| *instruction == SAME_INSTRUCTION);
    if !own || index >= count(data) {
        return None;
    }
    let (key_at, message_at, message_bytes) = (field(2)? as usize, field(4)?, field(5)? as usize);
    let start = message_at as usize;
    Some(Signed {
        key: data.get(key_at..key_at + 32)?.try_into().ok()?,
        message: data.get(start..start + message_bytes)?,
        message_at,
    })
}
