//! Who keeps an account's log in an epoch: `protocol/membership/committee.ts`, step for step.
use crate::{sha256, u64_at, Bytes32};

pub const COMMITTEE_MAX: usize = 7;
/// Hashes tried before the draw scans on linearly.
pub const DRAW_HASHES_MAX: u32 = 64;

/// A slot's holder in the epoch of the draw.
#[derive(Clone, Copy)]
pub struct Seat<'a> {
    pub peer: &'a Bytes32,
    pub owner: &'a Bytes32,
}

/// The drawn witnesses, in drawing order: the first `n` of `witnesses`.
#[derive(Clone, Copy)]
pub struct Drawn {
    pub witnesses: [Bytes32; COMMITTEE_MAX],
    pub n: usize,
    /// Signatures that make a certificate.
    pub q: usize,
}

/// How many witnesses, and how many of them may be Byzantine, for `members` eligible members.
pub fn size_for(members: usize) -> (usize, usize) {
    match members {
        7.. => (7, 2),
        4..=6 => (4, 1),
        3 => (3, 0),
        _ => (members.min(1), 0),
    }
}

pub fn quorum(n: usize, f: usize) -> usize {
    (n + f) / 2 + 1
}

/// Slot that the `i`-th hash names; `slots` is greater than zero.
pub fn draw_slot(beacon: &Bytes32, account: &Bytes32, i: u32, slots: usize) -> usize {
    (u64_at(&sha256(&[beacon, account, &i.to_le_bytes()]), 0) % slots as u64) as usize
}

/// The committee of `account` (owned by `owner`) among `slots` slots; `seat` is `None` where a slot is vacant. `None` if
/// nobody holds a slot. Members of the owner are drawn only if there is no other.
pub fn draw<'a>(
    beacon: &Bytes32,
    account: &Bytes32,
    owner: &Bytes32,
    slots: usize,
    seat: impl Fn(usize) -> Option<Seat<'a>>,
) -> Option<Drawn> {
    let others = distinct(slots, |slot| seat(slot).filter(|holder| holder.owner != owner));
    let own = others == 0;
    let eligible = |slot: usize| seat(slot).filter(|holder| own || holder.owner != owner);
    let (n, f) = size_for(if own { distinct(slots, eligible) } else { others });
    if n == 0 {
        return None;
    }
    let mut set = Set::new();
    let mut slot = 0;
    for i in 0..DRAW_HASHES_MAX {
        if set.len == n {
            break;
        }
        slot = draw_slot(beacon, account, i, slots);
        set.add(eligible(slot));
    }
    for step in 1..=slots {
        if set.len == n {
            break;
        }
        set.add(eligible((slot + step) % slots));
    }
    Some(Drawn { witnesses: set.keys, n: set.len, q: quorum(n, f) })
}

/// Different members that hold a slot; counts no further than a full committee, because the table does not either.
fn distinct<'a>(slots: usize, seat: impl Fn(usize) -> Option<Seat<'a>>) -> usize {
    let mut set = Set::new();
    for slot in 0..slots {
        if set.len == COMMITTEE_MAX {
            break;
        }
        set.add(seat(slot));
    }
    set.len
}

struct Set {
    keys: [Bytes32; COMMITTEE_MAX],
    len: usize,
}

impl Set {
    fn new() -> Self {
        Set { keys: [[0; 32]; COMMITTEE_MAX], len: 0 }
    }

    fn add(&mut self, seat: Option<Seat<'_>>) {
        let Some(seat) = seat else { return };
        if !self.keys[..self.len].contains(seat.peer) {
            self.keys[self.len] = *seat.peer;
            self.len += 1;
        }
    }
}
