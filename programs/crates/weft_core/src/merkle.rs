//! Merkle trees of `protocol/wire/merkle.ts`: 0x00 before leaves, 0x01 before nodes, an odd node moves up unchanged.
use crate::{sha256, Bytes32};

pub const EMPTY_ROOT: Bytes32 = [0; 32];
const SIZE_MAX: u32 = 1 << 31;

pub fn leaf_hash(parts: &[&[u8]; 3]) -> Bytes32 {
    sha256(&[&[0], parts[0], parts[1], parts[2]])
}

pub fn node_hash(left: &Bytes32, right: &Bytes32) -> Bytes32 {
    sha256(&[&[1], left, right])
}

/// Root over the leaf hashes in `level`, which is used as scratch space.
pub fn root(level: &mut [Bytes32]) -> Bytes32 {
    let mut width = level.len();
    if width == 0 {
        return EMPTY_ROOT;
    }
    while width > 1 {
        for i in 0..width / 2 {
            level[i] = node_hash(&level[2 * i], &level[2 * i + 1]);
        }
        if width % 2 == 1 {
            level[width / 2] = level[width - 1];
        }
        width = width.div_ceil(2);
    }
    level[0]
}

/// The root that `path` leads to from `leaf` at `index` of `size`, or `None` if the proof has the wrong shape.
pub fn root_from_proof(leaf: Bytes32, index: u32, size: u32, path: &[Bytes32]) -> Option<Bytes32> {
    if size == 0 || size > SIZE_MAX || index >= size {
        return None;
    }
    let (mut hash, mut at, mut width) = (leaf, index, size);
    let mut siblings = path.iter();
    while width > 1 {
        if at ^ 1 < width {
            let sibling = siblings.next()?;
            hash = if at % 2 == 0 { node_hash(&hash, sibling) } else { node_hash(sibling, &hash) };
        }
        at >>= 1;
        width = width.div_ceil(2);
    }
    siblings.next().is_none().then_some(hash)
}
